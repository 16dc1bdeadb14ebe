import type { ChartConfiguration } from 'chart.js';
import { MICROS_PER_DOLLAR } from '../model/money.ts';
import { UNITS } from '../model/unit.ts';
import type { UnitCosts } from '../protocol/protocol.ts';
import { axisDollars, axisInstant, axisTime, compact, dollars } from './locale.ts';
import { colourOf } from './theme.ts';

type Series = UnitCosts['series'][number];

/** One line: what a unit cost in each step; steps in which nothing was counted are gaps. */
export function unitCostChart(
  at: readonly number[],
  series: Series,
  spanMs: number,
): Pick<ChartConfiguration<'line', (number | null)[]>, 'data' | 'options'> {
  const quiet = colourOf('quiet');
  const grid = colourOf('line');
  const font = { family: getComputedStyle(document.body).fontFamily, size: 11 };
  const ticks = { color: quiet, font, padding: 6 };
  const ink = colourOf('series-0');
  const timeAt = (index: number) => at[index] ?? 0;
  const { counter, amount } = series;
  return {
    data: {
      labels: [...at],
      datasets: [
        {
          label: `per ${UNITS[counter].name}`,
          data: series.micros.map((unit) => (unit === null ? null : unit / MICROS_PER_DOLLAR)),
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
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: {
          grid: { display: false },
          border: { color: grid },
          ticks: {
            ...ticks,
            maxRotation: 0,
            autoSkipPadding: 28,
            callback: (_, index) => axisTime(timeAt(index), spanMs),
          },
        },
        y: {
          beginAtZero: true,
          grace: '8%',
          border: { display: false },
          grid: { color: grid },
          ticks: { ...ticks, maxTicksLimit: 6, callback: (value) => axisDollars(Number(value)) },
        },
      },
      plugins: {
        tooltip: {
          backgroundColor: colourOf('raised'),
          borderColor: colourOf('line-strong'),
          borderWidth: 1,
          titleColor: quiet,
          bodyColor: colourOf('ink'),
          padding: 10,
          cornerRadius: 6,
          displayColors: false,
          callbacks: {
            title: ([first]) => (first ? axisInstant(timeAt(first.dataIndex), spanMs) : ''),
            label: ({ parsed, dataIndex }) =>
              `${dollars(parsed.y ?? 0)} per ${UNITS[counter].name}, ${compact(amount[dataIndex] ?? 0)} ${counter}`,
          },
        },
      },
    },
  };
}

function isAlone({ micros }: Series, index: number): boolean {
  return (micros[index - 1] ?? null) === null && (micros[index + 1] ?? null) === null;
}
