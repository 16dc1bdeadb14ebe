import { Counter } from '../../model/progress.ts';
import { HOUR, type Instant, type Interval, SECOND } from '../../model/time.ts';
import { WASTE_CAUSES, type Waste, wasteSum } from '../../model/waste.ts';
import type { Work } from '../../protocol/report.ts';
import type { TeamServer } from './client.ts';
import type { JobFacts } from './job_facts.ts';

type Sum = Record<(typeof SUMS)[number], string | number> & { job: string; collector: string };

const SUMS = [
  ...Counter.options,
  ...Counter.options.map((counter) => `${counter}_micros` as const),
  ...WASTE_CAUSES,
] as const;

/** What jobs did for their money, over the hours (UTC) and local days that begin in the interval. */
export async function teamWork(
  server: TeamServer,
  interval: Interval,
  jobs: JobFacts,
): Promise<Record<string, Work>> {
  const work: Record<string, Work> = {};
  const rows = await server.select<Sum>(
    `SELECT job, collector, ${SUMS.map((name) => `sum(${name}_) AS ${name}`).join(', ')}
     FROM (SELECT job, collector, ${SUMS.map((name) => `argMax(${name}, version) AS ${name}_`).join(', ')}
       FROM job_hour WHERE ${hoursIn(interval)} GROUP BY hour, job, collector)
     GROUP BY job, collector`,
  );
  for (const [jobId, told] of Map.groupBy(rows, ({ job }) => job)) {
    if (!jobs.get(jobId)) continue;
    const weights = told.map((row) => ({ collector: row.collector, weight: weightOf(row) }));
    const teller = jobs.teller(jobId, weights);
    const row = told.find(({ collector }) => collector === teller);
    if (row) work[jobId] = workOf(row);
  }
  for (const [jobId, savedMicros] of await savings(server, interval)) {
    if (jobs.get(jobId) && savedMicros > 0) work[jobId] = { ...work[jobId], savedMicros };
  }
  return work;
}

function weightOf(row: Sum): number {
  return SUMS.reduce((sum, name) => sum + Number(row[name]), 0);
}

function workOf(row: Sum): Work {
  const work: Work = {};
  for (const counter of Counter.options) {
    const amount = Number(row[counter]);
    if (amount > 0)
      work[counter] = { amount, micros: Math.max(0, Number(row[`${counter}_micros`])) };
  }
  const waste = Object.fromEntries(
    WASTE_CAUSES.map((cause) => [cause, Number(row[cause])]),
  ) as Waste;
  return wasteSum(waste) > 0 ? { ...work, waste } : work;
}

/** A stop is sent by one collector alone. */
async function savings(server: TeamServer, { from, to }: Interval): Promise<Map<string, number>> {
  const rows = await server.select<{ job_: string; micros_: string }>(
    `SELECT job_, sum(saved) AS micros_ FROM (
       SELECT argMax(job, version) AS job_, argMax(micros, version) AS saved FROM saving
       WHERE day >= ${from} AND day < ${to} GROUP BY stop, day, collector)
     GROUP BY job_`,
  );
  return new Map(rows.map(({ job_, micros_ }) => [job_, Number(micros_)]));
}

/** How busy each job was, by steps of `stepMs` from `from`: by the hour at the finest. */
export async function teamActivity(
  server: TeamServer,
  interval: Interval,
  jobs: JobFacts,
  { from, stepMs }: { from: Instant; stepMs: number },
): Promise<{ job: string; at: Instant; activity: number }[]> {
  if (stepMs < HOUR) return [];
  const rows = await server.select<{
    job: string;
    collector: string;
    step: string;
    total: number;
    count: string;
  }>(
    `SELECT job, collector, intDiv(toInt64(toUnixTimestamp(hour)) * ${SECOND} - ${from}, ${stepMs}) AS step,
       sum(total_) AS total, sum(readings_) AS count
     FROM (SELECT hour, job, collector, argMax(activity, version) AS total_, argMax(readings, version) AS readings_
       FROM job_hour WHERE ${hoursIn(interval)} GROUP BY hour, job, collector)
     GROUP BY job, collector, step HAVING count > 0`,
  );
  return [...Map.groupBy(rows, ({ job, step }) => `${step} ${job}`).values()].flatMap((told) => {
    const [first] = told;
    if (!first) return [];
    const weights = told.map(({ collector, count }) => ({ collector, weight: Number(count) }));
    const teller = jobs.teller(first.job, weights);
    const row = told.find(({ collector }) => collector === teller);
    if (!row) return [];
    const at = from + Number(row.step) * stepMs;
    return [{ job: row.job, at, activity: Number(row.total) / Number(row.count) }];
  });
}

/** `hour` in SQL, for the hours (UTC) that begin in the interval. */
function hoursIn({ from, to }: Interval): string {
  const at = (instant: Instant) => (Math.ceil(instant / HOUR) * HOUR) / SECOND;
  return `hour >= toDateTime(${at(from)}) AND hour < toDateTime(${at(to)})`;
}
