import { randomUUID } from 'node:crypto';
import type { Micros } from '../../model/money.ts';
import { DAY, HOUR, type Instant } from '../../model/time.ts';
import type { Connection } from '../connection.ts';
import {
  lastHourBefore,
  markFacts,
  markHours,
  outboxTables,
  watchAll,
  watchNothing,
} from './outbox_schema.ts';
import { type Change, type TableRow, Units } from './units.ts';

/** A part of what is to be told, and the rows that tell it. */
export interface Batch {
  changes: readonly Change[];
  rows: readonly TableRow[];
}

/** What there is yet to tell. */
export interface Waiting {
  changes: number;
  /** Of a store that is new to this ledger: up to where its past has yet to be gone through. */
  historyBefore?: Instant;
  /** When there was last nothing to tell. */
  caughtUpAt?: Instant;
}

interface State {
  collector: string;
  address: string | null;
  history_before: number | null;
  caught_up_at: number | null;
  told: number;
  confirmed: number;
  beat: number;
}

/** Charges in a batch: about as many megabytes are sent as there are tens of thousands of them. */
const MAX_CHARGES = 20_000;

/**
 * What a team store has yet to be told of this ledger. Changes are noted by triggers, in the very
 * transaction that makes them, so that neither can be without the other.
 */
export class Outbox {
  readonly #connection: Connection;
  readonly #now: () => Instant;

  constructor(connection: Connection, now: () => Instant) {
    this.#connection = connection;
    this.#now = now;
  }

  /**
   * Notes changes for the team store at an address from now on, or no more (`undefined`). All that
   * the ledger holds is to be told to one that it was not told to yet.
   */
  follow(address: string | undefined): void {
    const before = this.#hasTables() ? this.#state() : undefined;
    if ((before?.address ?? undefined) === address) return;
    this.#connection.atomically(() => {
      const { database } = this.#connection;
      if (address === undefined) {
        database.exec(watchNothing);
        this.#connection.run('DELETE FROM team_change');
        this.#connection.run('UPDATE team_state SET address = NULL');
        return;
      }
      database.exec(outboxTables);
      this.#connection.run(
        'INSERT OR IGNORE INTO team_state (one, collector) VALUES (1, ?)',
        randomUUID(),
      );
      this.#connection.run('DELETE FROM team_change');
      this.#connection.run(
        'UPDATE team_state SET address = ?, caught_up_at = NULL, told = 0, confirmed = 0',
        address,
      );
      database.exec(watchAll);
      this.tellAll();
    });
  }

  /** Has all that the ledger holds told, whether or not it was. */
  tellAll(): void {
    this.#connection.atomically(() => {
      this.#connection.database.exec(markFacts);
      // A day ahead: a clock that was set back must not hide what was metered before.
      const end = (Math.floor(this.#now() / DAY) + 2) * 24;
      const last =
        this.#connection.get<{ hour: number | null }>('SELECT max(hour) AS hour FROM charge_hour')
          ?.hour ?? 0;
      const before = Math.max(end, (Math.floor(last / 24) + 1) * 24);
      this.#connection.run('UPDATE team_state SET history_before = ?', before);
    });
  }

  /** This ledger's name among those that write to the team store. */
  get collector(): string {
    return this.#state().collector;
  }

  /** The number of the newest change there ever was. */
  get sequence(): number {
    return (
      this.#connection.get<{ seq: number }>(
        "SELECT seq FROM sqlite_sequence WHERE name = 'team_change'",
      )?.seq ?? 0
    );
  }

  /** Goes on from a greater number: this file is older than what the team store was told from it. */
  skipTo(sequence: number): void {
    this.#connection.atomically(() => {
      this.#connection.run("DELETE FROM sqlite_sequence WHERE name = 'team_change'");
      this.#connection.run(
        "INSERT INTO sqlite_sequence VALUES ('team_change', CAST(? AS INTEGER))",
        sequence,
      );
      // What was noted under lower numbers is told as if it had changed just now.
      this.#connection.run(
        `INSERT OR REPLACE INTO team_change (kind, subject, step)
         SELECT kind, subject, step FROM team_change ORDER BY seq`,
      );
    });
  }

  waiting(): Waiting {
    const { history_before, caught_up_at } = this.#state();
    const changes =
      this.#connection.get<{ count: number }>('SELECT count(*) AS count FROM team_change')?.count ??
      0;
    return {
      changes,
      ...(history_before !== null && { historyBefore: history_before * HOUR }),
      ...(caught_up_at !== null && { caughtUpAt: caught_up_at }),
    };
  }

  /**
   * Up to so many changes, the oldest first, with the state of each as it is now; none where all is
   * told. The past is gone through day by day, the newest first, as far as a batch has room for it.
   */
  take(limit: number): Batch {
    while (this.#fewerWait(limit) && this.#markHistory());
    return this.#connection.database.transaction(() => this.#oldest(limit))();
  }

  /** The team store has these: what has changed again meanwhile stays. */
  told(changes: readonly Change[]): void {
    this.#connection.atomically(() => {
      for (const { seq } of changes) {
        this.#connection.run('DELETE FROM team_change WHERE seq = ?', seq);
      }
      const last = changes.at(-1)?.seq ?? 0;
      this.#connection.run('UPDATE team_state SET told = max(told, CAST(? AS INTEGER))', last);
    });
  }

  /** The greatest number that was told. */
  get toldThrough(): number {
    return this.#state().told;
  }

  /** The greatest number of which the server holds that it was told. */
  get confirmed(): number {
    return this.#state().confirmed;
  }

  confirm(sequence: number): void {
    this.#connection.run('UPDATE team_state SET confirmed = CAST(? AS INTEGER)', sequence);
  }

  /** A number for the next word about this collector itself, greater than those before. */
  nextBeat(): number {
    return this.#connection.atomically(() => {
      this.#connection.run('UPDATE team_state SET beat = beat + 1');
      return this.#state().beat;
    });
  }

  /** Notes that there is nothing left to tell. */
  caughtUp(): void {
    this.#connection.run('UPDATE team_state SET caught_up_at = ?', this.#now());
  }

  /** What this ledger holds by month (UTC), as `202611`: to compare with the team store. */
  months(): Map<string, Micros> {
    const rows = this.#connection.all<{ month: string; micros: number }>(
      `SELECT strftime('%Y%m', day * 86400, 'unixepoch') AS month, sum(micros) AS micros
       FROM charge_day GROUP BY month ORDER BY month`,
    );
    return new Map(rows.map(({ month, micros }) => [month, micros]));
  }

  #oldest(limit: number): Batch {
    const changes = this.#connection.all<Change>(
      'SELECT seq, kind, subject, step FROM team_change ORDER BY seq LIMIT ?',
      limit,
    );
    const units = new Units(this.#connection, this.collector);
    const rows: TableRow[] = [];
    let charges = 0;
    let taken = 0;
    for (const change of changes) {
      const own = units.rowsOf(change);
      charges += own.reduce(
        (sum, { table, row }) => sum + (table === 'node_hour' ? row.job.length : 0),
        0,
      );
      if (taken > 0 && charges > MAX_CHARGES) break;
      rows.push(...own);
      taken += 1;
    }
    return { changes: changes.slice(0, taken), rows };
  }

  #fewerWait(limit: number): boolean {
    const sql = 'SELECT count(*) AS count FROM (SELECT 1 FROM team_change LIMIT ?)';
    return (this.#connection.get<{ count: number }>(sql, limit)?.count ?? 0) < limit;
  }

  /** Notes the hours of the last day that is still to be told; false where there is none. */
  #markHistory(): boolean {
    return this.#connection.atomically(() => {
      const { history_before: before } = this.#state();
      if (before === null) return false;
      const last = this.#connection.get<{ hour: number | null }>(lastHourBefore, before)?.hour;
      const from = typeof last === 'number' ? Math.floor(last / 24) * 24 : null;
      if (from !== null) {
        for (const mark of markHours) this.#connection.run(mark, from, from + 24);
      }
      this.#connection.run('UPDATE team_state SET history_before = ?', from);
      return from !== null;
    });
  }

  #hasTables(): boolean {
    const sql = "SELECT 1 AS one FROM sqlite_schema WHERE name = 'team_state'";
    return this.#connection.get(sql) !== undefined;
  }

  #state(): State {
    const state = this.#connection.get<State>('SELECT * FROM team_state');
    if (!state) throw new Error('the outbox follows no team store');
    return state;
  }
}
