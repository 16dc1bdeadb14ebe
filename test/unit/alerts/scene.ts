import type { Scene } from '@burnrate/shared/alerts/rule.ts';
import type { JobView } from '@burnrate/shared/model/snapshot.ts';
import type { StoredSample } from '@burnrate/shared/store/store.ts';

/** A running 8-GPU job at $32.77 an hour; `changes` make it another. */
export function jobView(changes: Partial<JobView> = {}): JobView {
  return {
    id: 'slurm:lab:42',
    source: 'slurm',
    account: 'slurm:lab',
    nativeId: '42',
    name: 'train-7b',
    owner: 'ada',
    mine: true,
    level: 'scheduler',
    state: 'running',
    startedAt: 0,
    shares: [{ node: 'slurm:lab:node1', gpus: 8 }],
    labels: {},
    rate: { micros: 32_772_600, provenance: 'list', uncertain: false, unpriced: 0 },
    today: { micros: 0, uncertain: false, unpriced: 0 },
    total: { micros: 0, uncertain: false, unpriced: 0 },
    gpus: 8,
    recentActivity: [],
    stoppable: true,
    ...changes,
  };
}

/** Readings of every GPU of the job at each time, `activityAt` giving the activity of each. */
export function readingsOf(
  jobId: string,
  times: readonly number[],
  activityAt: (at: number, gpu: number) => number,
  gpus = 8,
): StoredSample[] {
  return times.flatMap((at) =>
    Array.from({ length: gpus }, (_, gpu) => ({
      at,
      nodeId: 'slurm:lab:node1',
      jobIds: [jobId],
      gpu: `GPU-${gpu}`,
      engineActive: activityAt(at, gpu),
    })),
  );
}

export function sceneAt(now: number, jobs: JobView[], readings: readonly StoredSample[]): Scene {
  return {
    now,
    jobs,
    nodes: [],
    accounts: [],
    stops: [],
    spent: (span) =>
      jobs.map((job) => ({ job, micros: (span === 'day' ? job.today : job.total).micros })),
    hourlySpending: () => [],
    readings: (jobId, since) =>
      readings.filter((r) => r.jobIds.includes(jobId) && r.at >= since && r.at <= now),
  };
}
