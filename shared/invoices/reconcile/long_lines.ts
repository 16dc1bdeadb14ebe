import type { ComputeLine } from '../../store/bills/reads.ts';
import {
  type Assigned,
  assign,
  hoursConsumed,
  type Match,
  type MeteredHour,
  matching,
} from './match.ts';

/** An hour of a node, as a key. */
export function hourKey({ node, hour }: MeteredHour): string {
  return `${node.id} ${hour}`;
}

/**
 * Finds what lines of more than a day are for: all metered hours of their machines in their time, by
 * what was metered. Bills may tell the same use twice, by the hour and by the month: a line that is
 * for an hour which a finer one is for (`taken`; of at most half its length) stays beside, whole. A
 * correction changes what others have charged, and never does. A line whose time has not ended when
 * its bill was made is for the hours that it counts, the first ones; where it counts none, nobody
 * can tell yet. Step by step; each says how many lines it has looked at.
 */
export function* spread(
  lines: readonly ComputeLine[],
  hours: readonly MeteredHour[],
  taken: Set<string>,
): Generator<number, Match> {
  const found: Match = { assigned: [], leftover: [] };
  for (const alike of byLength(lines)) {
    const match = yield* matching(alike, hours, Number.POSITIVE_INFINITY);
    const parts = new Map<ComputeLine, Assigned[]>(alike.map((line) => [line, []]));
    for (const one of match.assigned) parts.get(one.line)?.push(one);
    const taking: string[] = [];
    for (const [line, own] of parts) {
      const told = toldOf(line, own);
      const isCorrection = line.item.chargeClass === 'Correction';
      if (!isCorrection && told.some((hour) => taken.has(hourKey(hour)))) {
        found.leftover.push({ line, micros: line.effective });
        continue;
      }
      assign(line, told, found.assigned, found.leftover);
      if (!isCorrection) for (const hour of told) taking.push(hourKey(hour));
    }
    for (const key of taking) taken.add(key);
    yield alike.length;
  }
  return found;
}

/** The shortest first, those together that are less than twice as long as the shortest of them. */
function byLength(lines: readonly ComputeLine[]): ComputeLine[][] {
  const groups: ComputeLine[][] = [];
  const length = ({ from, to }: ComputeLine) => to - from;
  let shortest = 0;
  for (const line of lines.toSorted((a, b) => length(a) - length(b))) {
    const last = groups.at(-1);
    if (last && length(line) < 2 * shortest) last.push(line);
    else {
      groups.push([line]);
      shortest = length(line);
    }
  }
  return groups;
}

function toldOf(line: ComputeLine, assigned: readonly Assigned[]): MeteredHour[] {
  const hours = assigned.map(({ metered }) => metered);
  if (line.asOf >= line.to) return hours;
  const consumed = hoursConsumed(line);
  if (consumed === undefined) return [];
  let left = consumed;
  return hours
    .toSorted((a, b) => a.hour - b.hour)
    .filter((hour) => {
      // Half of an hour's time at least: starts and ends are rounded.
      const counts = left >= hour.ran / 2;
      left -= hour.ran;
      return counts;
    });
}
