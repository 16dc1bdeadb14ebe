import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Charge } from '@burnrate/shared/model/charge.ts';
import { HOUR, type Instant } from '@burnrate/shared/model/time.ts';
import type { Migration } from '@burnrate/shared/store/schema/index.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import Database from 'better-sqlite3';

/** A full hour, and the start of a day (UTC). */
export const NOON: Instant = Date.UTC(2026, 10, 20, 12);
export const MIDNIGHT: Instant = Date.UTC(2026, 10, 20);

export const NODE = 'aws:dev:i-1';
export const JOB = 'slurm:lab:1';

/** A folder for one ledger, which goes when the test ends. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'burnrate-store-'));
  readonly path = join(this.folder, 'ledger.db');
  now: Instant = NOON;
  readonly #opened: { close(): void }[] = [];

  open(
    options: {
      migrations?: readonly Migration[];
      retention?: { minuteDays: number; hourDays: number };
    } = {},
  ) {
    const opened = openStore(this.path, { now: () => this.now, ...options });
    this.#opened.push(opened.store);
    return opened;
  }

  /** The database itself, past the store. */
  raw(path = this.path): Database.Database {
    const database = new Database(path);
    this.#opened.push(database);
    return database;
  }

  [Symbol.dispose](): void {
    for (const one of this.#opened) one.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function chargeOf(
  from: Instant,
  to: Instant,
  micros: number,
  changes: Partial<Charge> = {},
): Charge {
  return {
    jobId: JOB,
    nodeId: NODE,
    from,
    to,
    micros,
    provenance: 'list',
    kind: 'metered',
    uncertain: false,
    ...changes,
  };
}

/** One charge an hour. */
export function hourly(from: Instant, hours: number, micros = 1_000_003): Charge[] {
  return Array.from({ length: hours }, (_, index) =>
    chargeOf(from + index * HOUR, from + (index + 1) * HOUR, micros + index),
  );
}
