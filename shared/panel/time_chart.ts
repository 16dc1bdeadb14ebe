import { axisInstant, axisTime } from './locale.ts';
import { colourOf } from './theme.ts';

/**
 * What all charts over time look like, in the colours of the theme as it is now: `frame` for the
 * chart, `x` and `y` for its axes, `tooltip`. `timeAt` tells the instant of a step.
 */
export function timeChart(timeAt: (index: number) => number, spanMs: number) {
  const quiet = colourOf('quiet');
  const grid = colourOf('line');
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
      grid: { display: false },
      border: { color: grid },
      ticks: {
        ...ticks,
        maxRotation: 0,
        autoSkipPadding: 28,
        callback: (_: unknown, index: number) => axisTime(timeAt(index), spanMs),
      },
    },
    y: { beginAtZero: true, grace: '8%', border: { display: false }, grid: { color: grid } },
    tooltip: {
      backgroundColor: colourOf('raised'),
      borderColor: colourOf('line-strong'),
      borderWidth: 1,
      titleColor: quiet,
      bodyColor: colourOf('ink'),
      padding: 10,
      cornerRadius: 6,
    },
    /** The title of a tooltip. */
    title: ([first]: readonly { dataIndex: number }[]) =>
      first ? axisInstant(timeAt(first.dataIndex), spanMs) : '',
  } as const;
}
