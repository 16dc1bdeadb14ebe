import { IDLE } from '../../model/charge.ts';
import { type Micros, split } from '../../model/money.ts';
import { type Instant, MINUTE } from '../../model/time.ts';

/** What a job, or nobody, had of a machine over a time, and what it came to. */
export interface Stretch {
  job: string;
  from: Instant;
  to: Instant;
  micros: Micros;
  /** As of a charge (see charge_row.ts): the two lowest bits are its provenance, the best first. */
  flags: number;
}

/** What one collector says of an hour of a machine. */
export interface View {
  collector: string;
  /** Whether the machine is the collector's own user's. */
  mine: boolean;
  stretches: readonly Stretch[];
}

/** Collectors look at other moments of a minute: who saw as much but for this saw as much. */
const AS_MUCH_MS = 2 * MINUTE;
/** Parts of a machine that several collectors have rounded may come to this much more than it. */
const ROUNDING = 0.01;

/**
 * What an hour of a machine cost, where several collectors have metered it: what one of them says
 * that it cost, once. That is one of those who saw the most of it: of them the collector of its
 * owner, else who knows its price best. A job that another one sees takes its part out of what that
 * one calls idle; what a job cost is told likewise by its owner's collector, where that saw all of it.
 */
export function together(
  views: readonly View[],
  isMine: (collector: string, job: string) => boolean,
): readonly Stretch[] {
  const seen = views.filter(({ stretches }) => stretches.length > 0);
  const [first] = seen;
  if (!first || seen.length === 1) return first?.stretches ?? [];
  const base = best(seen, ({ mine }) => mine);
  const total = sumOf(base.stretches);

  const jobs = new Set(seen.flatMap(({ stretches }) => stretches.map(({ job }) => job)));
  jobs.delete(IDLE);
  const held = [...jobs].sort().flatMap((job) => {
    const own = seen
      .map((view) => ({ ...view, stretches: view.stretches.filter((one) => one.job === job) }))
      .filter(({ stretches }) => stretches.length > 0);
    return best(own, ({ collector }) => isMine(collector, job), base.collector).stretches;
  });
  const rest = total - sumOf(held);
  // Two who each give all of it to another job cannot both be right.
  if (rest < -Math.abs(total) * ROUNDING) return base.stretches;
  if (rest < 0) return shared(held, total);
  if (rest === 0) return held;
  const idle = base.stretches.filter(({ job }) => job === IDLE);
  return [...held, ...shared(idle.length > 0 ? idle : [idleOver(base)], rest)];
}

/** The one that counts: who saw the most, then who owns it, then the best provenance, then one always. */
function best(views: readonly View[], owns: (view: View) => boolean, preferred?: string): View {
  const most = Math.max(...views.map(spanOf));
  const [chosen] = views
    .filter((view) => spanOf(view) >= most - AS_MUCH_MS)
    .sort(
      (a, b) =>
        Number(owns(b)) - Number(owns(a)) ||
        weakestOf(a) - weakestOf(b) ||
        Number(b.collector === preferred) - Number(a.collector === preferred) ||
        (a.collector < b.collector ? -1 : 1),
    );
  if (!chosen) throw new Error('one of several views must count');
  return chosen;
}

function spanOf({ stretches }: View): number {
  return (
    Math.max(...stretches.map(({ to }) => to)) - Math.min(...stretches.map(({ from }) => from))
  );
}

function weakestOf({ stretches }: View): number {
  return Math.max(...stretches.map(({ flags }) => flags & 3));
}

function sumOf(stretches: readonly Stretch[]): Micros {
  return stretches.reduce((sum, { micros }) => sum + micros, 0);
}

/** The amount, shared out as the stretches were. */
function shared(stretches: readonly Stretch[], amount: Micros): Stretch[] {
  const weights = stretches.map(({ micros }) => Math.abs(micros));
  const known = weights.some((weight) => weight > 0);
  const parts = split(
    Math.abs(amount),
    known ? weights : stretches.map(({ from, to }) => to - from),
  );
  return stretches.map((one, index) => ({
    ...one,
    micros: Math.sign(amount) * (parts[index] ?? 0),
  }));
}

function idleOver(view: View): Stretch {
  return {
    job: IDLE,
    from: Math.min(...view.stretches.map(({ from }) => from)),
    to: Math.max(...view.stretches.map(({ to }) => to)),
    micros: 0,
    flags: Math.max(...view.stretches.map(({ flags }) => flags)),
  };
}
