import { addSpreads, intervalOf } from '../model/spread.ts';
import { DAY, type Interval } from '../model/time.ts';
import type { BillDay, BillDays } from '../protocol/bill_days.ts';
import type { NodeDay } from '../store/node_days.ts';
import type { Store } from '../store/store.ts';

/** Longer than any chart: a question for more is a mistake. */
const MAX_DAYS = 400;

/** Invoice against estimate, by account and day; the days (UTC) that begin in the interval. */
export function billDaysOf(store: Pick<Store, 'nodeDays'>, { from, to }: Interval): BillDays {
  if (!(to >= from) || to - from > MAX_DAYS * DAY) {
    throw new Error(`bills by day: ask for ${MAX_DAYS} days at most`);
  }
  const groups = Map.groupBy(
    store.nodeDays({ from, to }),
    ({ day, account }) => `${day} ${account}`,
  );
  return { days: [...groups.values()].map(dayOf) };
}

function dayOf(group: readonly NodeDay[]): BillDay {
  const sum = (of: (one: NodeDay) => number) => group.reduce((total, one) => total + of(one), 0);
  const [first] = group;
  const meteredMicros = sum(({ metered }) => metered);
  const spread = addSpreads(group.map((one) => one.spread));
  const interval = intervalOf({ micros: meteredMicros, spread });
  return {
    at: (first?.day ?? 0) * DAY,
    account: first?.account ?? '',
    meteredMicros,
    ...interval,
    ...(group.some(({ billed }) => billed) && {
      billedMicros: sum(({ billed }) => billed?.micros ?? 0),
    }),
    meteredForBilled: sum(({ billed }) => billed?.metered ?? 0),
  };
}
