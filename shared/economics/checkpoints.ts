import type { JobGain } from '../metering/traffic.ts';
import type { Micros } from '../model/money.ts';
import { HOUR, type Instant, type Interval, MINUTE, SECOND } from '../model/time.ts';

/** A burst of what a job sends or writes, beyond what it does otherwise. */
export interface Checkpoint {
  jobId: string;
  at: Instant;
  ms: number;
  bytes: number;
  by: 'sent' | 'written';
  /** What its bytes would cost to the internet; absent where that is not known, or not sent. */
  listMicros?: Micros;
}

const STEP_MS = 10 * SECOND;
const STEPS = HOUR / STEP_MS;
/** What is usual is told by so much of a job's time; one that is younger is left alone. */
const LEAST_STEPS = (5 * MINUTE) / STEP_MS;
/** A machine that has told nothing for so long is waited for no longer. */
const SILENT_MS = 10 * MINUTE;
/** Less is no checkpoint. */
const LEAST_BYTES = 100e6;
/** A burst moves so many times what is usual in a step, and so many bytes more. */
const FACTOR = 3;
const LEAST_BEYOND = 5e6;
/**
 * Two bursts so close are one: the machines of a job write their parts within a minute of each
 * other, and an upload of several files pauses between them.
 */
const PAUSE_MS = MINUTE;
/** What lasts longer is no burst but what the job does now. */
const LONGEST_MS = 30 * MINUTE;
const REMEMBERED = 12;

const FLOWS = ['sent', 'written'] as const;

/** The last hour of one flow of a job, in steps; NaN where nothing was measured. */
class Course {
  readonly bytes = new Float64Array(STEPS).fill(Number.NaN);
  /** The first step that is not looked at yet. */
  next: number | undefined;
  burst: { from: number; to: number; bytes: number; list: number } | undefined;
  list = new Float64Array(STEPS);
  newest = Number.NEGATIVE_INFINITY;

  /** Spreads what was moved evenly over its time. */
  add(from: Instant, to: Instant, bytes: number, list: number): void {
    const first = Math.max(Math.floor(from / STEP_MS), Math.ceil(to / STEP_MS) - STEPS);
    const last = Math.ceil(to / STEP_MS) - 1;
    for (let step = this.newest + 1; step <= last; step += 1) {
      // After a silence of more than an hour nothing is left of what was before.
      if (step < last - STEPS) step = last - STEPS;
      this.bytes[step % STEPS] = Number.NaN;
      this.list[step % STEPS] = 0;
    }
    this.newest = Math.max(this.newest, last);
    this.next ??= first;
    for (let step = first; step <= last; step += 1) {
      if (step <= this.newest - STEPS) continue;
      const begin = Math.max(from, step * STEP_MS);
      const part = (Math.min(to, (step + 1) * STEP_MS) - begin) / (to - from);
      const known = this.bytes[step % STEPS] ?? Number.NaN;
      this.bytes[step % STEPS] = (Number.isNaN(known) ? 0 : known) + bytes * part;
      this.list[step % STEPS] = (this.list[step % STEPS] ?? 0) + list * part;
    }
  }

  /** What was moved over a time; undefined where none of it is remembered. */
  over({ from, to }: Interval): number | undefined {
    const first = Math.max(Math.floor(from / STEP_MS), this.newest - STEPS + 1);
    let sum: number | undefined;
    for (let step = first; step < to / STEP_MS && step <= this.newest; step += 1) {
      const bytes = this.bytes[step % STEPS] ?? Number.NaN;
      if (!Number.isNaN(bytes)) sum = (sum ?? 0) + bytes;
    }
    return sum;
  }

  /** What is usual in a step: the lower quartile, which checkpoints do not reach into. */
  usual(): number | undefined {
    const known = this.bytes.filter((value) => !Number.isNaN(value)).sort();
    return known.length < LEAST_STEPS ? undefined : known[Math.floor(known.length / 4)];
  }
}

interface Watched {
  courses: Map<(typeof FLOWS)[number], Course>;
  /** Until when each of its machines has told. */
  through: Map<string, Instant>;
  done: Checkpoint[];
}

/**
 * Tells checkpoints by bursts: a training job sends little but its gradients, evenly, and now and
 * then all that it has learned. What is beyond the job's own usual is the checkpoint.
 */
export class Checkpoints {
  readonly #jobs = new Map<string, Watched>();
  readonly #found: Checkpoint[] = [];
  #lookedAt: Instant = Number.NEGATIVE_INFINITY;

  restore(checkpoints: readonly Checkpoint[]): void {
    for (const one of checkpoints) remember(this.#watched(one.jobId), one);
  }

  /** `listMicros`: what the sent bytes would cost to the internet, where that is known. */
  add({ jobId, nodeId, from, to, moved }: JobGain, listMicros: Micros | undefined): void {
    const job = this.#watched(jobId);
    job.through.set(nodeId, Math.max(to, job.through.get(nodeId) ?? 0));
    for (const flow of FLOWS) {
      const bytes = moved[flow];
      if (bytes === undefined || to <= from) continue;
      const course = job.courses.get(flow) ?? new Course();
      job.courses.set(flow, course);
      course.add(from, to, bytes, flow === 'sent' ? (listMicros ?? Number.NaN) : Number.NaN);
    }
  }

  /** Looks at what all machines of each job have told of by now. */
  look(now: Instant): void {
    this.#lookedAt = now;
    for (const [jobId, job] of this.#jobs) {
      const heard = [...job.through.values()].filter((at) => at > now - SILENT_MS);
      if (heard.length === 0) continue;
      const until = Math.floor(Math.min(...heard) / STEP_MS);
      for (const [by, course] of job.courses) {
        for (const found of burstsOf(course, until)) {
          const listMicros = Number.isNaN(found.list) ? undefined : Math.round(found.list);
          const checkpoint: Checkpoint = {
            jobId,
            by,
            at: found.from * STEP_MS,
            ms: (found.to - found.from) * STEP_MS,
            bytes: Math.round(found.bytes),
            ...(listMicros !== undefined && { listMicros }),
          };
          remember(job, checkpoint);
          this.#found.push(checkpoint);
        }
      }
    }
  }

  /** The newest, those that went out before those that were written; and how often they come. */
  latest(jobId: string): (Checkpoint & { everyMs?: number }) | undefined {
    const sent = this.thatWereSent(jobId);
    const own = sent.length > 0 ? sent : (this.#jobs.get(jobId)?.done ?? []);
    const last = own.at(-1);
    if (!last) return undefined;
    const gaps = own.slice(1).map(({ at }, nth) => at - (own[nth]?.at ?? at));
    const everyMs = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
    return { ...last, ...(everyMs !== undefined && everyMs > 0 && { everyMs }) };
  }

  /** A job's last ones that went out over the network, oldest first. */
  thatWereSent(jobId: string): Checkpoint[] {
    return (this.#jobs.get(jobId)?.done ?? []).filter(({ by }) => by === 'sent');
  }

  /**
   * What a job sent over a time, in all; undefined where nothing of that hour is remembered, and as
   * long as a machine of any job may still tell of it.
   */
  sent(jobId: string, span: Interval): number | undefined {
    if (span.to > this.#lookedAt - SILENT_MS) return undefined;
    return this.#jobs.get(jobId)?.courses.get('sent')?.over(span);
  }

  /** Those that were found since `kept` was last called. */
  changes(): readonly Checkpoint[] {
    return this.#found;
  }

  kept(): void {
    this.#found.length = 0;
  }

  keep(jobIds: ReadonlySet<string>): void {
    for (const jobId of this.#jobs.keys()) if (!jobIds.has(jobId)) this.#jobs.delete(jobId);
  }

  #watched(jobId: string): Watched {
    const known = this.#jobs.get(jobId);
    if (known) return known;
    const job: Watched = { courses: new Map(), through: new Map(), done: [] };
    this.#jobs.set(jobId, job);
    return job;
  }
}

function remember(job: Watched, checkpoint: Checkpoint): void {
  job.done.push(checkpoint);
  if (job.done.length > 2 * REMEMBERED) job.done.splice(0, job.done.length - 2 * REMEMBERED);
}

/** The bursts that have ended in the steps before `until`. */
function* burstsOf(course: Course, until: number) {
  if (course.next === undefined) return;
  const usual = course.usual();
  if (usual === undefined) return;
  const pause = PAUSE_MS / STEP_MS;
  for (let step = Math.max(course.next, course.newest - STEPS + 1); step < until; step += 1) {
    const bytes = course.bytes[step % STEPS] ?? Number.NaN;
    const beyond = bytes - usual;
    if (bytes > FACTOR * usual && beyond > LEAST_BEYOND) {
      const list = ((course.list[step % STEPS] ?? 0) * beyond) / bytes;
      course.burst ??= { from: step, to: step, bytes: 0, list: 0 };
      course.burst.to = step + 1;
      course.burst.bytes += beyond;
      course.burst.list += list;
    } else if (course.burst && step - course.burst.to >= pause) {
      const { burst } = course;
      course.burst = undefined;
      const isBurst = (burst.to - burst.from) * STEP_MS <= LONGEST_MS;
      if (isBurst && burst.bytes >= LEAST_BYTES) yield burst;
    }
    course.next = step + 1;
  }
}
