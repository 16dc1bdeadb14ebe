import type { AlertSettings } from '../config/alerts.ts';
import type { Micros } from '../model/money.ts';
import { formatMoney, toMicros } from '../model/money.ts';
import type { JobView } from '../model/snapshot.ts';
import { formatDuration, MINUTE } from '../model/time.ts';
import type { Courses, Moment } from './course.ts';
import { egressFinding } from './egress.ts';
import { isWritten } from './habits.ts';
import { type JobWatch, jobRule } from './job_rule.ts';
import type { Finding, Rule, Scene } from './rule.ts';
import type { Services } from './services.ts';
import { percent, rateEvidence } from './subject.ts';

/** What is usual is told over this time; a job that is younger is left alone. */
const OVER_MS = 30 * MINUTE;
/** One checkpoint in half an hour is no pattern. */
const LEAST_CHECKPOINTS = 2;

/** One checkpoint: GPUs wait while what they held is written. */
interface Checkpoint {
  ms: number;
  /** From the GPUs to their host. */
  bytes: number;
}

/**
 * `io`: a job spends much of its paid time on writing checkpoints. Told by bursts from GPU to host
 * with little work after them; where the exporter does not report that traffic nothing is said.
 * Or they cost much by leaving their machines, be they written while the job goes on or not.
 */
export function ioRule(
  { checkpointShare, egressAtLeast }: AlertSettings['io'],
  idleBelow: number,
  memory: { courses: Courses; services: Services },
): Rule {
  const watch: JobWatch = {
    keep: () => {},
    examine: (job, course, scene) => {
      if (memory.services.has(job.id, course)) return undefined;
      const waits = findingOf(job, course, scene, { checkpointShare, idleBelow });
      const sends = egressFinding(job, scene.now, toMicros(egressAtLeast));
      if (!waits || !sends) return waits ?? sends;
      return { ...waits, evidence: [...waits.evidence, ...sends.evidence] };
    },
  };
  return jobRule('io', watch, memory);
}

function findingOf(
  job: JobView,
  course: readonly Moment[],
  { now }: Scene,
  { checkpointShare, idleBelow }: { checkpointShare: number; idleBelow: number },
): Finding | undefined {
  const from = now - OVER_MS;
  const first = course[0];
  if (!first || first.at > from) return undefined;
  const recent = course.filter(({ at }) => at >= from);
  const written = checkpoints(recent, (moment) => moment.activity < idleBelow);
  const spent = written.reduce((sum, { ms }) => sum + ms, 0);
  const share = spent / OVER_MS;
  if (written.length < LEAST_CHECKPOINTS || share < checkpointShare) return undefined;
  const micros: Micros = Math.max(0, Math.round(job.rate.micros * share));
  const gigabytes = (written.reduce((sum, { bytes }) => sum + bytes, 0) * job.gpus) / 1e9;
  return {
    subject: job.id,
    subjectKind: 'job',
    severity: 'info',
    title: `${job.name} spends ${percent(share)} of its time on checkpoints: ${formatMoney(micros)}/h`,
    detail: `Its GPUs wait ${formatDuration(spent / written.length)} for each. Written less often, or while the job goes on, they cost less.`,
    evidence: [
      { label: 'checkpoints in 30 min', value: String(written.length) },
      { label: 'from GPUs to their hosts', value: `about ${gigabytes.toFixed(0)} GB` },
      rateEvidence(job),
    ],
    microsPerHour: 0,
    since: now,
    holdMs: 0,
  };
}

/** The dips that have begun with a burst and ended in work again. */
function checkpoints(course: readonly Moment[], isLow: (moment: Moment) => boolean): Checkpoint[] {
  const found: Checkpoint[] = [];
  let begin: number | undefined;
  for (const [index, moment] of course.entries()) {
    if (isLow(moment)) {
      begin ??= index;
      continue;
    }
    const start = begin === undefined ? undefined : course[begin];
    if (begin !== undefined && start && begin > 0 && isWritten(course, start.at, isLow)) {
      const dip = course.slice(begin, index);
      const bytes = dip.reduce((sum, { at, pcieOut = 0 }, nth) => {
        const next = dip[nth + 1] ?? moment;
        return sum + (pcieOut * (next.at - at)) / 1000;
      }, 0);
      found.push({ ms: moment.at - start.at, bytes });
    }
    begin = undefined;
  }
  return found;
}
