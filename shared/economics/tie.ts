import { latestShares } from '../metering/held.ts';
import { type Job, MOST_SPECIFIC_FIRST } from '../model/job.ts';
import type { JobHint } from '../model/progress.ts';

/** Finds a node's id by any of its names. */
export type Resolve = (name: string) => string | undefined;

/**
 * Finds the job that a count belongs to. What is said on purpose comes first, then what the
 * scheduler calls it, then the process, and at last the machine, where one job alone is at work.
 * Where two jobs fit equally well, neither gets the count: a wrong price a token is worse than none.
 */
export class Ties {
  readonly #jobs: readonly Job[];
  readonly #resolve: Resolve;
  readonly #known = new Map<string, Job | undefined>();

  constructor(jobs: Iterable<Job>, resolve: Resolve) {
    this.#jobs = [...jobs].filter(({ state }) => state !== 'pending');
    this.#resolve = resolve;
  }

  jobOf(hint: JobHint): Job | undefined {
    const key = JSON.stringify(hint);
    if (!this.#known.has(key)) this.#known.set(key, this.#find(hint));
    return this.#known.get(key);
  }

  #find(hint: JobHint): Job | undefined {
    if (hint.job !== undefined) return this.#only((job) => isCalled(job, hint.job ?? ''));
    const named =
      this.#only((job) => isSlurms(job, hint)) ??
      this.#only((job) => hasPod(job, hint)) ??
      this.#only((job) => isSkyPilots(job, hint));
    if (named) return named;
    const node = hint.host && (this.#resolve(hint.host.toLowerCase()) ?? hint.host.toLowerCase());
    if (!node) return undefined;
    const there = this.#jobs.filter((job) => this.#isOn(job, node));
    if (hint.pid !== undefined) {
      const process = only(there.filter((job) => hasProcess(job, hint.pid ?? 0)));
      if (process) return process;
    }
    const active = there.filter(isActive);
    const level = MOST_SPECIFIC_FIRST.find((one) => active.some((job) => job.level === one));
    return only(active.filter((job) => job.level === level));
  }

  /** The only job at work that fits; else the only one that has ended. */
  #only(fits: (job: Job) => boolean): Job | undefined {
    const fitting = this.#jobs.filter(fits);
    const active = fitting.filter(isActive);
    return only(active.length > 0 ? active : fitting);
  }

  #isOn(job: Job, node: string): boolean {
    return latestShares(job).some((share) => (this.#resolve(share.node) ?? share.node) === node);
  }
}

function only<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}

function isActive({ state }: Job): boolean {
  return state === 'running' || state === 'stopping';
}

function isCalled({ id, nativeId, name }: Job, said: string): boolean {
  return id === said || nativeId === said || name === said;
}

function isSlurms({ level, nativeId, labels }: Job, { slurmJob }: JobHint): boolean {
  if (slurmJob === undefined || level !== 'scheduler') return false;
  return nativeId === slurmJob || labels.slurmJob === slurmJob;
}

function hasPod(job: Job, { pod, namespace }: JobHint): boolean {
  if (pod === undefined) return false;
  if (namespace !== undefined && job.nativeId === `${namespace}/${pod}`) return true;
  const has = job.labels.pod === pod || job.shares.some((share) => share.pod === pod);
  return has && (namespace === undefined || job.labels.namespace === namespace);
}

/**
 * `sky-2024-11-25-10-20-30-123456_CLUSTER_1`, and of a managed job
 * `sky-managed-2024-11-25-10-20-30-123456_NAME_7-0`.
 * https://docs.skypilot.co/en/latest/running-jobs/environment-variables.html
 */
function isSkyPilots({ source, nativeId }: Job, hint: JobHint): boolean {
  if (source !== 'skypilot') return false;
  const { skypilotTask: task = '', skypilotCluster } = hint;
  const managed = /^sky-managed-.*_(\d+)-\d+$/.exec(task)?.[1];
  if (managed !== undefined) return nativeId === `job/${managed}`;
  return nativeId === (/^sky-[\d-]+_(.+)_\d+$/.exec(task)?.[1] ?? skypilotCluster);
}

function hasProcess({ labels, shares }: Job, pid: number): boolean {
  return labels.pid === String(pid) || shares.some(({ pids }) => pids?.includes(pid));
}
