import { MICROS_PER_DOLLAR } from '../model/money.ts';
import type { Interval } from '../model/time.ts';
import type { PriceSeries } from '../protocol/prices.ts';
import type { Point } from './held.ts';
import { dollars } from './locale.ts';
import { colourOf } from './theme.ts';
import { type LineContent, timeChart } from './time_chart.ts';

/** So many zones are drawn: more lines than this nobody can tell apart. */
export const MOST_ZONES = 6;

/** One line a zone: each price holds until the next one was read. On demand, a dashed line. */
export function spotPriceChart(series: readonly PriceSeries[], interval: Interval): LineContent {
  const look = timeChart(interval);
  const onDemand = series.find((one) => one.onDemand)?.onDemand?.microsPerHour;
  const quiet = colourOf('quiet');
  return {
    data: {
      datasets: [
        ...series.map((one, slot) => ({
          label: one.zone ?? one.region,
          data: pointsOf(one, interval),
          borderColor: colourOf(`series-${slot}`),
          backgroundColor: colourOf(`series-${slot}`),
          borderWidth: 2,
          stepped: 'before' as const,
          pointRadius: 0,
          pointHitRadius: 8,
        })),
        ...(onDemand === undefined
          ? []
          : [
              {
                label: 'on demand',
                data: [interval.from, interval.to].map((x) => ({ x, y: onDemand / 1e6 })),
                borderColor: quiet,
                backgroundColor: quiet,
                borderWidth: 1.5,
                borderDash: [5, 3],
                pointRadius: 0,
                pointHitRadius: 8,
              },
            ]),
      ],
    },
    options: {
      ...look.frame,
      parsing: false,
      normalized: true,
      // Zones change their prices at moments of their own: the nearest one is meant.
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      scales: {
        x: look.x,
        y: look.dollars(6, '/h'),
      },
      plugins: {
        // Months of changes are more points than a chart has pixels: each pixel's extremes are kept.
        decimation: { enabled: true, algorithm: 'min-max' },
        tooltip: {
          ...look.tooltip,
          boxPadding: 4,
          usePointStyle: true,
          callbacks: {
            title: look.title,
            label: ({ dataset, parsed }) => `${dataset.label}  ${dollars(parsed.y ?? 0)}/h`,
          },
        },
      },
    },
  };
}

function pointsOf({ points }: PriceSeries, { from, to }: Interval): Point[] {
  const inForce = points.map(({ at, microsPerHour }) => ({
    x: Math.max(at, from),
    y: microsPerHour / MICROS_PER_DOLLAR,
  }));
  const last = inForce.at(-1);
  return last ? [...inForce, { x: to, y: last.y }] : [];
}
