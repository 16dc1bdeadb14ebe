import { toDollars } from '../../model/money.ts';
import type { Figure } from '../../model/rate.ts';
import type { JobView, Snapshot } from '../../model/snapshot.ts';
import { type Family, gauge, Points } from './family.ts';

/** In place of the names of those that are too many to be named. */
export const OTHER = '(other)';

/** The dearest now, then those that have cost most: as many as may have series of their own. */
export function namedJobs(jobs: readonly JobView[], most: number): ReadonlySet<string> {
  const ordered = [...jobs].sort(
    (a, b) => b.rate.micros - a.rate.micros || b.total.micros - a.total.micros,
  );
  return new Set(ordered.slice(0, most).map(({ id }) => id));
}

/**
 * What each job costs and does, in series that no more than `most` jobs have of their own: what the
 * others cost is added up, so that sums over all series are right whatever the number of jobs.
 */
export function jobFamilies({ jobs }: Pick<Snapshot, 'jobs'>, most: number): Family[] {
  const named = namedJobs(jobs, most);
  const labelsOf = (job: JobView) =>
    named.has(job.id)
      ? { job_id: job.id, job: job.name, owner: job.owner ?? '', account: job.account }
      : { job_id: '', job: OTHER, owner: OTHER, account: job.account };
  const [rate, unpriced, cost, today, gpus] = Array.from({ length: 5 }, () => new Points());
  const [busy, wasted, budget] = Array.from({ length: 3 }, () => new Points());
  for (const job of jobs) {
    const labels = labelsOf(job);
    const running = job.state === 'running' || job.state === 'stopping';
    if (running) {
      rate?.add({ ...labels, provenance: provenanceOf(job.rate) }, toDollars(job.rate.micros));
      unpriced?.add(labels, job.rate.unpriced);
      gpus?.add(labels, job.gpus);
    }
    cost?.add({ ...labels, provenance: provenanceOf(job.total) }, toDollars(job.total.micros));
    today?.add({ ...labels, provenance: provenanceOf(job.today) }, toDollars(job.today.micros));
    for (const [cause, micros] of Object.entries(job.waste ?? {})) {
      wasted?.add({ ...labels, cause }, toDollars(micros));
    }
    // A share cannot be added up: of those without names there is none.
    if (!named.has(job.id)) continue;
    if (running && job.activity !== undefined) busy?.add(labels, job.activity);
    const ceiling = job.budget?.ceiling;
    if (ceiling) budget?.add(labels, job.total.micros / ceiling);
  }
  const family = (name: string, unit: string, help: string, points = new Points()) =>
    gauge(`burnrate_job_${name}`, unit, help, points);
  return [
    family(
      'rate_usd_per_hour',
      'USD/h',
      'What the job costs now. Provenance says what that rests on.',
      rate,
    ),
    family(
      'unpriced_nodes',
      '{node}',
      'Machines of the job that nobody knows the price of: its rate is then a lower bound.',
      unpriced,
    ),
    family(
      'cost_usd',
      'USD',
      'What the job has cost in all. A bill may correct it, also downwards.',
      cost,
    ),
    family('cost_today_usd', 'USD', 'What the job has cost since midnight, local time.', today),
    family('gpus', '{gpu}', 'GPUs that the job holds.', gpus),
    family(
      'gpu_utilization_ratio',
      '1',
      'How busy the GPUs of the job are, from 0 to 1. Absent where nothing tells.',
      busy,
    ),
    family('wasted_usd', 'USD', 'What of its cost did no work, by cause.', wasted),
    family(
      'budget_used_ratio',
      '1',
      'What part of the budget of its own the job has used up.',
      budget,
    ),
  ];
}

/** What a figure rests on; `none` where it has no part. */
export function provenanceOf({ provenance }: Figure): string {
  return provenance ?? 'none';
}
