import type { BucketView } from '../model/bucket.ts';
import { addEgress, type EgressCost, type TransferView } from '../model/egress.ts';
import type { Micros } from '../model/money.ts';
import { accountIn, type Node } from '../model/node.ts';
import { DAY, type Instant, startOfMonth } from '../model/time.ts';
import { type EgressPrice, egressPriceOf } from '../pricing/egress/prices.ts';
import type { TransferDay } from '../pricing/egress/share.ts';
import type { Transfer } from '../store/traffic.ts';
import { placeOf } from './buckets.ts';

/** What a machine sent so far this month. */
interface SentByNode {
  node: Node;
  /** Days since the epoch (UTC). */
  day: number;
  sent: number;
  listMicros: Micros | undefined;
}

interface Account {
  sent: number;
  listMicros: Micros;
  unpriced: boolean;
  basis: string | undefined;
}

/**
 * What each account's machines have sent this month (UTC): tiers of prices are by the account and
 * the month, whoever's jobs they were. Of a day whose bill counts what went to the internet that
 * counts, which is all of the account's, seen here or not, and nothing that stayed within the region.
 * Of others what Burnrate saw counts, as if all of it had left.
 */
export class TransferMonth {
  #from: Instant | undefined;
  readonly #accounts = new Map<string, Account>();
  /** By account and price list, then by day. */
  readonly #sent = new Map<string, Map<number, number>>();
  /** What bills say that went to the internet, by account, then by day. */
  #toInternet = new Map<string, Map<number, number>>();
  readonly #accountByNode = new Map<string, string>();
  readonly #placeByNode = new Map<string, string>();
  readonly #priceByNode = new Map<string, EgressPrice>();
  #billed = new Map<string, NonNullable<TransferView['billed']>>();

  /** Begins the month of an instant where it is not the present one; `read` says what was sent since. */
  start(now: Instant, read: (from: Instant) => readonly SentByNode[]): void {
    const from = startOfMonth(now);
    if (this.#from === from) return;
    this.#from = from;
    this.#accounts.clear();
    this.#sent.clear();
    this.#toInternet.clear();
    for (const { node, day, sent, listMicros } of read(from)) {
      this.add(node, node.priceKey && egressPriceOf(node.priceKey), { day, sent, listMicros });
    }
  }

  /** How far into the month's tiers the account is. */
  sent(account: string, list: string | undefined): number {
    const seen = this.#sent.get(`${account} ${list}`) ?? new Map<number, number>();
    const billed = this.#toInternet.get(account) ?? new Map<number, number>();
    const days = new Map([...seen, ...billed]);
    return days.values().reduce((sum, bytes) => sum + bytes, 0);
  }

  /** The month's beginning; undefined before the first. */
  get from(): Instant | undefined {
    return this.#from;
  }

  /** The account's part of a region that a machine is in; undefined where no price names it. */
  placeOf(nodeId: string): string | undefined {
    return this.#placeByNode.get(nodeId);
  }

  accountOf(nodeId: string): string {
    return this.#accountByNode.get(nodeId) ?? accountIn(nodeId);
  }

  /** What bytes cost that leave a machine; undefined where nobody knows. */
  priceOf(nodeId: string): EgressPrice | undefined {
    return this.#priceByNode.get(nodeId);
  }

  add(
    { id, account, priceKey }: Node,
    price: EgressPrice | undefined,
    { day, sent, listMicros }: Omit<SentByNode, 'node'>,
  ): void {
    this.#accountByNode.set(id, account);
    if (priceKey) this.#placeByNode.set(id, placeOf(account, priceKey.region));
    if (price) this.#priceByNode.set(id, price);
    const key = `${account} ${price?.list}`;
    const byDay = this.#sent.get(key) ?? new Map<number, number>();
    this.#sent.set(key, byDay.set(day, (byDay.get(day) ?? 0) + sent));
    const before = this.#accounts.get(account);
    this.#accounts.set(account, {
      sent: (before?.sent ?? 0) + sent,
      listMicros: (before?.listMicros ?? 0) + (listMicros ?? 0),
      unpriced: (before?.unpriced ?? false) || (listMicros === undefined && sent > 0),
      basis: price?.basis ?? before?.basis,
    });
  }

  /** What bills say of the days of this month that they tell of. */
  billed(days: readonly TransferDay[], now: Instant): void {
    const from = startOfMonth(now) / DAY;
    this.#toInternet = new Map(
      [...Map.groupBy(days, ({ account }) => account)].map(([account, all]) => [
        account,
        new Map(
          all.flatMap(({ day, internetBytes }) =>
            internetBytes === undefined || day < from ? [] : [[day, internetBytes] as const],
          ),
        ),
      ]),
    );
    this.#billed = new Map(
      [...Map.groupBy(days, ({ account }) => account)].flatMap(([account, all]) => {
        const own = all.filter(({ day }) => day >= from);
        if (own.length === 0) return [];
        const told = new Set(own.map(({ day }) => day));
        const billed = {
          days: told.size,
          through: (Math.max(...told) + 1) * DAY,
          micros: own.reduce((sum, { billedMicros }) => sum + billedMicros, 0),
          listMicros: own.reduce((sum, { listMicros }) => sum + listMicros, 0),
        };
        return [[account, billed] as const];
      }),
    );
  }

  views(
    costOf: (account: string, listMicros: Micros) => EgressCost,
    bucketsOf: ReadonlyMap<string, BucketView[]>,
  ): TransferView[] {
    const accounts = new Set([
      ...this.#accounts.keys(),
      ...this.#billed.keys(),
      ...bucketsOf.keys(),
    ]);
    const views = [...accounts].map((account): TransferView => {
      const own = this.#accounts.get(account);
      const billed = this.#billed.get(account);
      const buckets = bucketsOf.get(account);
      const cost = own
        ? { ...costOf(account, own.listMicros), unpriced: own.unpriced }
        : addEgress([]);
      return {
        account,
        sentBytes: Math.round(own?.sent ?? 0),
        cost,
        ...(own?.basis !== undefined && { basis: own.basis }),
        ...(buckets && { buckets }),
        ...(billed && { billed }),
      };
    });
    return views.sort((a, b) => b.sentBytes - a.sentBytes || (a.account < b.account ? -1 : 1));
  }
}

/**
 * The days that bills tell of: what they say of each machine that they name, and of the rest of the
 * account, beside what was sent. A machine that nobody knows any more is of no account.
 */
export function transferDays(
  transfers: readonly (Transfer & { day: number })[],
  list: readonly { day: number; nodeId: string; listMicros: Micros }[],
  accountOf: (nodeId: string) => string | undefined,
): TransferDay[] {
  const listed = Map.groupBy(list, ({ day, nodeId }) => `${day} ${accountOf(nodeId)}`);
  return [...Map.groupBy(transfers, ({ day, account }) => `${day} ${account}`)].flatMap(
    ([place, told]) => {
      const [first] = told;
      if (!first) return [];
      const { day, account } = first;
      const sent = listed.get(place) ?? [];
      const listFor = (isMeant: (nodeId: string) => boolean) =>
        sent
          .filter(({ nodeId }) => isMeant(nodeId))
          .reduce((sum, { listMicros }) => sum + listMicros, 0);
      const named = new Set(told.flatMap(({ nodeId }) => nodeId ?? []));
      const rest = told.find(({ nodeId }) => nodeId === undefined);
      return [
        ...told.flatMap(({ nodeId, micros }): TransferDay[] => {
          if (nodeId === undefined) return [];
          const listMicros = listFor((id) => id === nodeId);
          return [{ account, nodeId, day, listMicros, billedMicros: micros }];
        }),
        {
          account,
          day,
          listMicros: listFor((id) => !named.has(id)),
          billedMicros: rest?.micros ?? 0,
          ...(rest?.internetBytes !== undefined && { internetBytes: rest.internetBytes }),
        },
      ];
    },
  );
}
