import type { Interval } from '../model/time.ts';
import type { BillDay } from '../protocol/bill_days.ts';
import { billedOf, heldByDay, type Point } from './held.ts';
import { dollars } from './locale.ts';
import { colourOf } from './theme.ts';
import { type LineContent, timeChart } from './time_chart.ts';

type Line = LineContent['data']['datasets'][number];

/** Of each day what was metered, with its interval as a band around it, and what the bill says. */
export function billChart(days: readonly BillDay[], interval: Interval): LineContent {
  const look = timeChart(interval);
  const [metered, billed] = [colourOf('series-0'), colourOf('ink')];
  const held = (of: (day: BillDay) => number | undefined) => heldByDay(days, of, interval);
  const line = (label: string, data: Point[], colour: string, rest: Partial<Line>): Line => ({
    label,
    data,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 1.5,
    stepped: 'before',
    pointRadius: 0,
    pointHitRadius: 8,
    ...rest,
  });
  const band = { borderWidth: 0, backgroundColor: `${metered}33` };
  return {
    data: {
      datasets: [
        line(
          'low',
          held(({ low }) => low),
          metered,
          { ...band, fill: false },
        ),
        line(
          'high',
          held(({ high }) => high),
          metered,
          { ...band, fill: '-1' },
        ),
        line(
          'Metered',
          held(({ meteredMicros }) => meteredMicros),
          metered,
          {},
        ),
        line('Billed', held(billedOf), billed, { borderWidth: 2.5 }),
      ],
    },
    options: {
      ...look.frame,
      scales: {
        x: look.x,
        y: look.dollars(5),
      },
      plugins: {
        tooltip: {
          ...look.tooltip,
          boxPadding: 4,
          usePointStyle: true,
          filter: ({ dataset }) => dataset.label !== 'low' && dataset.label !== 'high',
          callbacks: {
            title: look.title,
            label: ({ dataset, parsed }) => `${dataset.label}  ${dollars(parsed.y ?? 0)}`,
          },
        },
      },
    },
  };
}
