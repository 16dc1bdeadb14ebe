import type { InvoiceReader, ReadRequest } from '../invoices/reader.ts';
import type { Account, Failure } from '../model/account.ts';
import { type Clock, DAY, HOUR, type Instant, startOfLocalDay } from '../model/time.ts';
import { type Check, SourceError, type Surroundings } from '../sources/source.ts';
import type { Bills } from '../store/bills/bills.ts';
import type { Way } from '../store/bills/editions.ts';
import type { Store } from '../store/store.ts';

/** Bills of this month and of the last one still change. */
const READ_BACK_MS = 62 * DAY;
const LONGEST_PAUSE_MS = DAY;

/** Runs the work while nobody else reads or writes the bills. */
export type Alone = <T>(work: () => Promise<T>) => Promise<T>;

export interface InvoiceLaneOptions {
  reader: InvoiceReader;
  account: Account;
  settings: unknown;
  surroundings: Surroundings;
  store: Store;
  clock: Clock;
  alone: Alone;
}

/** Reads one account's bill by one reader, when it is due and within what it may cost. */
export class InvoiceLane {
  readonly #options: InvoiceLaneOptions;
  readonly way: Way;
  #startedAt: Instant = 0;
  #dueAt: Instant = 0;
  #failures = 0;
  readAt: Instant | undefined;
  failure: Failure | undefined;
  readonly #ending = new AbortController();

  constructor(options: InvoiceLaneOptions) {
    this.#options = options;
    const { reader, account } = options;
    const { id, precision } = reader;
    this.way = { name: `${id} ${account.id}`, account: account.id, precision };
  }

  get title(): string {
    return this.#options.reader.title;
  }

  get account(): Account {
    return this.#options.account;
  }

  /** Says what reading the bill lacks; spends nothing. */
  readonly diagnose = async (signal: AbortSignal): Promise<Check[]> => {
    const { reader, account, surroundings, settings } = this.#options;
    const connection = reader.open(account, surroundings, settings);
    try {
      return await connection.diagnose(signal);
    } finally {
      await connection.close?.();
    }
  };

  isDue(now: Instant): boolean {
    // A clock that was far ahead when the bill was last read is not waited for. Small steps are: a
    // reading may cost money.
    const wasAhead = now < this.#startedAt - this.#options.reader.cadence.everyMs;
    return now >= this.#dueAt || wasAhead;
  }

  spentToday(): number {
    const now = this.#options.clock.now();
    return this.#options.store.apiCost(this.way.name, { from: startOfLocalDay(now), to: now + 1 });
  }

  close(): void {
    this.#ending.abort(new Error('the collector ends'));
  }

  /** Reads what is new. A failure is kept, and read again later; it is never thrown. */
  async read(bills: Bills): Promise<void> {
    const { reader, account, surroundings, settings, clock } = this.#options;
    const startedAt = clock.now();
    this.#startedAt = startedAt;
    const late = AbortSignal.timeout(reader.cadence.deadlineMs);
    try {
      const connection = reader.open(account, surroundings, settings);
      try {
        await this.#take(
          bills,
          {
            since: startedAt - READ_BACK_MS,
            known: bills.known(this.way.name),
            spend: (micros) => this.#spend(micros ?? reader.callMicros),
            signal: AbortSignal.any([late, this.#ending.signal]),
          },
          connection.read.bind(connection),
        );
      } finally {
        await connection.close?.();
      }
      this.readAt = startedAt;
      this.failure = undefined;
      this.#failures = 0;
      this.#dueAt = startedAt + reader.cadence.everyMs;
    } catch (error) {
      this.#failures += 1;
      this.failure = this.#told(error, late.aborted);
      const asked = error instanceof SourceError ? (error.retryAfterMs ?? 0) : 0;
      const backoff = Math.min(LONGEST_PAUSE_MS, (HOUR / 4) * 2 ** Math.min(this.#failures, 10));
      this.#dueAt = startedAt + Math.max(asked, backoff);
    }
  }

  async #take(
    bills: Bills,
    request: ReadRequest,
    read: (request: ReadRequest) => ReturnType<ReturnType<InvoiceReader['open']>['read']>,
  ): Promise<void> {
    const way = this.way.name;
    bills.unstage(way);
    try {
      for await (const { part, lines, complete, ...version } of read(request)) {
        request.signal.throwIfAborted();
        bills.stage(way, part, lines);
        if (!complete) continue;
        await this.#options.alone(() => bills.takeStaged(this.way, { part, ...version }));
      }
    } finally {
      bills.unstage(way);
    }
  }

  #spend(micros: number): void {
    const { reader, account, store, clock } = this.#options;
    if (micros === 0) return;
    if (this.spentToday() + micros > reader.dailyCeilingMicros) {
      throw new SourceError('throttled', {
        account: account.id,
        message: `${reader.title}: what it may cost in a day is spent`,
        remedy: 'Nothing: it goes on tomorrow.',
        retryAfterMs: startOfLocalDay(clock.now()) + DAY - clock.now(),
      });
    }
    store.addApiCost(this.way.name, clock.now(), micros);
  }

  #told(error: unknown, isLate: boolean): Failure {
    const { reader, account, clock } = this.#options;
    const at = clock.now();
    if (error instanceof SourceError) {
      const { kind, message, remedy } = error;
      return { kind, account: error.account, message, remedy, at };
    }
    if (isLate) {
      const minutes = Math.round(reader.cadence.deadlineMs / 60_000);
      return {
        kind: 'unreachable',
        account: account.id,
        message: `${reader.title}: the bill was not read within ${minutes} min`,
        remedy: 'What was complete by then is kept; it goes on by itself.',
        at,
      };
    }
    return {
      kind: 'malformed',
      account: account.id,
      message: `${reader.title}: the bill could not be understood: ${error instanceof Error ? error.message : String(error)}`,
      remedy: 'Update Burnrate; where it stays, report this message.',
      at,
    };
  }
}
