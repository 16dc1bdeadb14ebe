import type { AlertSettings } from '../config/alerts.ts';
import { formatMoney, type Micros, toMicros } from '../model/money.ts';
import type { JobView } from '../model/snapshot.ts';
import { type Instant, MINUTE } from '../model/time.ts';
import type { Finding, Rule, Scene } from './rule.ts';
import { hourly } from './subject.ts';

/** A higher rate must last so long: jobs that change places overlap for a moment. */
const HOLD_MS = 2 * MINUTE;
/** Fewer hours with any spending are no baseline. */
const LEAST_HOURS = 6;
/** What a job holds is compared with the least it held over this time. */
const GROWTH_MS = 30 * MINUTE;

/** `cost-rate`: all my spending is far above the dearest hour of the last seven days. */
export function totalRule(settings: AlertSettings['costRate']): Rule {
  return { id: 'cost-rate', evaluate: (scene) => totalFinding(scene, settings) ?? [] };
}

/**
 * `cost-rate`: one job holds a multiple of the GPUs it held half an hour ago, as where an autoscaler
 * runs away.
 */
export function growthRule(settings: AlertSettings['costRate']): Rule {
  const growth = new Growth();
  return { id: 'cost-rate', evaluate: (scene) => growth.findings(scene, settings) };
}

function totalFinding(
  scene: Scene,
  { factor, atLeast }: AlertSettings['costRate'],
): [Finding] | undefined {
  const hours = scene.hourlySpending().filter((micros) => micros > 0);
  if (hours.length < LEAST_HOURS) return undefined;
  const highest = Math.max(...hours);
  const running = scene.jobs.filter((job) => job.mine && job.state === 'running');
  const idle = scene.nodes.filter((node) => node.mine).reduce((sum, n) => sum + n.idle.micros, 0);
  const rate = running.reduce((sum, job) => sum + job.rate.micros, idle);
  if (rate < highest * factor || rate - highest < toMicros(atLeast)) return undefined;
  const newest = running.toSorted((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0)).slice(0, 3);
  const names = newest.map((job) => `${job.name} (${hourly(job)})`).join(', ');
  const finding: Finding = {
    subject: 'cost-rate',
    subjectKind: 'account',
    severity: 'warning',
    title: `You spend ${formatMoney(rate)}/h, ${(rate / highest).toFixed(1)} times the most of the last week`,
    detail: names ? `Started last: ${names}.` : 'It is machines that no job holds.',
    evidence: [
      { label: 'now', value: `${formatMoney(rate)}/h` },
      { label: 'dearest hour in 7 days', value: formatMoney(highest) },
    ],
    microsPerHour: 0,
    since: scene.now,
    holdMs: HOLD_MS,
  };
  return [finding];
}

interface Held {
  at: Instant;
  gpus: number;
  micros: Micros;
}

/** What each job has held over the last half hour, as steps. */
class Growth {
  readonly #byJob = new Map<string, Held[]>();

  findings(scene: Scene, { factor, atLeast }: AlertSettings['costRate']): Finding[] {
    const jobs = scene.jobs.filter((job) => job.mine && job.state === 'running');
    const ids = new Set(jobs.map(({ id }) => id));
    for (const id of this.#byJob.keys()) if (!ids.has(id)) this.#byJob.delete(id);
    return jobs.flatMap((job) => {
      const steps = this.#follow(job, scene.now);
      const least = steps.reduce((a, b) => (b.micros < a.micros ? b : a));
      const grown = job.gpus >= least.gpus * factor && job.rate.micros >= least.micros * factor;
      if (!grown || job.rate.micros - least.micros < toMicros(atLeast)) return [];
      const since = steps.find((step) => step.gpus >= least.gpus * factor && step.at >= least.at);
      return [growthFinding(job, least, since?.at ?? scene.now)];
    });
  }

  /** Its steps until now; what it held before the window counts from the window's beginning. */
  #follow(job: JobView, now: Instant): Held[] {
    const steps = this.#byJob.get(job.id) ?? [];
    this.#byJob.set(job.id, steps);
    if (steps.at(-1)?.gpus !== job.gpus || steps.at(-1)?.micros !== job.rate.micros) {
      // While a job gathers its machines at its start, or has no price yet, it does not grow.
      if (steps.length === 1 && isBeginning(job, now)) steps.pop();
      steps.push({ at: now, gpus: job.gpus, micros: job.rate.micros });
    }
    while ((steps[1]?.at ?? Number.POSITIVE_INFINITY) <= now - GROWTH_MS) steps.shift();
    return steps;
  }
}

function isBeginning({ startedAt, rate }: JobView, now: Instant): boolean {
  return rate.unpriced > 0 || now - (startedAt ?? now) < 10 * MINUTE;
}

function growthFinding(job: JobView, before: Held, since: Instant): Finding {
  return {
    subject: job.id,
    subjectKind: 'job',
    severity: 'warning',
    title: `${job.name} grew from ${before.gpus} to ${job.gpus} GPUs and costs ${hourly(job)}`,
    detail: `Half an hour ago it cost ${formatMoney(before.micros)}/h. Where nobody asked for that, an autoscaler may run away.`,
    evidence: [
      { label: 'GPUs', value: `${before.gpus} before, ${job.gpus} now` },
      { label: 'rate', value: `${formatMoney(before.micros)}/h before, ${hourly(job)} now` },
    ],
    microsPerHour: 0,
    since,
    holdMs: HOLD_MS,
  };
}
