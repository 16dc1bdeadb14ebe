import type { ChartDataset, ChartOptions } from 'chart.js';
import { type Band, type ChartData, SLOTS } from '../chart_data.ts';
import { heldFor, type Point } from '../held.ts';
import { dollars, percent } from '../locale.ts';
import { colourOf } from '../theme.ts';
import { timeChart } from '../time_chart.ts';

type Line = ChartDataset<'line', Point[]>;

/** The colour of a band, the same in the legend's stylesheet. */
function bandColour(slot: Band['slot']): string {
  return colourOf(typeof slot === 'number' ? `series-${slot % SLOTS}` : `series-${slot}`);
}

/** One filled line a job, each upon the one before, and the utilization line over them. */
export function datasets(data: ChartData): Line[] {
  const surface = colourOf('surface');
  const bands = data.bands.map(
    (band, index): Line => ({
      label: band.name,
      data: heldFor(data.at, band.dollarsPerHour, data.until),
      yAxisID: 'y',
      stack: 'cost',
      // A rate holds for its whole step; a slope would show money that was never spent.
      stepped: 'before',
      fill: index === 0 ? 'origin' : '-1',
      backgroundColor: bandColour(band.slot),
      // A thread of the surface's colour keeps neighbours apart for those who see no hues.
      borderColor: surface,
      borderWidth: 1,
      pointRadius: 0,
      pointHitRadius: 8,
      order: 2,
    }),
  );
  const ink = colourOf('ink');
  const utilization: Line = {
    label: 'Utilization',
    data: heldFor(data.at, data.utilization, data.until),
    yAxisID: 'share',
    stack: 'utilization',
    borderColor: ink,
    backgroundColor: ink,
    borderWidth: 1.5,
    borderDash: [5, 3],
    pointRadius: 0,
    pointHitRadius: 8,
    spanGaps: false,
    order: 1,
  };
  return [...bands, utilization];
}

/** How the chart is drawn, in the colours of the theme as it is now. */
export function chartOptions(data: ChartData): ChartOptions<'line'> {
  const look = timeChart({ from: data.at[0] ?? 0, to: data.until });
  return {
    ...look.frame,
    scales: {
      x: look.x,
      y: { ...look.dollars(6, '/h'), stacked: true },
      share: {
        position: 'right',
        min: 0,
        max: 1,
        display: data.utilization.some((share) => share !== null),
        border: { display: false },
        grid: { display: false },
        ticks: { ...look.ticks, stepSize: 0.25, callback: (value) => percent(Number(value)) },
      },
    },
    plugins: {
      tooltip: {
        ...look.tooltip,
        boxPadding: 4,
        usePointStyle: true,
        filter: (item) => (item.parsed.y ?? 0) > 0,
        itemSort: (a, b) => b.datasetIndex - a.datasetIndex,
        callbacks: {
          title: look.title,
          label: ({ dataset, parsed }) => {
            const value = parsed.y ?? 0;
            const text = dataset.yAxisID === 'share' ? percent(value) : `${dollars(value)}/h`;
            return `${shorten(dataset.label ?? '')}  ${text}`;
          },
        },
      },
    },
  };
}

function shorten(name: string): string {
  return name.length > 40 ? `${name.slice(0, 39)}…` : name;
}
