import { MICROS_PER_DOLLAR } from '../model/money.ts';
import type { Interval } from '../model/time.ts';
import type { WasteCause } from '../model/waste.ts';
import type { WasteCourse } from '../protocol/waste.ts';
import { heldFor } from './held.ts';
import { dollars } from './locale.ts';
import { colourOf } from './theme.ts';
import { type LineContent, timeChart } from './time_chart.ts';
import { CAUSES } from './waste_data.ts';

/** The same in the stylesheet, for bars and legends: three that differ in hue and in lightness. */
const COLOURS: Readonly<Record<WasteCause, string>> = {
  idle: 'series-1',
  stalled: 'series-4',
  waiting: 'series-others',
};

/** What each step wasted, one filled line a cause, each upon the one before. */
export function wasteChart(
  { at, steps }: WasteCourse,
  causes: readonly WasteCause[],
  interval: Interval,
): LineContent {
  const look = timeChart(interval);
  const surface = colourOf('surface');
  return {
    data: {
      datasets: causes.map((cause, index) => ({
        label: CAUSES[cause],
        data: heldFor(
          at,
          steps.map((step) => step[cause] / MICROS_PER_DOLLAR),
          interval.to,
        ),
        // An amount belongs to its whole step; a slope would show one between two.
        stepped: 'before',
        fill: index === 0 ? 'origin' : '-1',
        backgroundColor: colourOf(COLOURS[cause]),
        borderColor: surface,
        borderWidth: 1,
        pointRadius: 0,
        pointHitRadius: 8,
      })),
    },
    options: {
      ...look.frame,
      scales: { x: look.x, y: { ...look.dollars(5), stacked: true } },
      plugins: {
        tooltip: {
          ...look.tooltip,
          boxPadding: 4,
          usePointStyle: true,
          filter: ({ parsed }) => (parsed.y ?? 0) > 0,
          itemSort: (a, b) => b.datasetIndex - a.datasetIndex,
          callbacks: {
            title: look.title,
            label: ({ dataset, parsed }) => `${dataset.label}  ${dollars(parsed.y ?? 0)}`,
          },
        },
      },
    },
  };
}
