import { activity } from '../model/sample.ts';
import { type Instant, MINUTE, SECOND } from '../model/time.ts';
import type { StoredSample } from '../store/store.ts';
import type { Scene } from './rule.ts';

/** Readings older than this say nothing about the present: the exporter is gone, not the work. */
export const FRESH_MS = 50 * SECOND;

/** One moment of a job: means over its GPUs of the latest reading of each. */
export interface Moment {
  at: Instant;
  /** 0 to 1, as `activity` of a sample. */
  activity: number;
  /** 0 to 1: whether any kernel was resident, which a hung collective is too. */
  utilization?: number;
  tensor?: number;
  /** Watts a GPU. */
  power?: number;
  /** Bytes per second from GPU to host, a GPU. */
  pcieOut?: number;
  /** Bytes a GPU. */
  memory?: number;
}

/** How far back the rules look. */
export const MEMORY_MS = 60 * MINUTE;
/** No readings for so long, and what follows is another run of the job: a preemption, a requeue. */
const GAP_MS = 90 * SECOND;

interface Known {
  latest: Map<string, StoredSample>;
  course: Moment[];
}

/**
 * The courses of all jobs, oldest moment first, grown as readings come in: rules look at them with
 * every answer. One moment for each instant of a reading; exporters of one job answer at slightly
 * different times, so each moment takes the latest of each GPU.
 */
export class Courses {
  readonly #byJob = new Map<string, Known>();

  /** The job's course over the last hour, since readings last failed to come for a while. */
  of(jobId: string, scene: Pick<Scene, 'now' | 'readings'>): readonly Moment[] {
    let known = this.#byJob.get(jobId);
    // A clock that was set back: what lies in the future now was read under another time.
    if (!known || (known.course.at(-1)?.at ?? 0) > scene.now) {
      known = { latest: new Map(), course: [] };
      this.#byJob.set(jobId, known);
    }
    const last = known.course.at(-1);
    // What came late for a moment that is past changes nothing that matters now.
    const from = last ? last.at : scene.now - MEMORY_MS;
    let at: Instant | undefined;
    for (const reading of scene.readings(jobId, from)) {
      if (activity(reading) === undefined) continue;
      if (at !== undefined && reading.at !== at) addMoment(known, at);
      known.latest.set(`${reading.nodeId} ${reading.gpu}`, reading);
      at = reading.at;
    }
    if (at !== undefined) addMoment(known, at);
    const old = known.course.findIndex(({ at }) => at >= scene.now - MEMORY_MS);
    if (old > 0) known.course.splice(0, old);
    return known.course;
  }

  /** Forgets the jobs that are no longer there. */
  keep(jobIds: ReadonlySet<string>): void {
    for (const id of this.#byJob.keys()) if (!jobIds.has(id)) this.#byJob.delete(id);
  }
}

/** Adds the moment of an instant, all of whose readings are in `latest`. */
function addMoment({ course, latest }: Known, at: Instant): void {
  const last = course.at(-1);
  if (last && at - last.at > GAP_MS) course.length = 0;
  const moment = momentOf(at, latest);
  if (last?.at === at) course[course.length - 1] = moment;
  else course.push(moment);
}

/** The means at an instant; what is no longer fresh then is forgotten. */
function momentOf(at: Instant, latest: Map<string, StoredSample>): Moment {
  const sums = { activity: 0, utilization: 0, tensor: 0, power: 0, pcieOut: 0, memory: 0 };
  const counts = { ...sums };
  const add = (what: keyof typeof sums, value: number | undefined) => {
    if (value === undefined) return;
    sums[what] += value;
    counts[what] += 1;
  };
  for (const [gpu, reading] of latest) {
    if (at - reading.at > FRESH_MS) {
      latest.delete(gpu);
      continue;
    }
    add('activity', activity(reading));
    add('utilization', reading.utilization);
    add('tensor', reading.tensorActive);
    add('power', reading.power);
    add('pcieOut', reading.pcieTx);
    add('memory', reading.memoryUsed);
  }
  const mean = (what: keyof typeof sums) => ({ [what]: sums[what] / counts[what] });
  return {
    at,
    activity: counts.activity > 0 ? sums.activity / counts.activity : 0,
    ...(counts.utilization > 0 && mean('utilization')),
    ...(counts.tensor > 0 && mean('tensor')),
    ...(counts.power > 0 && mean('power')),
    ...(counts.pcieOut > 0 && mean('pcieOut')),
    ...(counts.memory > 0 && mean('memory')),
  };
}

/** For how long the moments that satisfy a condition last: each holds until the next one. */
export function timeWhere(course: readonly Moment[], holds: (moment: Moment) => boolean): number {
  let total = 0;
  for (const [index, moment] of course.entries()) {
    const next = course[index + 1];
    if (next && holds(moment)) total += next.at - moment.at;
  }
  return total;
}

/** The middle value; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** The median of one figure over the moments that have it. */
export function medianOf(
  course: readonly Moment[],
  figure: (moment: Moment) => number | undefined,
): number | undefined {
  return median(course.map(figure).filter((value) => value !== undefined));
}
