import { MINUTE } from '../model/time.ts';
import { type Moment, median } from './course.ts';

/** Changes by such a share from reading to reading are those of requests that come and go. */
const RESTLESS = 0.04;
/** Of activity below this nothing can be told: it is hardly there. */
const FLOOR = 0.01;
/** So long a time must be seen, and the job work for so much of it. */
const OVER_MS = 8 * MINUTE;
const WORKING_SHARE = 0.5;

/**
 * Which jobs serve requests. A training step is like the one before it; a service's activity
 * follows its requests and never stands still, so that little of it at night is no alert.
 */
export class Services {
  readonly #below: number;
  readonly #known = new Map<string, boolean>();

  /** `below`: the share of activity under which a job counts as doing little. */
  constructor(below: number) {
    this.#below = below;
  }

  /**
   * Judged while the job works, and remembered; by what there is where it never worked much.
   * Undefined where too little has been seen to tell.
   */
  has(jobId: string, course: readonly Moment[]): boolean | undefined {
    const [first, last] = [course[0], course.at(-1)];
    if (!first || !last || last.at - first.at < OVER_MS) return this.#known.get(jobId);
    const working = course.filter(({ activity }) => activity >= this.#below).length;
    if (working >= course.length * WORKING_SHARE) this.#known.set(jobId, isRestless(course));
    return this.#known.get(jobId) ?? isRestless(course);
  }

  /** Forgets the jobs that are no longer there. */
  keep(jobIds: ReadonlySet<string>): void {
    for (const id of this.#known.keys()) if (!jobIds.has(id)) this.#known.delete(id);
  }
}

function isRestless(course: readonly Moment[]): boolean {
  const changes = course.slice(1).map(({ activity }, index) => {
    const before = course[index]?.activity ?? activity;
    return Math.abs(activity - before) / Math.max(before, activity, FLOOR);
  });
  return (median(changes) ?? 0) >= RESTLESS;
}
