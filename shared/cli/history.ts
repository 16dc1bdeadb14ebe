import { sparkline } from '../faces/sparkline.ts';
import { IDLE } from '../model/charge.ts';
import { formatMoney } from '../model/money.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { HOUR, MINUTE } from '../model/time.ts';
import type { History } from '../protocol/protocol.ts';
import { settledSnapshot, withCollector } from './connect.ts';
import { parseDuration } from './duration.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import { findJob } from './find_job.ts';
import type { Terminal } from './terminal.ts';
import { percent, provenance } from './view/figures.ts';
import { table, tableLines } from './view/table.ts';
import { BLANK, indent, type Line, say } from './view/text.ts';

export interface HistoryOptions {
  since: string;
  step?: string;
  job?: string;
  json?: boolean;
}

/** Steps that people count in; the smallest that gives a chart of at most so many is taken. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440].map((minutes) => minutes * MINUTE);
const CHART_STEPS = 48;

/** `burnrate history`: what each job cost over time, as small charts or the protocol's History. */
export async function history(terminal: Terminal, options: HistoryOptions): Promise<number> {
  const spanMs = parseDuration(options.since);
  const stepMs = options.step === undefined ? stepFor(spanMs) : parseDuration(options.step);
  if (stepMs < MINUTE) throw new PlainFailure('A step is at least 1m.', EXIT.usage);
  const { snapshot, past } = await withCollector(async (link) => {
    const snapshot = await settledSnapshot(link);
    const job = options.job === undefined ? undefined : await jobId(snapshot, options.job);
    const past = await link.request('history', {
      from: snapshot.at - spanMs,
      to: snapshot.at,
      stepMs,
      ...(job !== undefined && { jobId: job }),
    });
    return { snapshot, past };
  });
  if (options.json) terminal.json(past);
  else
    terminal.print(
      ...historyLines(past, snapshot, { since: options.since, width: terminal.width }),
    );
  return EXIT.ok;
}

/** `idle` is the cost that no job holds; a job that is no longer shown goes by its whole id. */
async function jobId(snapshot: Snapshot, wanted: string): Promise<string> {
  if (wanted === IDLE || /^[^:]+:.+:/.test(wanted)) return wanted;
  return findJob(snapshot, wanted).id;
}

export function stepFor(spanMs: number): number {
  return STEPS.find((step) => spanMs / step <= CHART_STEPS) ?? Math.ceil(spanMs / CHART_STEPS);
}

type Series = History['series'][number];

export function historyLines(
  past: History,
  snapshot: Snapshot,
  { since, width }: { since: string; width: number },
): Line[] {
  const { series, stepMs, at } = past;
  if (series.length === 0) return [[say(` Nothing was metered in the last ${since}.`)]];
  const provenances = new Map(snapshot.jobs.map(({ id, total }) => [id, total.provenance]));
  const highest = Math.max(...series.flatMap(({ micros }) => micros.map((one) => one ?? 0)));
  const chart = Math.max(8, Math.min(CHART_STEPS, at.length, width - 46));
  const total = series.reduce((sum, one) => sum + sumOf(one), 0);
  const rows = table<Series>(
    series,
    [
      { title: '   JOB', shrinksTo: 14, cell: ({ name }) => [say(`   ${name}`)] },
      {
        title: chart < at.length ? `COST, LAST ${chart} STEPS` : 'COST',
        rank: 2,
        cell: ({ micros }) => {
          const heights = micros.map((one) => (one === null || !highest ? null : one / highest));
          return [say(sparkline(heights, chart).padStart(chart), 'flame')];
        },
      },
      {
        title: 'TOTAL',
        align: 'right',
        cell: (one) => [
          say(formatMoney(sumOf(one)), 'strong'),
          ...provenance(provenances.get(one.jobId)),
        ],
      },
      {
        title: 'ACTIVITY',
        align: 'right',
        rank: 1,
        cell: ({ activity }) => {
          const known = activity.filter((value) => value !== null);
          if (known.length === 0) return [];
          return [say(percent(known.reduce((sum, value) => sum + value, 0) / known.length))];
        },
      },
    ],
    width,
  );
  const head: Line = [
    say(formatMoney(total), 'flame'),
    say(` metered in the last ${since}`),
    say(`, in steps of ${stepText(stepMs)}`, 'quiet'),
  ];
  return [...indent([head], [say(' ')]), BLANK, ...tableLines(rows)];
}

function stepText(ms: number): string {
  return ms % HOUR === 0 ? `${ms / HOUR} h` : `${Math.round(ms / MINUTE)} min`;
}

function sumOf({ micros }: Series): number {
  return micros.reduce<number>((sum, one) => sum + (one ?? 0), 0);
}
