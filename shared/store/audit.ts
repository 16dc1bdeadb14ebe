import type { Instant } from '../model/time.ts';
import type { Connection } from './connection.ts';
import { StoreError } from './failure.ts';
import type { AuditEntry } from './store.ts';

/** Who did what to which job: appended, on the disk before the deed is done. */
export class Audit {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Appends, and returns when the disk has it. Throws where that is not certain. */
  append(entry: AuditEntry): void {
    const { database } = this.#connection;
    if (database.inTransaction) {
      throw new StoreError(
        '',
        'An entry of the audit log cannot be a part of a tick: it must be on disk at once.',
        'Write it before or after.',
      );
    }
    database.pragma('synchronous = FULL');
    try {
      this.#connection.atomically(() =>
        this.#connection.run(
          'INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)',
          entry.at,
          entry.actor,
          entry.action,
          entry.subject,
          entry.detail,
        ),
      );
    } finally {
      database.pragma('synchronous = NORMAL');
    }
  }

  since(since: Instant): AuditEntry[] {
    return this.#connection.all<AuditEntry>(
      'SELECT at, actor, action, subject, detail FROM audit WHERE at >= ? ORDER BY id',
      since,
    );
  }
}
