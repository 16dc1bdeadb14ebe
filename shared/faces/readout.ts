import { formatMoney, toDollars } from '../model/money.ts';
import type { Figure } from '../model/rate.ts';
import type { JobView, Snapshot } from '../model/snapshot.ts';
import { halfWidth } from '../model/spread.ts';
import { t } from './l10n.ts';
import { unitText } from './units.ts';

/**
 * How things stand, worst first: `critical` (a stop that failed, a critical alert or notice),
 * `warning` (any other alert that fires), `stale` (what is shown may be old), `calm`, and
 * `offline` where there is no collector to ask.
 */
export type State = 'critical' | 'warning' | 'stale' | 'calm' | 'offline';

/** The one line that a status bar, a tray or a terminal shows, in the same words everywhere. */
export interface Readout {
  /** `$32.77/h` */
  rate: string;
  /** `$118.20 today` */
  today: string;
  /** `$32.77/h · $118.20 today` */
  line: string;
  state: State;
  /** Why the state is not calm, one line each, the worst first. */
  reasons: string[];
  /** A whole sentence, for screen readers. */
  spoken: string;
}

/** Of a snapshot; or of none, where no collector answers. */
export function readoutOf(snapshot: Snapshot | undefined, locale?: string): Readout {
  if (!snapshot) {
    const line = t('no connection');
    const reasons = [t('The Burnrate collector does not answer.')];
    return { rate: '', today: '', line, state: 'offline', reasons, spoken: `Burnrate: ${line}` };
  }
  const rate = `${formatFigure(snapshot.rate, locale)}/h`;
  const today = t('{0} today', formatFigure(snapshot.today, locale));
  const { state, reasons } = standing(snapshot);
  const demo = snapshot.mode === 'demo' ? 'DEMO · ' : '';
  const sums = t(
    'Burnrate: {0} per hour, {1} today',
    spokenFigure(snapshot.rate, locale),
    spokenFigure(snapshot.today, locale),
  );
  const spoken = [sums, ...reasons].join('. ');
  return { rate, today, line: `${demo}${rate} · ${today}`, state, reasons, spoken };
}

/** `≥ $3.20` where a price is missing, `≈ $3.20` where fresh evidence is, else `$3.20`. */
export function formatFigure(figure: Figure, locale?: string): string {
  const mark = figure.unpriced > 0 ? '≥ ' : figure.uncertain ? '≈ ' : '';
  return `${mark}${formatMoney(figure.micros, locale)}`;
}

/** Errors below this are not shown: half a cent. */
const LEAST_MARGIN = 5_000;

/**
 * ` ±0.62`: how far off a figure may be, with 95% certainty, in dollars; nothing where no ratio
 * learned from bills is in it, where it is exact to the cent, or where a part is at list prices: how
 * far off those are nobody knows.
 */
export function marginOf(
  { spread, provenance }: Pick<Figure, 'spread' | 'provenance'>,
  locale?: string,
): string {
  const half = halfWidth(spread);
  if (half < LEAST_MARGIN || provenance === 'list') return '';
  const digits = half >= 10_000_000 ? 0 : 2;
  const amount = new Intl.NumberFormat(locale ?? 'en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return ` ±${amount.format(toDollars(half))}`;
}

/** `92% · 8 GPUs · $27.90/h ±0.62 (calibrated) · $0.42 per 1k steps`: what a list says of a job beside its name. */
export function jobLine(job: JobView, locale?: string): string {
  return [...jobDoes(job), ...jobCosts(job, locale)].join(' · ');
}

/** The same with the money first, where there may be no room for the rest, and with a trend of its activity. */
export function costLine(job: JobView, locale?: string, trend = ''): string {
  return [...jobCosts(job, locale), ...jobDoes(job, trend)].join(' · ');
}

function jobDoes(job: JobView, trend = ''): string[] {
  const parts: string[] = [];
  if (job.state !== 'running') parts.push(stateWord(job));
  if (job.activity !== undefined && job.state !== 'ended')
    parts.push(`${trend} ${Math.round(job.activity * 100)}%`.trim());
  if (job.gpus > 0) parts.push(job.gpus === 1 ? t('1 GPU') : t('{0} GPUs', job.gpus));
  return parts;
}

function stateWord({ state }: JobView): string {
  if (state === 'pending') return t('pending');
  if (state === 'stopping') return t('stopping');
  return state === 'ended' ? t('ended') : state;
}

function jobCosts(job: JobView, locale?: string): string[] {
  if (job.state === 'ended') return [withProvenance(job.total, locale)];
  if (job.rate.unpriced > 0 && job.rate.micros === 0) return [t('price unknown')];
  if (job.state === 'pending') return [];
  const { rate } = job;
  const unit = unitText(job, locale);
  return [
    `${formatFigure(rate, locale)}/h${marginOf(rate, locale)}${provenanceMark(rate)}`,
    ...(unit ? [unit] : []),
  ];
}

/** `$118.20 (list)`, `$102.40 ±1.10 (calibrated)`; no sum is shown without where it comes from. */
export function withProvenance(figure: Figure, locale?: string): string {
  return `${formatFigure(figure, locale)}${marginOf(figure, locale)}${provenanceMark(figure)}`;
}

function provenanceMark({ provenance }: Figure): string {
  return provenance ? ` (${provenance})` : '';
}

function spokenFigure(figure: Figure, locale?: string): string {
  const amount = formatMoney(figure.micros, locale);
  if (figure.unpriced > 0) return t('at least {0}', amount);
  return figure.uncertain ? t('about {0}', amount) : amount;
}

function standing(snapshot: Snapshot): { state: State; reasons: string[] } {
  const failedStops = snapshot.stops.filter(({ state }) => state === 'failed');
  const firing = snapshot.alerts.filter((alert) => alert.state === 'firing');
  const quiet = (until?: number) => (until ?? 0) > snapshot.at;
  const loud = firing.filter((alert) => !alert.acknowledged && !quiet(alert.snoozedUntil));
  const critical = [
    ...failedStops.map((stop) =>
      t('Stopping {0} failed: {1}', stop.jobName, stop.error ?? t('no reason was given')),
    ),
    ...snapshot.notices.filter(({ severity }) => severity === 'critical').map((one) => one.message),
    ...loud.filter(({ severity }) => severity === 'critical').map(({ title }) => title),
  ];
  const warning = [
    ...loud.filter(({ severity }) => severity === 'warning').map(({ title }) => title),
    ...snapshot.notices.filter(({ severity }) => severity === 'warning').map((one) => one.message),
  ];
  const old = snapshot.accounts
    .filter(({ state }) => state === 'stale' || state === 'failed')
    .map(({ title, failure }) => `${title}: ${failure?.message ?? t('no recent answer')}`);
  const reasons = [...critical, ...warning, ...old];
  const state =
    critical.length > 0
      ? 'critical'
      : warning.length > 0
        ? 'warning'
        : old.length > 0
          ? 'stale'
          : 'calm';
  return { state, reasons };
}
