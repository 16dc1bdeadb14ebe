import type { AlertSettings } from '../config/alerts.ts';
import type { Evidence } from '../model/alert.ts';
import type { JobView } from '../model/snapshot.ts';
import { formatDuration, type Instant, MINUTE, SECOND } from '../model/time.ts';
import { Courses, FRESH_MS, type Moment, medianOf } from './course.ts';
import { Habits } from './habits.ts';
import { type JobWatch, jobRule } from './job_rule.ts';
import type { Finding, Rule, Scene } from './rule.ts';
import { Services } from './services.ts';
import { stoppedFinding } from './stopped.ts';
import { hourly, itsGpus, percent, rateEvidence } from './subject.ts';

/** So much of the job's own working past is needed before it can be held against the present. */
const BASELINE_MS = 4 * MINUTE;
/** The newest part of the past is left out: the trouble may already be in it. */
const LEAD_MS = 90 * SECOND;
/** A job's past changes slowly: it is looked at anew this often. */
const RENEW_MS = MINUTE;

/** A collective that waits for a lost peer spins: kernels resident, tensor cores and power not. */
const RESIDENT = 0.9;
const HUNG_TENSOR = 0.25;
const HUNG_POWER = 0.7;
/** A baseline without tensor work of at least this much says nothing by its absence. */
const SOME_TENSOR = 0.05;

/** Work in bursts: this much below the baseline on the whole, with work before each of its falls. */
const BURSTS_WINDOW_MS = 2 * MINUTE;
const BURSTS_MEAN = 0.65;
const WORKS = 0.6;
const WAITS = 0.4;
/** A checkpoint beside the end of an epoch has two. */
const FALLS = 3;

/** What a job did while it worked: robust medians. */
interface Baseline {
  activity: number;
  tensor?: number;
  power?: number;
}

type Trouble = Pick<Finding, 'since' | 'holdMs' | 'title' | 'detail' | 'evidence'>;

/**
 * `stalled`: a job whose GPUs look busy but do far less than they did before: a collective that
 * hangs at full utilization and low power, or a data loader that lets them work in bursts; or one
 * whose own steps stand still. All are told from the job's own past.
 */
export function stalledRule(
  settings: AlertSettings['stalled'],
  idleBelow: number,
  courses = new Courses(),
  services = new Services(idleBelow),
): Rule {
  const watch = new StallWatch(settings.forSeconds * SECOND, idleBelow, services);
  return jobRule('stalled', watch, { courses, services });
}

class StallWatch implements JobWatch {
  readonly #holdMs: number;
  readonly #idleBelow: number;
  readonly #services: Services;
  readonly #habits = new Habits();
  readonly #baselines = new Map<string, { at: Instant; baseline: Baseline | undefined }>();

  constructor(holdMs: number, idleBelow: number, services: Services) {
    this.#services = services;
    this.#holdMs = holdMs;
    this.#idleBelow = idleBelow;
  }

  keep(jobIds: ReadonlySet<string>): void {
    this.#habits.keep(jobIds);
    for (const id of this.#baselines.keys()) if (!jobIds.has(id)) this.#baselines.delete(id);
  }

  examine(job: JobView, course: readonly Moment[], scene: Scene): Finding | undefined {
    const stopped = stoppedFinding(job, scene, () => this.#services.has(job.id, course));
    if (stopped) return stopped;
    const last = course.at(-1);
    if (!last || scene.now - last.at > FRESH_MS) return undefined;
    const baseline = this.#baselineOf(job.id, course, last.at);
    if (!baseline) return undefined;
    const trouble =
      this.#hang(job, course, last, baseline) ?? this.#bursts(job, course, last, baseline);
    if (!trouble) return undefined;
    return {
      subject: job.id,
      subjectKind: 'job',
      severity: 'warning',
      ...trouble,
      evidence: [...trouble.evidence, rateEvidence(job)],
      microsPerHour: Math.max(0, job.rate.micros),
    };
  }

  #baselineOf(jobId: string, course: readonly Moment[], now: Instant): Baseline | undefined {
    const known = this.#baselines.get(jobId);
    if (known && now - known.at < RENEW_MS && now >= known.at) return known.baseline;
    // While a job hangs its past is not rewritten by the hang.
    const fresh = baselineOf(
      course.filter(({ at }) => at < now - LEAD_MS),
      this.#idleBelow,
      known?.baseline,
    );
    const baseline = fresh ?? (course.length > 1 ? known?.baseline : undefined);
    this.#baselines.set(jobId, { at: now, baseline });
    return baseline;
  }

  #hang(
    job: JobView,
    course: readonly Moment[],
    last: Moment,
    baseline: Baseline,
  ): Trouble | undefined {
    const isLow = (moment: Moment) => isHung(moment, baseline);
    this.#habits.learn(job.id, course, isLow);
    if (!isLow(last)) return undefined;
    const since = course[course.findLastIndex((moment) => !isLow(moment)) + 1]?.at ?? last.at;
    return {
      since,
      holdMs: this.#habits.allowance(job.id, course, since, isLow, this.#holdMs),
      title: `${job.name} hangs at ${percent(last.utilization ?? last.activity)} utilization and costs ${hourly(job)}`,
      detail: `${itsGpus(job, 'runs', 'run')} a kernel that does no work, as a collective does that waits for a lost peer.`,
      evidence: [
        ...compared('tensor activity', last.tensor, baseline.tensor, percent),
        ...compared('power a GPU', last.power, baseline.power, watts),
      ],
    };
  }

  #bursts(
    job: JobView,
    course: readonly Moment[],
    last: Moment,
    baseline: Baseline,
  ): Trouble | undefined {
    const window = course.filter(({ at }) => at >= last.at - BURSTS_WINDOW_MS);
    const levels = window.map(({ activity }) => activity / baseline.activity);
    const mean = levels.reduce((a, b) => a + b, 0) / levels.length;
    if (mean > BURSTS_MEAN || this.#services.has(job.id, course) !== false) return undefined;
    if (fallsIn(levels) < FALLS) return undefined;
    const since = window[levels.findIndex((level) => level < WAITS)]?.at ?? last.at;
    return {
      since,
      holdMs: this.#holdMs,
      title: `${job.name} waits ${percent(1 - mean)} of the time and costs ${hourly(job)}`,
      detail: `${itsGpus(job, 'works', 'work')} in bursts, at ${percent(mean)} of the rate before: often the data comes too slowly.`,
      evidence: [
        {
          label: `activity over ${formatDuration(BURSTS_WINDOW_MS)}`,
          value: percent(mean * baseline.activity),
        },
        { label: 'activity before', value: percent(baseline.activity) },
      ],
    };
  }
}

/** What the job did while it worked; moments that hang by what was known before do not count. */
function baselineOf(
  course: readonly Moment[],
  idleBelow: number,
  known: Baseline | undefined,
): Baseline | undefined {
  const work = course.filter(
    (moment) => moment.activity >= idleBelow && !(known && isHung(moment, known)),
  );
  const [first, last] = [work[0], work.at(-1)];
  if (!first || !last || last.at - first.at < BASELINE_MS) return undefined;
  const tensor = medianOf(work, (moment) => moment.tensor);
  const power = medianOf(work, (moment) => moment.power);
  return {
    activity: medianOf(work, (moment) => moment.activity) ?? 1,
    ...(tensor !== undefined && { tensor }),
    ...(power !== undefined && { power }),
  };
}

/** Whether every signal that there is says: resident, and without work. */
function isHung(moment: Moment, baseline: Baseline): boolean {
  if ((moment.utilization ?? moment.activity) < RESIDENT) return false;
  const signs: boolean[] = [];
  if (moment.tensor !== undefined && (baseline.tensor ?? 0) >= SOME_TENSOR) {
    signs.push(moment.tensor <= (baseline.tensor ?? 0) * HUNG_TENSOR);
  }
  if (moment.power !== undefined && baseline.power !== undefined) {
    signs.push(moment.power <= baseline.power * HUNG_POWER);
  }
  return signs.length > 0 && signs.every(Boolean);
}

/** How often it fell from work to waiting; what lies between the two is on its way. */
function fallsIn(levels: readonly number[]): number {
  let working = false;
  let falls = 0;
  for (const level of levels) {
    if (level >= WORKS) working = true;
    else if (level < WAITS) {
      if (working) falls += 1;
      working = false;
    }
  }
  return falls;
}

function compared(
  what: string,
  now: number | undefined,
  before: number | undefined,
  format: (value: number) => string,
): Evidence[] {
  if (now === undefined || before === undefined) return [];
  return [{ label: what, value: `${format(now)}, before ${format(before)}` }];
}

function watts(value: number): string {
  return `${Math.round(value)} W`;
}
