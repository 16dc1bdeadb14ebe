import type { CounterCourse } from '../economics/course.ts';
import type { JobView } from '../model/snapshot.ts';
import { formatDuration, MINUTE, SECOND } from '../model/time.ts';
import { median } from './course.ts';
import type { Finding, Scene } from './rule.ts';
import { hourly, rateEvidence } from './subject.ts';

/** So long nothing may be done by a job of whose pauses nothing is known. */
const LEAST_MS = 3 * MINUTE;
/** How much longer than ever before a pause may last. */
const STRETCH = 1.5;
const SLACK_MS = MINUTE;
/** Pauses of lengths so near to each other are a habit: evaluations, checkpoints. */
const ALIKE = 1.4;
/** A job that has counted less often has not got going. */
const LEAST_GAPS = 5;
/** Whoever counts must still be heard: else it is not the work that has stopped, but the word. */
const HEARD_MS = 90 * SECOND;

/**
 * A job whose own counters stand still while whoever counts goes on telling. `serves`: whether it
 * answers requests, so that its tokens stop where nobody asks; steps and samples are work of its own.
 */
export function stoppedFinding(
  job: JobView,
  scene: Scene,
  serves: () => boolean | undefined,
): Finding | undefined {
  const all = scene.counters?.(job.id) ?? [];
  const own = all.filter(({ counter }) => counter !== 'tokens');
  const courses = own.length > 0 ? own : serves() === false ? all : [];
  const last = courses.toSorted((a, b) => a.advancedAt - b.advancedAt).at(-1);
  if (!last || scene.now - last.heardAt > HEARD_MS || last.gaps.length < LEAST_GAPS)
    return undefined;
  const holdMs = allowanceOf(last);
  const silentMs = scene.now - last.advancedAt;
  if (silentMs < holdMs / 2) return undefined;
  const silent = formatDuration(silentMs);
  return {
    subject: job.id,
    subjectKind: 'job',
    severity: 'warning',
    title: `${job.name} has counted no ${last.counter} for ${silent} and costs ${hourly(job)}`,
    detail: `Its ${last.counter} stand still while it runs, whatever its GPUs seem to do.`,
    evidence: [
      { label: `last ${last.counter}`, value: `${silent} ago` },
      { label: 'usual time between', value: formatDuration(median(last.gaps) ?? 0) },
      rateEvidence(job),
    ],
    microsPerHour: Math.max(0, job.rate.micros),
    since: last.advancedAt,
    holdMs,
  };
}

/** How long a pause may last: longer than the longest that has come more than once. */
function allowanceOf({ gaps }: CounterCourse): number {
  const longest = gaps.toSorted((a, b) => b - a);
  const habit = longest.find((gap, index) => (longest[index + 1] ?? 0) * ALIKE >= gap) ?? 0;
  return Math.max(LEAST_MS, habit * STRETCH + SLACK_MS);
}
