import type { ChartConfiguration, Scale } from 'chart.js';
import type { Interval } from '../model/time.ts';
import type { Point } from './held.ts';
import { axisDollars, axisInstant, axisTime } from './locale.ts';
import { colourOf } from './theme.ts';
import { timeTicks } from './time_ticks.ts';

/** A chart of lines, as chart.js takes it. */
export type LineContent = Pick<ChartConfiguration<'line', Point[]>, 'data' | 'options'>;

/** No two labels of the time axis come closer than this. */
const LABEL_PX = 84;

/**
 * What all charts over time look like, in the colours of the theme as it is now: `frame` for the
 * chart, `x` and `dollars` for its axes, `tooltip`.
 */
export function timeChart(interval: Interval) {
  const spanMs = interval.to - interval.from;
  const quiet = colourOf('quiet');
  const grid = colourOf('grid');
  const font = { family: getComputedStyle(document.body).fontFamily, size: 11 };
  const ticks = { color: quiet, font, padding: 6 };
  return {
    font,
    ticks,
    frame: {
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: 'index', intersect: false },
    },
    x: {
      type: 'linear',
      min: interval.from,
      max: interval.to,
      grid: { display: false },
      border: { color: grid },
      afterBuildTicks: (axis: Scale) => {
        const most = Math.max(2, Math.floor(axis.chart.width / LABEL_PX));
        axis.ticks = timeTicks(interval, most).map((value) => ({ value }));
      },
      ticks: {
        ...ticks,
        maxRotation: 0,
        autoSkip: false,
        callback: (value: string | number) => axisTime(Number(value), spanMs),
      },
    },
    /** The axis of an amount in dollars, with so many labels at most; `per`: what stands behind each. */
    dollars: (maxTicksLimit: number, per = '') =>
      ({
        beginAtZero: true,
        grace: '8%',
        border: { display: false },
        grid: { color: grid },
        ticks: {
          ...ticks,
          maxTicksLimit,
          callback: (value: string | number) => `${axisDollars(Number(value))}${per}`,
        },
      }) as const,
    tooltip: {
      backgroundColor: colourOf('raised'),
      borderColor: colourOf('line-strong'),
      borderWidth: 1,
      titleColor: quiet,
      titleFont: { ...font, weight: 'normal' },
      bodyColor: colourOf('ink'),
      bodyFont: { ...font, size: 12 },
      padding: 10,
      cornerRadius: 6,
    },
    /** The title of a tooltip. */
    title: ([first]: readonly { parsed: { x: number | null } }[]) =>
      first ? axisInstant(first.parsed.x ?? 0, spanMs) : '',
  } as const;
}
