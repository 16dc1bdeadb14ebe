import type { Counter } from '../model/progress.ts';
import { UNITS } from '../model/unit.ts';
import type { UnitCosts } from '../protocol/protocol.ts';

/** What a unit cost over the whole range; undefined where nothing was counted. */
export function meanCost(
  { amount, micros }: UnitCosts['series'][number],
  counter: Counter,
): number | undefined {
  const of = UNITS[counter].of;
  let [counted, cost] = [0, 0];
  for (const [index, unit] of micros.entries()) {
    const done = amount[index] ?? 0;
    if (unit === null || done <= 0) continue;
    counted += done;
    cost += (unit * done) / of;
  }
  return counted > 0 ? (cost / counted) * of : undefined;
}
