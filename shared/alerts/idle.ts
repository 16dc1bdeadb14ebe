import type { AlertSettings } from '../config/config.ts';
import type { Evidence } from '../model/alert.ts';
import { formatMoney } from '../model/money.ts';
import { activity } from '../model/sample.ts';
import type { JobView } from '../model/snapshot.ts';
import { formatDuration, MINUTE, SECOND } from '../model/time.ts';
import type { StoredSample } from '../store/store.ts';
import type { Finding, Rule, Scene } from './rule.ts';

/** How far back the rule looks for the last time the job worked. */
const MEMORY_MS = 60 * MINUTE;

/** Readings older than this say nothing about the present: the exporter is gone, not the work. */
const FRESH_MS = 50 * SECOND;

/**
 * `idle`: a paid job whose GPUs do less than a share of what they could. A rolling window, never
 * the average over the whole job: one early burst of work must not make a job immune for days.
 */
export function idleRule(settings: AlertSettings['idle']): Rule {
  return {
    id: 'idle',
    evaluate: (scene) =>
      scene.jobs.flatMap((job) => {
        const finding = isWatched(job) ? examine(job, scene, settings) : undefined;
        return finding ? [finding] : [];
      }),
  };
}

function isWatched(job: JobView): boolean {
  return job.mine && job.state === 'running' && job.gpus > 0;
}

function examine(job: JobView, scene: Scene, settings: AlertSettings['idle']): Finding | undefined {
  const readings = scene.readings(job.id, scene.now - MEMORY_MS);
  const steps = activityOverTime(readings);
  const last = steps.at(-1);
  if (!last || scene.now - last.at > FRESH_MS || last.mean >= settings.below) return undefined;

  const lastBusy = steps.findLastIndex((step) => step.mean >= settings.below);
  const idleSteps = steps.slice(lastBusy + 1);
  const since = idleSteps[0]?.at ?? last.at;
  const wasBusy = lastBusy >= 0;
  const holdMs = wasBusy ? settings.forSeconds * SECOND : settings.startupMinutes * MINUTE;
  const idleMean = mean(idleSteps.map((step) => step.mean));
  const busyMean = wasBusy ? mean(busyBefore(steps, lastBusy)) : undefined;
  const now = percent(idleMean);
  return {
    subject: job.id,
    subjectKind: 'job',
    severity: 'warning',
    title: `${job.name} is idle at ${now} and costs ${formatMoney(job.rate.micros)}/h`,
    detail:
      busyMean === undefined
        ? `Its ${gpuCount(job)} have done next to nothing since it started.`
        : `Its ${gpuCount(job)} fell from ${percent(busyMean)} to ${now} while the price stayed the same.`,
    evidence: evidenceOf(job, scene.now - since, now, busyMean, settings.below),
    microsPerHour: Math.max(0, job.rate.micros),
    since,
    holdMs,
  };
}

function evidenceOf(
  job: JobView,
  lastingMs: number,
  now: string,
  busyMean: number | undefined,
  below: number,
): Evidence[] {
  const lines: Evidence[] = [{ label: `activity over ${formatDuration(lastingMs)}`, value: now }];
  if (busyMean !== undefined) lines.push({ label: 'activity before', value: percent(busyMean) });
  lines.push({ label: 'counts as idle below', value: percent(below) });
  lines.push({
    label: 'rate',
    value: `${formatMoney(job.rate.micros)}/h (${job.rate.provenance ?? 'price unknown'})`,
  });
  return lines;
}

interface Step {
  at: number;
  mean: number;
}

/**
 * The job's activity at each instant of a reading, oldest first: the mean over its GPUs of the
 * latest reading of each. Exporters of one job answer at slightly different times.
 */
function activityOverTime(readings: readonly StoredSample[]): Step[] {
  const latest = new Map<string, Step>();
  const steps: Step[] = [];
  for (const reading of readings) {
    const value = activity(reading);
    if (value === undefined) continue;
    latest.set(`${reading.nodeId} ${reading.gpu}`, { at: reading.at, mean: value });
    const present = [...latest.values()].filter((step) => reading.at - step.at <= FRESH_MS);
    const step = { at: reading.at, mean: mean(present.map((gpu) => gpu.mean)) };
    if (steps.at(-1)?.at === reading.at) steps[steps.length - 1] = step;
    else steps.push(step);
  }
  return steps;
}

/** Up to twenty steps of work that ended at `lastBusy`: what the job did before it fell idle. */
function busyBefore(steps: readonly Step[], lastBusy: number): number[] {
  return steps.slice(Math.max(0, lastBusy - 19), lastBusy + 1).map((step) => step.mean);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

function gpuCount(job: JobView): string {
  return job.gpus === 1 ? 'GPU' : `${job.gpus} GPUs`;
}
