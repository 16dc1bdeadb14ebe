import type { EgressCost } from '../../model/egress.ts';
import type { Micros } from '../../model/money.ts';

/** What an account's bytes of one day would have cost to the internet, and what its bill says. */
export interface TransferDay {
  account: string;
  /** The machine, where the bill names it; else the rest of the account. */
  nodeId?: string;
  /** Days since the epoch (UTC). */
  day: number;
  listMicros: Micros;
  billedMicros: Micros;
  /** What the account sent to the internet by its bill; absent where that does not count it. */
  internetBytes?: number;
}

/** What part of the internet's price is paid: the expected, and between what it lies. */
export interface Share {
  share: number;
  low: number;
  high: number;
  days: number;
}

/** Bills of older days no longer tell how bytes go now. */
export const LEARNED_DAYS = 30;

/**
 * How much of the internet's price an account pays for what its machines send: most bytes stay in
 * their zone or region. Learned from the days that its bills tell of, as the ratio of sums (Cochran,
 * Sampling Techniques, 3rd ed., section 6.3): days with much traffic count by what they send.
 * The interval is of one day's ratio, two deviations wide to each side; before there are three days
 * it is all that is possible.
 */
export class TransferShares {
  #byAccount = new Map<string, Share>();
  #byNode = new Map<string, Share>();

  learn(days: readonly TransferDay[]): void {
    const told = days.filter(({ listMicros }) => listMicros > 0);
    this.#byNode = new Map();
    const named = told.flatMap(({ nodeId, ...day }) => (nodeId ? [{ ...day, nodeId }] : []));
    for (const [nodeId, own] of Map.groupBy(named, (one) => one.nodeId)) {
      this.#byNode.set(nodeId, shareOf(own));
    }
    this.#byAccount = new Map();
    for (const [account, all] of Map.groupBy(told, (one) => one.account)) {
      const byDay = [...Map.groupBy(all, ({ day }) => day).values()].map((parts) => ({
        listMicros: parts.reduce((sum, one) => sum + one.listMicros, 0),
        billedMicros: parts.reduce((sum, one) => sum + one.billedMicros, 0),
      }));
      this.#byAccount.set(account, shareOf(byDay));
    }
  }

  /** By the machine's own lines where bills name it, else by its account's. */
  of(account: string, nodeId?: string): Share | undefined {
    return (
      (nodeId === undefined ? undefined : this.#byNode.get(nodeId)) ?? this.#byAccount.get(account)
    );
  }

  /** What bytes cost that would cost so much to the internet. */
  cost(account: string, nodeId: string | undefined, listMicros: Micros): EgressCost {
    const share = this.of(account, nodeId);
    if (!share) return { low: 0, high: listMicros, unpriced: false };
    return {
      low: Math.round(listMicros * share.low),
      high: Math.round(listMicros * share.high),
      likely: Math.round(listMicros * share.share),
      unpriced: false,
    };
  }
}

const LEAST_DAYS = 3;

function shareOf(days: readonly Pick<TransferDay, 'listMicros' | 'billedMicros'>[]): Share {
  const list = days.reduce((sum, { listMicros }) => sum + listMicros, 0);
  const billed = days.reduce((sum, { billedMicros }) => sum + billedMicros, 0);
  const share = Math.max(0, billed / list);
  // More than the internet's price is paid where a NAT gateway or a second zone is in between.
  const most = Math.max(1, share);
  if (days.length < LEAST_DAYS) return { share, low: 0, high: most, days: days.length };
  const squares = days.reduce((sum, day) => {
    const error = day.billedMicros / day.listMicros - share;
    return sum + (day.listMicros / list) * error * error;
  }, 0);
  const spread = 2 * Math.sqrt((squares * days.length) / (days.length - 1));
  return {
    share,
    low: Math.max(0, share - spread),
    high: Math.min(most, share + spread),
    days: days.length,
  };
}
