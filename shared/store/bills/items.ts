import { createHash } from 'node:crypto';
import { kindOf } from '../../invoices/kinds.ts';
import { type InvoiceItem, TOLD } from '../../invoices/line.ts';
import type { Connection } from '../connection.ts';

/** So much text of keys is remembered; a bill of more items looks some of them up again. */
const MOST_REMEMBERED = 64 << 20;

/** An item as lines refer to it. */
export interface KnownItem {
  id: number;
  scope: number;
}

/** Finds the items that lines are about, or takes them down, in one edition that is written. */
export class Items {
  readonly #connection: Connection;
  readonly #way: number;
  readonly #edition: number;
  readonly #known = new Map<string, KnownItem>();
  #remembered = 0;

  constructor(connection: Connection, way: number, edition: number) {
    this.#connection = connection;
    this.#way = way;
    this.#edition = edition;
  }

  /** `key` says all of the item in some way of the caller's; the item itself is read when new. */
  find(key: string, make: () => InvoiceItem): KnownItem {
    const known = this.#known.get(key);
    if (known) return known;
    const found = this.#takeDown(make());
    if (this.#remembered > MOST_REMEMBERED) {
      this.#known.clear();
      this.#remembered = 0;
    }
    this.#remembered += key.length;
    this.#known.set(key, found);
    return found;
  }

  #takeDown(item: InvoiceItem): KnownItem {
    const { facts, told } = parted(item);
    const identity = createHash('sha256').update(facts).digest().subarray(0, 16);
    // A blob goes past `run`, which binds text and numbers.
    const database = this.#connection.database;
    const there = database
      .prepare('SELECT id, scope, told, told_by FROM item WHERE way = ? AND identity = ?')
      .get(this.#way, identity) as (KnownItem & { told: string; told_by: number }) | undefined;
    if (!there) {
      const scope = this.#scopeOf(item);
      const { lastInsertRowid } = database
        .prepare('INSERT INTO item VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run(
          this.#way,
          identity,
          scope,
          kindOf(item),
          item.serviceName,
          item.billingCurrency,
          facts,
          told,
          this.#edition,
        );
      return { id: Number(lastInsertRowid), scope };
    }
    if (there.told !== told) {
      this.#connection.run(
        `UPDATE item SET told = ?1, told_by = ?2 WHERE id = ?3
         AND (told_by = ?2 OR told_by NOT IN (SELECT id FROM newer))`,
        told,
        this.#edition,
        there.id,
      );
    }
    return { id: there.id, scope: there.scope };
  }

  #scopeOf({ providerName, subAccountId, billingAccountId }: InvoiceItem): number {
    const account = subAccountId ?? billingAccountId;
    const row = this.#connection.get<{ id: number }>(
      'SELECT id FROM scope WHERE provider = ? AND account = ?',
      providerName,
      account,
    );
    if (row) return row.id;
    return Number(
      this.#connection.run('INSERT INTO scope VALUES (NULL, ?, ?)', providerName, account)
        .lastInsertRowid,
    );
  }
}

/** The item as JSON in one order of its fields: what identifies it, and what it is called. */
function parted(item: InvoiceItem): { facts: string; told: string } {
  const entries = Object.entries(item)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const isTold = (name: string) => (TOLD as readonly string[]).includes(name);
  return {
    facts: JSON.stringify(Object.fromEntries(entries.filter(([name]) => !isTold(name)))),
    told: JSON.stringify(Object.fromEntries(entries.filter(([name]) => isTold(name)))),
  };
}
