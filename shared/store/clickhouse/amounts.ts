import { DAY, HOUR, type Interval, SECOND } from '../../model/time.ts';
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

const LISTS = ['job', 'start', 'end', 'micros', 'flags'] as const;

/** The charges that each collector has last told of, of the days that the interval touches. */
function charges({ sql }: Machines, interval: Interval): string {
  const newest = LISTS.map((name) => `argMax(${name}, version) AS all_${name}`);
  const each = LISTS.map((name) => `all_${name} AS one_${name}`);
  return `SELECT machine, hour, hour_ms, collector, one_job AS job_, one_micros AS micros_,
      one_flags AS flags_, hour_ms + one_start AS from_, hour_ms + one_end AS to_
    FROM (SELECT ${sql} AS machine, hour, collector, ${newest.join(', ')},
        toInt64(toUnixTimestamp(hour)) * ${SECOND} AS hour_ms
      FROM node_hour WHERE ${withinDays(interval)} GROUP BY hour, node, collector)
    ARRAY JOIN ${each.join(', ')}`;
}

function withinDays({ from, to }: Interval): string {
  const begin = (Math.floor(from / DAY) * DAY) / SECOND;
  const end = (Math.ceil(to / DAY) * DAY) / SECOND;
  return `hour >= toDateTime(${begin}) AND hour < toDateTime(${end})`;
}

/** The days of machines of which more than one collector has told. */
function sharedDays({ sql }: Machines, interval: Interval): string {
  return `SELECT ${sql} AS machine, toDate(hour, 'UTC') AS day FROM node_hour
    WHERE ${withinDays(interval)} GROUP BY machine, day HAVING uniqExact(collector) > 1`;
}

function aloneQuery(machines: Machines, interval: Interval, fineness: Fineness): string {
  const { from, to } = interval;
  // As portion() does: the parts of an amount sum to it, wherever it is cut.
  const through = (at: string) => `intDiv(micros_ * (${at} - from_), to_ - from_)`;
  const part = `${through(`least(to_, ${to})`)} - ${through(`greatest(from_, ${from})`)}`;
  const keys = {
    charge: `greatest(from_, ${from}) AS begins, least(to_, ${to}) AS ends`,
    hour: `greatest(hour_ms, ${from}) AS begins,
      least(hour_ms + if(to_ > hour_ms + ${HOUR}, ${DAY}, ${HOUR}), ${to}) AS ends`,
    whole: `toInt64(${from}) AS begins, toInt64(${to}) AS ends`,
  }[fineness];
  return `SELECT machine, job_, flags_, ${keys}, sum(${part}) AS micros
    FROM (${charges(machines, interval)})
    WHERE (machine, toDate(hour, 'UTC')) NOT IN (${sharedDays(machines, interval)})
      AND from_ < ${to} AND to_ > ${from}
    GROUP BY machine, job_, flags_, begins, ends`;
}

/** Whole hours are summed; those that the interval cuts come charge by charge. */
function sharedQuery(machines: Machines, { from, to }: Interval, fineness: Fineness): string {
  const isCut = fineness === 'charge' ? '1' : `hour_ms < ${from} OR hour_ms + ${HOUR} > ${to}`;
  return `SELECT machine, hour_ms, collector, job_, flags_, if(${isCut}, from_, 0) AS piece,
      sum(micros_) AS micros, min(from_) AS begins, max(to_) AS ends
    FROM (${charges(machines, { from, to })})
    WHERE (machine, toDate(hour, 'UTC')) IN (${sharedDays(machines, { from, to })})
    GROUP BY machine, hour_ms, collector, job_, flags_, piece
    ORDER BY machine, hour_ms, collector, job_, flags_, piece`;
}
