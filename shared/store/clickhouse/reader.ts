import { DAY, HOUR, type Instant, type Interval } from '../../model/time.ts';
import type { Cost, CostPage } from '../../protocol/report.ts';
import { readFlags } from '../charge_row.ts';
import { hoursAround, inOrder, known } from '../costs.ts';
import { cutAtSteps } from '../portion.ts';
import type { CostQuery, HistoryPoint, HistoryQuery } from '../store.ts';
import { type Fineness, type TeamAmount, teamAmounts } from './amounts.ts';
import type { TeamServer } from './client.ts';
import { JobFacts } from './job_facts.ts';
import { KnownMachines } from './machines.ts';
import { teamActivity, teamWork } from './team_work.ts';

/** Days that are read at once, so that a chart of months holds none of them in memory. */
const DAYS_AT_ONCE = 7;

/** A collector that writes to the team store, and when it last did. */
export interface TeamCollector {
  id: string;
  name: string;
  burnrate: string;
  seenAt: Instant;
}

/**
 * Answers out of the team store what the ledger answers out of SQLite, for everyone: whose a job is
 * depends on who asks, and here nobody in particular does. Sums are of integers, and exact.
 */
export class TeamReader {
  readonly #server: TeamServer;
  readonly #machines: KnownMachines;

  constructor(server: TeamServer, now: () => Instant) {
    this.#server = server;
    this.#machines = new KnownMachines(server, now);
  }

  /** As `Store.costs`, with what the jobs did for their money. */
  async costs({ from, to, hourly = false }: CostQuery): Promise<CostPage> {
    const machines = await this.#machines.get();
    const jobs = await JobFacts.read(this.#server, { from, to });
    const costs = new Map<string, Cost>();
    for (const amount of await this.#amounts({ from, to }, hourly ? 'hour' : 'whole', jobs)) {
      const period = hourly ? hoursAround(amount, { from, to }) : { from, to };
      const { provenance, uncertain } = readFlags(amount.flags);
      const key = [period.from, period.to, amount.machine, amount.job, provenance, uncertain].join(
        ' ',
      );
      const cost = costs.get(key);
      if (cost) cost.micros += amount.micros;
      else {
        const { job: jobId, machine: nodeId, micros } = amount;
        costs.set(key, { jobId, nodeId, ...period, micros, provenance, uncertain });
      }
    }
    const list = [...costs.values()].sort(inOrder);
    return {
      costs: list,
      jobs: known(new Set(list.map(({ jobId }) => jobId)), (id) => jobs.get(id)),
      nodes: known(new Set(list.map(({ nodeId }) => nodeId)), (id) => machines.facts(id)),
      work: await teamWork(this.#server, { from, to }, jobs),
    };
  }

  /** As `Store.history`. */
  async history({ from, to, stepMs, jobId }: HistoryQuery): Promise<HistoryPoint[]> {
    if (!(stepMs > 0)) throw new RangeError(`not the length of a step: ${stepMs}`);
    const points = new Map<string, HistoryPoint>();
    const pointAt = (job: string, at: Instant): HistoryPoint => {
      const key = `${at} ${job}`;
      const point = points.get(key) ?? { at, jobId: job, micros: 0 };
      points.set(key, point);
      return point;
    };
    const fineness = stepMs % HOUR === 0 && from % HOUR === 0 ? 'hour' : 'charge';
    for (const span of spansOf({ from, to })) {
      const jobs = await JobFacts.read(this.#server, span);
      for (const amount of await this.#amounts(span, fineness, jobs)) {
        if (jobId !== undefined && amount.job !== jobId) continue;
        for (const { step, micros } of cutAtSteps(amount, from, stepMs)) {
          pointAt(amount.job, from + step * stepMs).micros += micros;
        }
      }
      for (const { job, at, activity } of await teamActivity(this.#server, span, jobs, {
        from,
        stepMs,
      })) {
        if (jobId === undefined || job === jobId) pointAt(job, at).activity = activity;
      }
    }
    return [...points.values()].sort((a, b) => a.at - b.at || (a.jobId < b.jobId ? -1 : 1));
  }

  /** What the jobs are called that cost anything over the interval. */
  async names({ from, to }: Interval): Promise<(jobId: string) => string | undefined> {
    const jobs = await JobFacts.read(this.#server, { from, to });
    return (jobId) => jobs.get(jobId)?.name;
  }

  /** Who writes here, by name. */
  async collectors(): Promise<TeamCollector[]> {
    const rows = await this.#server.select<{
      id: string;
      name_: string;
      burnrate_: string;
      seen: string;
    }>(
      `SELECT id, argMax(name, version) AS name_, argMax(burnrate, version) AS burnrate_,
         argMax(seen_at, version) AS seen FROM collector GROUP BY id ORDER BY name_, id`,
    );
    return rows.map(({ id, name_, burnrate_, seen }) => ({
      id,
      name: name_,
      burnrate: burnrate_,
      seenAt: Number(seen),
    }));
  }

  async #amounts(interval: Interval, fineness: Fineness, jobs: JobFacts): Promise<TeamAmount[]> {
    if (interval.to <= interval.from) return [];
    const isMine = (collector: string, job: string) => jobs.isMine(collector, job);
    return teamAmounts(this.#server, await this.#machines.get(), interval, fineness, isMine);
  }
}

function* spansOf({ from, to }: Interval): Generator<Interval> {
  const size = DAYS_AT_ONCE * DAY;
  for (let begin = from; begin < to; begin = (Math.floor(begin / size) + 1) * size) {
    yield { from: begin, to: Math.min(to, (Math.floor(begin / size) + 1) * size) };
  }
}
