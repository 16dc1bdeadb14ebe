import { latestShares } from '../metering/held.ts';
import type { Alert } from '../model/alert.ts';
import type { Job } from '../model/job.ts';
import { accrued, type Micros } from '../model/money.ts';
import { isBilled, type Node } from '../model/node.ts';
import type { Stop } from '../model/stop.ts';
import { type Instant, startOfLocalDay } from '../model/time.ts';
import type { Resolve } from './samples.ts';

/**
 * What today's confirmed stops have saved: the job's rate from its end until now, or until its
 * time limit, where that would have ended it anyway. A machine of mine that runs on without the
 * job still costs what it cost: its part counts from the machine's own end, and not before.
 */
export function savedToday(
  stops: readonly Stop[],
  world: { now: Instant; jobs: ReadonlyMap<string, Job>; nodes: ReadonlyMap<string, Node> },
  resolve: Resolve,
): Micros {
  const today = startOfLocalDay(world.now);
  let saved = 0;
  for (const stop of stops) {
    if (stop.state !== 'confirmed' || (stop.confirmedAt ?? 0) < today) continue;
    const job = world.jobs.get(stop.jobId);
    const until = Math.min(world.now, job?.limitAt ?? world.now);
    const from = stop.confirmedAt ?? world.now;
    const shares = job ? latestShares(job) : [];
    const weights = shares.map((share) => share.gpus ?? nodeOf(share.node)?.gpus.count ?? 1);
    const whole = weights.reduce((a, b) => a + b, 0);
    if (whole <= 0) {
      saved += accrued(stop.microsPerHour, from, until);
      continue;
    }
    shares.forEach((share, index) => {
      const rate = Math.round((stop.microsPerHour * (weights[index] ?? 0)) / whole);
      const node = nodeOf(share.node);
      if (node?.mine && isBilled(node)) return;
      const freed = node?.mine ? Math.max(from, node.endedAt ?? from) : from;
      saved += accrued(rate, freed, until);
    });
  }
  return saved;

  function nodeOf(name: string): Node | undefined {
    return world.nodes.get(resolve(name) ?? name);
  }
}

/**
 * What was spent today while alerts of waste were firing, from when the trouble began. Two alerts
 * of one job at the same time count once. Leftovers are not among it: the day's sum, of which this
 * is a part, is that of machines.
 */
export function wastedToday(alerts: readonly Alert[], now: Instant): Micros {
  const today = startOfLocalDay(now);
  const bySubject = Map.groupBy(
    alerts.filter(
      ({ firedAt, resolvedAt, subjectKind }) =>
        firedAt !== undefined && (resolvedAt ?? now) > today && subjectKind !== 'leftover',
    ),
    (alert) => alert.subject,
  );
  let wasted = 0;
  for (const own of bySubject.values()) {
    let counted = today;
    for (const alert of own.toSorted((a, b) => a.since - b.since)) {
      const from = Math.max(alert.since, counted);
      const to = alert.resolvedAt ?? now;
      wasted += accrued(alert.microsPerHour, from, to);
      counted = Math.max(counted, to);
    }
  }
  return wasted;
}
