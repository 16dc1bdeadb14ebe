import { existsSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import { invoiceReaders } from '../invoices/index.ts';
import { Reconciler } from '../invoices/reconcile/reconciler.ts';
import type { Account } from '../model/account.ts';
import type { InvoiceView } from '../model/invoice_view.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { type Clock, type Instant, type Interval, MINUTE, startOfMonth } from '../model/time.ts';
import type { InvoiceReport } from '../protocol/invoices.ts';
import type { Check, Surroundings } from '../sources/source.ts';
import { type Bills, openBills } from '../store/bills/bills.ts';
import type { Store } from '../store/store.ts';
import { type Alone, InvoiceLane } from './invoice_lane.ts';
import type { Log } from './log.ts';
import type { Timetable } from './timetable.ts';

const EVERY_MS = 10 * MINUTE;

type Readers = typeof invoiceReaders;
type Told = Omit<Snapshot['notices'][number], 'id'>;
type Diagnosis = (signal: AbortSignal) => Promise<Check[]>;

/** What the doctor found of one account's bill. */
export interface Diagnosed {
  account: Account;
  title: string;
  checks: Check[];
}

export interface InvoicesOptions {
  /** Where the bills are kept; they are opened when there are any, or a reader to read some. */
  path: string;
  store: Store;
  clock: Clock;
  timetable: Timetable;
  surroundings: Surroundings;
  log: Log;
  /** The accounts that sources watch. */
  accounts: () => readonly Account[];
  /** The readers' sections of burnrate.yaml, as they stand there. */
  settings: () => Readonly<Record<string, unknown>>;
  tell: (notices: Told[]) => void;
  changed: () => void;
  /** The ledger was compared with bills for time since an instant. */
  compared: (since: Instant) => void;
  readers?: Readers;
}

/** Reads bills when they are due, and compares them with the ledger. */
export class Invoices {
  readonly #options: InvoicesOptions;
  readonly #lanes = new Map<string, InvoiceLane>();
  #bills: Bills | undefined;
  #looking: Promise<void> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #again = false;
  #view: InvoiceView | undefined;
  #closed = false;

  constructor(options: InvoicesOptions) {
    this.#options = options;
  }

  start(): void {
    this.#options.timetable.every(EVERY_MS, () => void this.look());
    this.#options.timetable.after(MINUTE / 2, () => void this.look());
  }

  /** Of this month, as of the last look; undefined where there never were bills. */
  view(): InvoiceView | undefined {
    return this.#view;
  }

  async report(interval: Interval): Promise<InvoiceReport> {
    const { invoiced } = this.#options.store;
    const { sums, nodes } = await inTurns(invoiced.summing(interval));
    return {
      ...interval,
      ...sums,
      nodes: nodes.map(({ nodeId, micros, metered, hours }) => ({
        nodeId,
        name: invoiced.node(nodeId)?.name ?? nodeId,
        hours,
        billedMicros: micros,
        meteredMicros: metered,
      })),
      unmeteredLines: invoiced.unmetered(interval),
    };
  }

  /** Reads what is due and compares what has changed. Never rejects. One look at a time. */
  look(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return this.#looking;
    }
    this.#looking = this.#lookUntilDone().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const lane of this.#lanes.values()) lane.close();
    await this.#looking;
    await this.#turn;
    this.#bills?.close();
  }

  /**
   * Compares what has changed with the ledger, without reading any bill anew. Rejects where that
   * fails.
   */
  async compare(): Promise<void> {
    this.#open();
    const bills = this.#bills;
    if (!bills || this.#closed) return;
    const before = JSON.stringify(this.#view);
    this.#view = await this.#alone(async () => {
      await this.#reconcile(bills);
      return this.#closed ? this.#view : this.#present();
    });
    if (JSON.stringify(this.#view) !== before) this.#options.changed();
  }

  /** Tries each reader of each account, and says what is missing. */
  async diagnose(deadline: (work: Diagnosis) => Promise<Check[]>): Promise<Diagnosed[]> {
    await this.#openLanes();
    const lanes = [...this.#lanes.values()].map(async ({ title, account, diagnose }) => ({
      account,
      title,
      checks: await deadline(diagnose),
    }));
    return Promise.all(lanes);
  }

  async #lookUntilDone(): Promise<void> {
    do {
      this.#again = false;
      try {
        this.#options.tell(await this.#lookOnce());
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#options.log.error('the bills could not be looked at; it is tried again', error);
        this.#options.tell([
          { severity: 'warning', message: `Bills cannot be compared with the ledger: ${message}` },
        ]);
      }
    } while (this.#again && !this.#closed);
  }

  /** Answers what is to be told. */
  async #lookOnce(): Promise<Told[]> {
    const told = await this.#openLanes();
    this.#open();
    if (!this.#bills) return told;
    for (const lane of this.#lanes.values()) {
      if (this.#closed) return told;
      if (lane.isDue(this.#options.clock.now())) {
        await lane.read(this.#bills);
      }
    }
    await this.compare();
    return told;
  }

  #open(): void {
    const { path, clock } = this.#options;
    if (!this.#bills && !this.#closed && (this.#lanes.size > 0 || existsSync(path))) {
      this.#bills = openBills(path, () => clock.now());
    }
  }

  /**
   * One at a time: a part that is being taken is in an open transaction, whose half nobody must see.
   */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {
      // Told to whoever asked for it.
    });
    return turn;
  }

  /** A lane for each account that a reader says it reads. Answers which readers cannot be used. */
  async #openLanes(): Promise<Told[]> {
    const { accounts, settings, surroundings, log, readers = invoiceReaders } = this.#options;
    const watched = accounts();
    const wanted = new Set<string>();
    const told: Told[] = [];
    for (const [id, { source, load }] of Object.entries(readers)) {
      const theirs = watched.filter((account) => account.source === source);
      const section = settings()[id];
      if (theirs.length === 0 && section === undefined) continue;
      try {
        const reader = await load();
        const parsed = reader.settings.safeParse(section);
        // Told where it stands in burnrate.yaml, with its other mistakes.
        if (!parsed.success) continue;
        const found = await reader.accounts(theirs, surroundings, parsed.data);
        for (const account of found.accounts) {
          const key = JSON.stringify([id, account, parsed.data]);
          wanted.add(key);
          if (this.#lanes.has(key)) continue;
          const { store, clock } = this.#options;
          const alone: Alone = (work) => this.#alone(work);
          const shared = { surroundings, store, clock, alone };
          this.#lanes.set(
            key,
            new InvoiceLane({ reader, account, settings: parsed.data, ...shared }),
          );
        }
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        log.error(`bills by ${id} cannot be read`, error);
        told.push({ severity: 'warning', message: `Bills by ${id} cannot be read: ${message}` });
      }
    }
    for (const [key, lane] of this.#lanes) {
      if (wanted.has(key)) continue;
      lane.close();
      this.#lanes.delete(key);
    }
    return told;
  }

  async #reconcile(bills: Bills): Promise<void> {
    const { store, clock } = this.#options;
    const reconciler = new Reconciler(store, bills.connection, () => clock.now());
    const since = await inTurns(reconciler.steps(), () => this.#closed);
    if (since !== undefined) this.#options.compared(since);
  }

  async #present(): Promise<InvoiceView> {
    const now = this.#options.clock.now();
    const from = startOfMonth(now);
    const { sums } = await inTurns(this.#options.store.invoiced.summing({ from, to: now }));
    return {
      from,
      ...sums,
      sources: [...this.#lanes.values()].map((lane) => ({
        title: lane.title,
        account: lane.account.id,
        ...(lane.readAt !== undefined && { readAt: lane.readAt }),
        ...(lane.failure && { failure: lane.failure }),
        spentToday: lane.spentToday(),
      })),
    };
  }
}

/** Takes one step after the other; the collector has other things to answer in between. */
async function inTurns<T>(steps: Generator<unknown, T>): Promise<T>;
async function inTurns<T>(
  steps: Generator<unknown, T>,
  isOver: () => boolean,
): Promise<T | undefined>;
async function inTurns<T>(
  steps: Generator<unknown, T>,
  isOver = () => false,
): Promise<T | undefined> {
  for (;;) {
    const { value, done } = steps.next();
    if (done) return value;
    await pause();
    if (isOver()) return undefined;
  }
}
