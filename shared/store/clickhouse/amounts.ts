import { DAY, HOUR, type Instant, type Interval, SECOND } from '../../model/time.ts';
import { portion } from '../portion.ts';
import type { TeamServer } from './client.ts';
import type { Machines } from './machines.ts';
import { type Stretch, together, type View } from './together.ts';

/** What a job, or idle time, of a machine came to over a time within what was asked for. */
export interface TeamAmount extends Stretch {
  machine: string;
}

/** How fine amounts are wanted: as they were charged, by the hour, or as one over the interval. */
export type Fineness = 'charge' | 'hour' | 'whole';

interface SumRow {
  machine: string;
  hour_ms: string;
  collector: string;
  job_: string;
  flags_: number;
  micros: string;
  begins: string;
  ends: string;
}

/**
 * The team's amounts over an interval of some days. What one collector alone has metered of a
 * machine on a day is summed by the server; what several have is put together here.
 */
export async function teamAmounts(
  server: TeamServer,
  machines: Machines,
  interval: Interval,
  fineness: Fineness,
  isMine: (collector: string, job: string) => boolean,
): Promise<TeamAmount[]> {
  const [alone, shared] = await Promise.all([
    server.select<SumRow>(aloneQuery(machines, interval, fineness)),
    server.select<SumRow>(sharedQuery(machines, interval, fineness)),
  ]);
  return [
    ...alone.map((row) => ({ machine: row.machine, ...stretchOf(row) })),
    ...[...Map.groupBy(shared, ({ machine }) => machine)].flatMap(([machine, rows]) =>
      putTogether(machine, rows, machines, interval, isMine),
    ),
  ];
}

function stretchOf({ job_, begins, ends, micros, flags_ }: SumRow): Stretch {
  return {
    job: job_,
    from: Number(begins),
    to: Number(ends),
    micros: Number(micros),
    flags: Number(flags_),
  };
}

function putTogether(
  machine: string,
  rows: readonly SumRow[],
  machines: Machines,
  interval: Interval,
  isMine: (collector: string, job: string) => boolean,
): TeamAmount[] {
  return [
    ...Map.groupBy(rows, ({ hour_ms }) => Math.floor(Number(hour_ms) / DAY)).values(),
  ].flatMap((day) => {
    // Where someone knows no more than the day, hours cannot be compared.
    const isWhole = day.some(({ hour_ms, ends }) => Number(ends) > Number(hour_ms) + HOUR);
    const units = isWhole ? [day] : [...Map.groupBy(day, ({ hour_ms }) => hour_ms).values()];
    return units.flatMap((unit) => {
      const views = [...Map.groupBy(unit, ({ collector }) => collector)].map(
        ([collector, own]): View => ({
          collector,
          mine: machines.isMine(collector, machine),
          stretches: own.map(stretchOf),
        }),
      );
      return together(views, isMine).flatMap((stretch) => {
        const from = Math.max(stretch.from, interval.from);
        const to = Math.min(stretch.to, interval.to);
        if (to <= from) return [];
        return [
          { machine, ...stretch, from, to, micros: portion(stretch.micros, stretch, from, to) },
        ];
      });
    });
  });
}

const DETAIL = ['job', 'start', 'end', 'micros', 'flags'] as const;
const SUMS = DETAIL.map((name) => `sum_${name}`);

/** The newest row of each collector's hours among those that a condition holds of, each once. */
export function newestHours(columns: readonly string[], condition: string): string {
  const key = 'hour, node, collector';
  return `SELECT ${[key, ...columns].join(', ')} FROM node_hour
    WHERE ${condition} AND (${key}, version) IN (
      SELECT ${key}, max(version) FROM node_hour WHERE ${condition} GROUP BY ${key})
    LIMIT 1 BY ${key}`;
}

/**
 * What each collector has last told of the days that the interval touches: sums of whole hours, and
 * single charges of hours that the interval cuts, or of all that are to be drawn finer.
 */
function parts(machines: Machines, interval: Interval, fineness: Fineness): string {
  const days = within(floor(interval.from, DAY), ceil(interval.to, DAY));
  const cut = cutHours(interval, fineness);
  const wholly = cut.length === 0 ? days : `${days} AND NOT (${cut.join(' OR ')})`;
  const sums = each(machines, SUMS, newestHours(SUMS, wholly));
  if (cut.length === 0) return sums;
  const detail = newestHours(DETAIL, `(${cut.join(' OR ')})`);
  return `${sums} UNION ALL ${each(machines, DETAIL, detail)}`;
}

function cutHours({ from, to }: Interval, fineness: Fineness): string[] {
  if (fineness === 'charge') return [within(floor(from, HOUR), ceil(to, HOUR))];
  return [from, to]
    .filter((at) => at % HOUR !== 0)
    .map((at) => within(floor(at, HOUR), ceil(at, HOUR)));
}

function each({ sql }: Machines, columns: readonly string[], rows: string): string {
  const [job, start, end, micros, flags] = columns.map((name) => `one_${name}`);
  const joined = columns.map((name) => `${name} AS one_${name}`);
  const hourMs = `toInt64(toUnixTimestamp(hour)) * ${SECOND}`;
  return `SELECT ${sql} AS machine, hour, ${hourMs} AS hour_ms, collector, ${job} AS job_,
      ${micros} AS micros_, ${flags} AS flags_, hour_ms + ${start} AS from_, hour_ms + ${end} AS to_
    FROM (${rows}) ARRAY JOIN ${joined.join(', ')}`;
}

function within(from: Instant, to: Instant): string {
  return `(hour >= toDateTime(${from / SECOND}) AND hour < toDateTime(${to / SECOND}))`;
}

function floor(at: Instant, size: number): Instant {
  return Math.floor(at / size) * size;
}

function ceil(at: Instant, size: number): Instant {
  return Math.ceil(at / size) * size;
}

/** The days of machines of which more than one collector has told. */
function sharedDays({ sql }: Machines, { from, to }: Interval): string {
  return `SELECT ${sql} AS machine, toDate(hour, 'UTC') AS day FROM node_hour
    WHERE ${within(floor(from, DAY), ceil(to, DAY))}
    GROUP BY machine, day HAVING uniqExact(collector) > 1`;
}

function aloneQuery(machines: Machines, interval: Interval, fineness: Fineness): string {
  const { from, to } = interval;
  // As portion() does: the parts of an amount sum to it, wherever it is cut.
  const through = (at: string) => `intDiv(micros_ * (${at} - from_), to_ - from_)`;
  const part = `${through(`least(to_, ${to})`)} - ${through(`greatest(from_, ${from})`)}`;
  const span = {
    charge: `greatest(from_, ${from}) AS begins, least(to_, ${to}) AS ends`,
    hour: `greatest(hour_ms, ${from}) AS begins,
      least(hour_ms + if(to_ > hour_ms + ${HOUR}, ${DAY}, ${HOUR}), ${to}) AS ends`,
    whole: `toInt64(${from}) AS begins, toInt64(${to}) AS ends`,
  }[fineness];
  return `SELECT machine, job_, flags_, ${span}, sum(${part}) AS micros
    FROM (${parts(machines, interval, fineness)})
    WHERE (machine, toDate(hour, 'UTC')) NOT IN (${sharedDays(machines, interval)})
      AND from_ < ${to} AND to_ > ${from}
    GROUP BY machine, job_, flags_, begins, ends`;
}

function sharedQuery(machines: Machines, interval: Interval, fineness: Fineness): string {
  return `SELECT machine, hour_ms, collector, job_, flags_, micros_ AS micros,
      from_ AS begins, to_ AS ends
    FROM (${parts(machines, interval, fineness)})
    WHERE (machine, toDate(hour, 'UTC')) IN (${sharedDays(machines, interval)})
    ORDER BY machine, hour_ms, collector, begins, job_, flags_`;
}
