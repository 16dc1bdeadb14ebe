import type { Alert } from '../model/alert.ts';
import type { Job } from '../model/job.ts';
import { SECOND } from '../model/time.ts';

/** How often the telemetry of a job under suspicion is read. */
export const DENSE_MS = 5 * SECOND;

/** The jobs that a pending alert is about: something may be wrong, and soon more must be known. */
export function suspected(alerts: readonly Alert[], jobs: readonly Job[]): Job[] {
  const subjects = new Set(
    alerts.filter(({ state }) => state === 'pending').map(({ subject }) => subject),
  );
  return jobs.filter(({ id }) => subjects.has(id));
}
