import type { BillLine } from './bill.ts';
import { SUSTAINED } from './market.ts';
import { DAY_S, HOUR_S, type Machine } from './work.ts';

/**
 * What each quarter of the month costs, in thousandths of the list price, as Google's page on
 * sustained use discounts has it (cloud.google.com/compute/docs/sustained-use-discounts).
 */
const QUARTERS = [1000n, 800n, 600n, 400n] as const;
/** The first day's start is Monday, 7 January 2030, UTC; months are those of US Pacific time, in winter. */
const MONTHS = [
  { from: -6 * DAY_S + 8 * HOUR_S, days: 31 },
  { from: 25 * DAY_S + 8 * HOUR_S, days: 28 },
  { from: 53 * DAY_S + 8 * HOUR_S, days: 31 },
];

/** Services that run for weeks, at times several of them. Days they begin and end on, by their names. */
const SERVICES: readonly [string, number, number, number][] = [
  ['serve-chat', 1, 2.3, 47.6],
  ['serve-search', 2, 11.4, 29.8],
  ['serve-vision', 1, 34.2, 58.9],
  ['serve-tests', 1, 40.1, 43.4],
];

export function services(): Machine[] {
  return SERVICES.flatMap(([job, count, from, to]) =>
    Array.from({ length: count }, (_, number): Machine => {
      const ended = Math.round(to * DAY_S) + number * 40;
      return {
        id: `gcp-${job}-${number}`,
        job,
        kind: SUSTAINED,
        zone: 'us-west1-a',
        spot: false,
        launched: Math.round(from * DAY_S) + number * 60,
        ended,
        remembered: true,
        listedUntil: ended + DAY_S,
      };
    }),
  );
}

/**
 * The same lines with the discount: hour by hour, the longest use of the hour goes to the place that
 * has been used the longest this month, the next to the next; all of the hour's use shares alike.
 */
export function withSustainedUse(lines: readonly BillLine[]): BillLine[] {
  const places: { month: number; used: number[] } = { month: -1, used: [] };
  const hours = Map.groupBy(lines, ({ from }) => Math.floor(from / HOUR_S));
  return [...hours]
    .sort(([a], [b]) => a - b)
    .flatMap(([hour, used]) => {
      const month = MONTHS.findLastIndex(({ from }) => from <= hour * HOUR_S);
      if (month !== places.month) Object.assign(places, { month, used: [] });
      const length = (MONTHS[month]?.days ?? 30) * DAY_S;
      const longest = used.toSorted((a, b) => b.to - b.from - (a.to - a.from));
      let seconds = 0;
      let paid = 0n;
      for (const [place, { from, to }] of longest.entries()) {
        for (let second = from; second < to; second += 1) {
          const done = places.used[place] ?? 0;
          paid += QUARTERS[Math.min(3, Math.floor((4 * done) / length))] ?? 0n;
          places.used[place] = done + 1;
          seconds += 1;
        }
      }
      return used.map((line) => {
        const cost = (line.BilledCost * paid) / (1000n * BigInt(seconds));
        return { ...line, BilledCost: cost, EffectiveCost: cost };
      });
    });
}
