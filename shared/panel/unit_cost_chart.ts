import { MICROS_PER_DOLLAR } from '../model/money.ts';
import type { Interval } from '../model/time.ts';
import { UNITS } from '../model/unit.ts';
import type { UnitCosts } from '../protocol/protocol.ts';
import { heldFor } from './held.ts';
import { compact, dollars } from './locale.ts';
import { colourOf } from './theme.ts';
import { type LineContent, timeChart } from './time_chart.ts';

type Series = UnitCosts['series'][number];

/** One line: what a unit cost in each step; steps in which nothing was counted are gaps. */
export function unitCostChart(
  at: readonly number[],
  series: Series,
  interval: Interval,
): LineContent {
  const ink = colourOf('series-0');
  const look = timeChart(interval);
  const { counter, amount } = series;
  return {
    data: {
      datasets: [
        {
          label: `per ${UNITS[counter].name}`,
          data: heldFor(
            at,
            series.micros.map((unit) => (unit === null ? null : unit / MICROS_PER_DOLLAR)),
            interval.to,
          ),
          borderColor: ink,
          backgroundColor: ink,
          borderWidth: 2,
          stepped: 'before',
          // A single step between two gaps is a point, not a line.
          pointRadius: ({ dataIndex }) => (isAlone(series, dataIndex) ? 2 : 0),
          pointHitRadius: 8,
          spanGaps: false,
        },
      ],
    },
    options: {
      ...look.frame,
      scales: {
        x: look.x,
        y: look.dollars(6),
      },
      plugins: {
        tooltip: {
          ...look.tooltip,
          displayColors: false,
          callbacks: {
            title: look.title,
            label: ({ parsed, dataIndex }) =>
              `${dollars(parsed.y ?? 0)} per ${UNITS[counter].name}, ${compact(amount[Math.min(dataIndex, amount.length - 1)] ?? 0)} ${counter}`,
          },
        },
      },
    },
  };
}

function isAlone({ micros }: Series, index: number): boolean {
  return (micros[index - 1] ?? null) === null && (micros[index + 1] ?? null) === null;
}
