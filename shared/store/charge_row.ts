import { Charge } from '../model/charge.ts';
import { Provenance } from '../model/rate.ts';
import type { Interval } from '../model/time.ts';

/** A charge as the database keeps it: names as small numbers, what it rests on as flags. */
export interface Row {
  id: number;
  node: number;
  job: number;
  from_ms: number;
  to_ms: number;
  micros: number;
  flags: number;
  owner: number | null;
  /** Of a billed charge, what had been metered. */
  metered: number | null;
}

const UNCERTAIN = 4;
const MINIMUM = 8;
export const COLUMNS = 'id, node, job, from_ms, to_ms, micros, flags, owner, metered';

/** Provenance, doubt and kind as one small number (see the schema). */
export function flagsOf(charge: Pick<Charge, 'provenance' | 'uncertain' | 'kind'>): number {
  return (
    Provenance.options.indexOf(charge.provenance) +
    (charge.uncertain ? UNCERTAIN : 0) +
    (charge.kind === 'minimum' ? MINIMUM : 0)
  );
}

export function readFlags(flags: number): Pick<Charge, 'provenance' | 'uncertain' | 'kind'> {
  return {
    provenance: Provenance.options[flags & 3] ?? 'list',
    uncertain: (flags & UNCERTAIN) !== 0,
    kind: (flags & MINIMUM) !== 0 ? 'minimum' : 'metered',
  };
}

/** The rows, if some of them say together, without a gap, just what the charge says. */
export function coveredBy(
  rows: readonly Row[],
  charge: Charge,
  owner: number | null,
): readonly Row[] | undefined {
  const inside = rows.filter((row) => row.from_ms >= charge.from && row.to_ms <= charge.to);
  let through = charge.from;
  let micros = 0;
  let metered = 0;
  for (const row of inside) {
    if (row.from_ms !== through) return undefined;
    if (row.flags !== flagsOf(charge) || row.owner !== owner) return undefined;
    through = row.to_ms;
    micros += row.micros;
    metered += row.metered ?? row.micros;
  }
  const same = micros === charge.micros && metered === (charge.metered ?? charge.micros);
  return through === charge.to && same ? inside : undefined;
}

/** Throws where a charge is not one, or is none of this node and interval. */
export function check(charge: Charge, nodeId: string, interval: Interval): void {
  Charge.parse(charge);
  if (charge.nodeId !== nodeId) throw new RangeError(`a charge of ${charge.nodeId}, not ${nodeId}`);
  if (charge.from >= charge.to || charge.from < interval.from || charge.to > interval.to) {
    throw new RangeError(`a charge of ${nodeId} outside of the interval that is written`);
  }
}
