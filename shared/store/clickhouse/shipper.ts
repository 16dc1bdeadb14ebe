import type { Clock, Instant } from '../../model/time.ts';
import { MINUTE, SECOND } from '../../model/time.ts';
import type { TeamServer } from './client.ts';
import { explainTeamStore, type TeamStoreError } from './failure.ts';
import type { Batch, Outbox, Waiting } from './outbox.ts';
import { type Rows, TABLES, type TableName } from './tables.ts';

/** Changes in a batch: read from the ledger in some hundredths of a second. */
const BATCH = 500;
/** Servers like few and large blocks: what changes is gathered for so long. */
const REST_MS = 30 * SECOND;
const FIRST_RETRY_MS = 2 * SECOND;
const LONGEST_RETRY_MS = 2 * MINUTE;

export interface ShipperOptions {
  outbox: Outbox;
  /** Opened anew for each attempt after a failure: a password may have come meanwhile. */
  open: () => Promise<TeamServer>;
  /** Where the team store is, for people. */
  address: string;
  /** What this collector is called there, and what it runs. */
  name: string;
  burnrate: string;
  clock: Pick<Clock, 'now'>;
  /** Runs a task later; the result cancels it. */
  after: (delayMs: number, task: () => void) => () => void;
  /** It stands otherwise than before: it fails, or goes on. */
  changed?: () => void;
  onFailure?: (failure: TeamStoreError) => void;
  restMs?: number;
}

/** How far the team store is behind this ledger. */
export interface Standing extends Waiting {
  address: string;
  /** Why nothing is told at the moment, since when, and when that is tried again. */
  failure?: TeamStoreError;
  failingSince?: Instant;
  retryAt?: Instant;
}

/**
 * Tells the team store what the outbox holds, a batch at a time. What was sent counts as told when
 * the server has said so; whatever happens in between, it is sent again, and counts once.
 */
export class Shipper {
  readonly #options: ShipperOptions;
  #server: TeamServer | undefined;
  #compared = false;
  #running: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #failures = 0;
  #failure: TeamStoreError | undefined;
  #failingSince: Instant | undefined;
  #dueAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: ShipperOptions) {
    this.#options = options;
  }

  /** Something may have changed: it is told within the time that changes are gathered for. */
  wake(): void {
    if (this.#closed || this.#running || this.#cancel) return;
    const { clock, after } = this.#options;
    this.#cancel = after(Math.max(0, this.#dueAt - clock.now()), () => {
      this.#cancel = undefined;
      void this.now();
    });
  }

  /** Tells all there is, now. Resolves when that is done or has failed; see `standing`. */
  now(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#failure) this.wake();
    });
    return this.#running;
  }

  standing(): Standing {
    return {
      address: this.#options.address,
      ...this.#options.outbox.waiting(),
      ...(this.#failure && { failure: this.#failure }),
      ...(this.#failingSince !== undefined && { failingSince: this.#failingSince }),
      ...(this.#failure && { retryAt: this.#dueAt }),
    };
  }

  /** What is not told waits for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#server?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { outbox, clock, changed, onFailure, restMs = REST_MS } = this.#options;
    try {
      const server = await this.#ready();
      for (;;) {
        const batch = outbox.take(BATCH);
        if (batch.changes.length === 0) break;
        await send(server, batch);
        outbox.told(batch.changes);
        if (this.#closed) return;
      }
      outbox.caughtUp();
      await this.#report(server);
      const failed = this.#failure !== undefined;
      this.#failures = 0;
      this.#failure = undefined;
      this.#failingSince = undefined;
      this.#dueAt = clock.now() + restMs;
      if (failed) changed?.();
    } catch (error) {
      const failure = explainTeamStore(error, { text: this.#options.address, database: '' });
      const isNews = this.#failure?.message !== failure.message;
      this.#failure = failure;
      this.#failingSince ??= clock.now();
      this.#dueAt = clock.now() + retryMs(this.#failures);
      this.#failures += 1;
      const server = this.#server;
      this.#server = undefined;
      this.#compared = false;
      await server?.close();
      if (this.#closed) return;
      if (isNews) onFailure?.(failure);
      changed?.();
    }
  }

  async #ready(): Promise<TeamServer> {
    if (this.#server) return this.#server;
    const server = await this.#options.open();
    try {
      await server.prepare();
      if (!this.#compared) await this.#compare(server);
      this.#compared = true;
    } catch (error) {
      await server.close();
      throw error;
    }
    this.#server = server;
    return server;
  }

  /**
   * Whether the server remembers what it was told: where it was set back, or made anew, it is told
   * all again; and where this ledger is an old copy, it goes on from where the newer one was.
   */
  async #compare(server: TeamServer): Promise<void> {
    const { outbox } = this.#options;
    const [row] = await server.select<{ sequence: string | number }>(
      `SELECT max(sequence) AS sequence FROM collector WHERE id = '${outbox.collector}'`,
    );
    const theirs = Number(row?.sequence ?? 0);
    const isOldCopy = theirs > outbox.sequence;
    if (isOldCopy) outbox.skipTo(theirs);
    if (isOldCopy || theirs < outbox.confirmed) outbox.tellAll();
  }

  async #report(server: TeamServer): Promise<void> {
    const { outbox, name, burnrate, clock } = this.#options;
    const sequence = outbox.toldThrough;
    await server.insert('collector', [
      {
        id: outbox.collector,
        version: outbox.nextBeat(),
        name,
        burnrate,
        seen_at: Math.round(clock.now()),
        sequence,
        waiting: outbox.waiting().changes,
      },
    ]);
    outbox.confirm(sequence);
  }
}

/** Doubles with each failure; a team's collectors must not all come back at the same moment. */
function retryMs(failures: number): number {
  const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
  return wait * (0.75 + Math.random() / 2);
}

async function send(server: TeamServer, { rows }: Batch): Promise<void> {
  for (const table of TABLES) await sendTo(server, table, rows);
}

async function sendTo<Name extends TableName>(
  server: TeamServer,
  table: Name,
  rows: Batch['rows'],
): Promise<void> {
  const own = rows.flatMap((one) => (one.table === table ? [one.row as Rows[Name]] : []));
  if (own.length > 0) await server.insert(table, own);
}
