import type { AlertSettings } from '../config/alerts.ts';
import type { JobView } from '../model/snapshot.ts';
import { formatDuration, MINUTE, SECOND } from '../model/time.ts';
import { Courses, FRESH_MS, type Moment, medianOf, timeWhere } from './course.ts';
import { Habits } from './habits.ts';
import { type JobWatch, jobRule } from './job_rule.ts';
import type { Finding, Rule, Scene } from './rule.ts';
import { Services } from './services.ts';
import { hourly, itsGpus, percent, rateEvidence } from './subject.ts';

/** A job that has worked for less than this is still starting: a compiler's trial runs are short. */
const WORKED_MS = 45 * SECOND;

/** Where the exporter does not tell the traffic to the host, checkpoints look like any idleness. */
const BLIND_FACTOR = 3;

/** A job that serves requests is idle only where it serves nothing, and for longer. */
const SERVES_NOTHING = 0.01;
const SERVES_NOTHING_MS = 10 * MINUTE;

/**
 * `idle`: a paid job whose GPUs do less than a share of what they could. A rolling window, never
 * the average over the whole job: one early burst of work must not make a job immune for days.
 * What a job does again and again (checkpoints, evaluations) is learned and is no alert.
 */
export function idleRule(
  settings: AlertSettings['idle'],
  courses = new Courses(),
  services = new Services(settings.below),
): Rule {
  return jobRule('idle', new IdleWatch(settings, services), { courses, services });
}

class IdleWatch implements JobWatch {
  readonly #settings: AlertSettings['idle'];
  readonly #habits = new Habits();
  readonly #services: Services;

  constructor(settings: AlertSettings['idle'], services: Services) {
    this.#settings = settings;
    this.#services = services;
  }

  keep(jobIds: ReadonlySet<string>): void {
    this.#habits.keep(jobIds);
  }

  examine(job: JobView, course: readonly Moment[], scene: Scene): Finding | undefined {
    const { settings, habits } = { settings: this.#settings, habits: this.#habits };
    const isLow = ({ activity }: Moment) => activity < settings.below;
    habits.learn(job.id, course, isLow);
    const last = course.at(-1);
    if (!last || scene.now - last.at > FRESH_MS || !isLow(last)) return undefined;

    const serves = this.#services.has(job.id, course);
    const below = serves ? SERVES_NOTHING : settings.below;
    if (last.activity >= below) return undefined;
    const busy = course.findLastIndex(({ activity }) => activity >= below);
    const since = course[busy + 1]?.at ?? last.at;
    const work = course.slice(0, busy + 1).filter(({ activity }) => activity >= below);
    const worked = timeWhere(course.slice(0, busy + 2), (moment) => !isLow(moment)) >= WORKED_MS;
    const now = percent(mean(course.slice(busy + 1)));
    const before = percent(mean(work.slice(-20)));
    const known = worked || serves;
    return {
      subject: job.id,
      subjectKind: 'job',
      severity: 'warning',
      title: `${job.name} is idle at ${now} and costs ${hourly(job)}`,
      detail: known
        ? `${itsGpus(job, 'fell', 'fell')} from ${before} to ${now} while the price stayed the same.`
        : `${itsGpus(job, 'has', 'have')} done next to nothing since it started.`,
      evidence: [
        { label: `activity over ${formatDuration(scene.now - since)}`, value: now },
        ...(known ? [{ label: 'activity before', value: before }] : []),
        { label: 'counts as idle below', value: percent(below) },
        rateEvidence(job),
      ],
      microsPerHour: Math.max(0, job.rate.micros),
      since,
      holdMs: serves
        ? SERVES_NOTHING_MS
        : worked
          ? habits.allowance(job.id, course, since, isLow, this.#plainHold(work))
          : settings.startupMinutes * MINUTE,
    };
  }

  #plainHold(work: readonly Moment[]): number {
    const tellsCheckpoints = medianOf(work, ({ pcieOut }) => pcieOut) !== undefined;
    return this.#settings.forSeconds * SECOND * (tellsCheckpoints ? 1 : BLIND_FACTOR);
  }
}

function mean(course: readonly Moment[]): number {
  const sum = course.reduce((total, { activity }) => total + activity, 0);
  return course.length === 0 ? 0 : sum / course.length;
}
