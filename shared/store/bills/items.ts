import { createHash } from 'node:crypto';
import type { ItemKey } from '../../invoices/focus/rows.ts';
import { kindOf } from '../../invoices/kinds.ts';
import { type InvoiceItem, TOLD } from '../../invoices/line.ts';
import type { Connection } from '../connection.ts';

/** So many bytes of keys are remembered; a bill of more items looks some of them up again. */
const MOST_REMEMBERED = 64 << 20;
/** What a key takes, about, beside its text. */
const KEY_BYTES = 128;

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
  readonly #known = new Map<ItemKey, KnownItem>();
  #remembered = 0;

  constructor(connection: Connection, way: number, edition: number) {
    this.#connection = connection;
    this.#way = way;
    this.#edition = edition;
  }

  /** `key` says all of the item in some way of the caller's; the item itself is read when new. */
  find(key: ItemKey, make: () => InvoiceItem): KnownItem {
    const known = this.#known.get(key);
    if (known) return known;
    const found = this.#takeDown(make());
    if (this.#remembered > MOST_REMEMBERED) {
      this.#known.clear();
      this.#remembered = 0;
    }
    this.#remembered += KEY_BYTES + (typeof key === 'string' ? key.length : 0);
    this.#known.set(key, found);
    return found;
  }

  #takeDown(item: InvoiceItem): KnownItem {
    const { facts, told } = parted(item);
    const identity = createHash('sha256').update(facts).digest().subarray(0, 16);
    const there = this.#connection.get<KnownItem & { told: string }>(
      'SELECT id, scope, told FROM item WHERE way = ? AND identity = ?',
      this.#way,
      identity,
    );
    if (!there) {
      const scope = this.#scopeOf(item);
      const { lastInsertRowid } = this.#connection.run(
        'INSERT INTO item VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
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
