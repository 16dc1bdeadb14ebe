import { DAY, HOUR, type Instant, MINUTE, startOfLocalDay } from '../model/time.ts';
import type { History } from '../protocol/protocol.ts';

/** The ranges a person may choose, each in so few steps that a chart draws them all. */
export const RANGES = [
  { id: '1h', label: '1 h', spoken: '1 hour', spanMs: HOUR, stepMs: MINUTE },
  { id: '6h', label: '6 h', spoken: '6 hours', spanMs: 6 * HOUR, stepMs: 2 * MINUTE },
  { id: '24h', label: '24 h', spoken: '24 hours', spanMs: DAY, stepMs: 10 * MINUTE },
  { id: '7d', label: '7 d', spoken: '7 days', spanMs: 7 * DAY, stepMs: HOUR },
  { id: '30d', label: '30 d', spoken: '30 days', spanMs: 30 * DAY, stepMs: 6 * HOUR },
  { id: '90d', label: '90 d', spoken: '90 days', spanMs: 90 * DAY, stepMs: DAY },
] as const;
export type Range = (typeof RANGES)[number];

/** What to ask the collector for, aligned so that steps keep their places from query to query. */
export function historyQuery(range: { spanMs: number; stepMs: number }, now: Instant) {
  const { spanMs, stepMs } = range;
  const from = stepMs >= DAY ? dayNow(now) - spanMs : Math.floor((now - spanMs) / stepMs) * stepMs;
  return { from, to: now, stepMs };
}

/**
 * Since when it is today, to the full hour: what is older is kept by hours, and in some zones days
 * begin between two. Days are counted back from here, so that the newest are right where clocks change.
 */
function dayNow(now: Instant): Instant {
  return Math.ceil(startOfLocalDay(now) / HOUR) * HOUR;
}

/** One band of the stack. `slot` picks its colour; the bands beyond the last slot are summed. */
export interface Band {
  jobId: string;
  name: string;
  slot: number | 'idle' | 'others';
  /** US dollars per hour at each step. */
  dollarsPerHour: number[];
  totalMicros: number;
}

export interface ChartData {
  at: Instant[];
  /** When the last step ends. */
  until: Instant;
  /** The costliest first; idle cost and the small rest last. */
  bands: Band[];
  /** Mean activity, weighted by cost: the share of the money that did work. Null: not known. */
  utilization: (number | null)[];
  totalMicros: number;
}

export const SLOTS = 6;
/** The youngest step is shown only when it is old enough for the meter's delay not to matter. */
const SETTLED_MS = 5 * MINUTE;

/** Turns the ledger's steps into rates, stacked by job. */
export function chartData(history: History, now: Instant): ChartData {
  const elapsed = now - (history.at.at(-1) ?? now);
  // What has only just begun is in the youngest step alone: better soon than settled.
  const isAll = !history.series.some(({ micros }) => micros.slice(0, -1).some(Boolean));
  const keepsLast = isAll || elapsed >= Math.min(history.stepMs, SETTLED_MS);
  const at = keepsLast ? history.at : history.at.slice(0, -1);
  const hoursOf = (index: number) =>
    Math.min(history.stepMs, Math.max(1, now - (at[index] ?? now))) / HOUR;

  const bands = history.series
    .map((series): Band => {
      const micros = at.map((_, index) => Math.max(0, series.micros[index] ?? 0));
      return {
        jobId: series.jobId,
        name: series.name,
        slot: 'others',
        dollarsPerHour: micros.map((value, index) => value / 1e6 / hoursOf(index)),
        totalMicros: micros.reduce((a, b) => a + b, 0),
      };
    })
    .filter((band) => band.totalMicros > 0)
    .sort((a, b) => b.totalMicros - a.totalMicros || a.jobId.localeCompare(b.jobId));

  return {
    at,
    until: Math.min(now, (at.at(-1) ?? now) + history.stepMs),
    bands: stack(bands),
    utilization: at.map((_, index) => weightedActivity(history, index)),
    totalMicros: bands.reduce((sum, band) => sum + band.totalMicros, 0),
  };
}

/** Gives the costliest jobs a colour each, and sums the rest. */
function stack(bands: readonly Band[]): Band[] {
  const jobs = bands.filter((band) => !isIdle(band));
  const kept = jobs.slice(0, SLOTS).map((band, slot): Band => ({ ...band, slot }));
  const rest = jobs.slice(SLOTS);
  const others = sum(rest, {
    jobId: 'others',
    name: `${rest.length} other jobs`,
    slot: 'others',
  });
  const idle = sum(bands.filter(isIdle), { jobId: 'idle', name: 'Idle nodes', slot: 'idle' });
  return [...kept, ...others, ...idle];
}

function isIdle(band: Band): boolean {
  return band.jobId === 'idle';
}

function sum(bands: readonly Band[], as: Pick<Band, 'jobId' | 'name' | 'slot'>): Band[] {
  const [first] = bands;
  if (!first) return [];
  return [
    {
      ...as,
      dollarsPerHour: first.dollarsPerHour.map((_, index) =>
        bands.reduce((total, band) => total + (band.dollarsPerHour[index] ?? 0), 0),
      ),
      totalMicros: bands.reduce((total, band) => total + band.totalMicros, 0),
    },
  ];
}

function weightedActivity(history: History, index: number): number | null {
  let weight = 0;
  let work = 0;
  for (const { micros, activity } of history.series) {
    const cost = micros[index] ?? 0;
    const share = activity[index];
    if (share === null || share === undefined || cost <= 0) continue;
    weight += cost;
    work += cost * share;
  }
  return weight > 0 ? work / weight : null;
}
