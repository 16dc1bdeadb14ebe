import { existsSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import { invoiceReaders } from '../invoices/index.ts';
import { Reconciler } from '../invoices/reconcile/reconciler.ts';
import type { Account } from '../model/account.ts';
import type { InvoiceView } from '../model/invoice_view.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { type Clock, DAY, type Instant, type Interval, MINUTE } from '../model/time.ts';
import type { InvoiceReport } from '../protocol/invoices.ts';
import type { Surroundings } from '../sources/source.ts';
import { type Bills, openBills } from '../store/bills/bills.ts';
import type { Store } from '../store/store.ts';
import { InvoiceLane } from './invoice_lane.ts';
import type { Log } from './log.ts';
import type { Timetable } from './timetable.ts';

const EVERY_MS = 10 * MINUTE;

type Readers = typeof invoiceReaders;

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
  tell: (notices: Omit<Snapshot['notices'][number], 'id'>[]) => void;
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

  report(interval: Interval): InvoiceReport {
    const { invoiced } = this.#options.store;
    return {
      ...interval,
      ...invoiced.sums(interval),
      nodes: invoiced.billedNodes(interval).map(({ nodeId, micros, metered, hours }) => ({
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
    this.#bills?.close();
  }

  async #lookUntilDone(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#lookOnce();
        this.#options.tell([]);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#options.log.error('the bills could not be looked at; it is tried again', error);
        this.#options.tell([
          { severity: 'warning', message: `Bills cannot be compared with the ledger: ${message}` },
        ]);
      }
    } while (this.#again && !this.#closed);
  }

  async #lookOnce(): Promise<void> {
    const { path, clock } = this.#options;
    await this.#openLanes();
    if (!this.#bills && (this.#lanes.size > 0 || existsSync(path))) {
      this.#bills = openBills(path, () => clock.now());
    }
    if (!this.#bills || this.#closed) return;
    for (const lane of this.#lanes.values()) {
      if (this.#closed) return;
      if (lane.isDue(clock.now())) await lane.read(this.#bills);
    }
    const before = JSON.stringify(this.#view);
    await this.#reconcile(this.#bills);
    this.#view = this.#present();
    if (JSON.stringify(this.#view) !== before) this.#options.changed();
  }

  /** A lane for each account that a reader says it reads. One that cannot be loaded is told. */
  async #openLanes(): Promise<void> {
    const { accounts, settings, surroundings, log, readers = invoiceReaders } = this.#options;
    const watched = accounts();
    const wanted = new Set<string>();
    for (const [id, { source, load }] of Object.entries(readers)) {
      const theirs = watched.filter((account) => account.source === source);
      const section = settings()[id];
      if (theirs.length === 0 && section === undefined) continue;
      try {
        const reader = await load();
        const parsed = reader.settings.safeParse(section);
        if (!parsed.success) {
          const [issue] = parsed.error.issues;
          throw new Error(
            `invoices.${id} in burnrate.yaml: ${issue?.path.join('.')} ${issue?.message}`,
          );
        }
        const found = await reader.accounts(theirs, surroundings, parsed.data);
        for (const account of found.accounts) {
          const key = JSON.stringify([id, account, parsed.data]);
          wanted.add(key);
          if (this.#lanes.has(key)) continue;
          const { store, clock } = this.#options;
          const lane = { reader, account, settings: parsed.data, surroundings, store, clock };
          this.#lanes.set(key, new InvoiceLane(lane));
        }
      } catch (error) {
        log.error(`bills by ${id} cannot be read`, error);
      }
    }
    for (const [key, lane] of this.#lanes) {
      if (wanted.has(key)) continue;
      lane.close();
      this.#lanes.delete(key);
    }
  }

  async #reconcile(bills: Bills): Promise<void> {
    const { store, clock } = this.#options;
    const reconciler = new Reconciler(store, bills.connection, () => clock.now());
    const due = reconciler.due();
    for (const day of due) {
      if (this.#closed) return;
      reconciler.reconcile(day);
      // The collector has other things to answer in between.
      await pause();
    }
    const [first] = due;
    if (first) this.#options.compared(first.day * DAY);
  }

  #present(): InvoiceView {
    const now = this.#options.clock.now();
    const month = new Date(now);
    const from = Date.UTC(month.getUTCFullYear(), month.getUTCMonth());
    return {
      from,
      ...this.#options.store.invoiced.sums({ from, to: now }),
      sources: [...this.#lanes.values()].map((lane) => ({
        title: lane.title,
        account: lane.way.account ?? '',
        ...(lane.readAt !== undefined && { readAt: lane.readAt }),
        ...(lane.failure && { failure: lane.failure }),
        spentToday: lane.spentToday(),
      })),
    };
  }
}
