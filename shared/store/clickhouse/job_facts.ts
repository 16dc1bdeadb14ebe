import { DAY, type Interval, SECOND } from '../../model/time.ts';
import type { CostJob } from '../../protocol/report.ts';
import type { TeamServer } from './client.ts';

interface JobSeen {
  id: string;
  collector: string;
  name_: string;
  owner_: string;
  project_: string;
  run_: string;
  mine_: number;
}

/** What is known of the jobs that cost anything over an interval, and whose each is. */
export class JobFacts {
  readonly #seen: ReadonlyMap<string, readonly JobSeen[]>;

  constructor(rows: readonly JobSeen[]) {
    this.#seen = Map.groupBy(rows, ({ id }) => id);
  }

  static async read(server: TeamServer, { from, to }: Interval): Promise<JobFacts> {
    const begin = (Math.floor(from / DAY) * DAY) / SECOND;
    const end = (Math.ceil(to / DAY) * DAY) / SECOND;
    const newest = ['name', 'owner', 'project', 'run', 'mine'].map(
      (name) => `argMax(${name}, version) AS ${name}_`,
    );
    const rows = await server.select<JobSeen>(
      `SELECT id, collector, ${newest.join(', ')} FROM job
       WHERE id IN (SELECT arrayJoin(sum_job) FROM node_hour
         WHERE hour >= toDateTime(${begin}) AND hour < toDateTime(${end}))
       GROUP BY id, collector ORDER BY id, collector`,
    );
    return new JobFacts(rows);
  }

  isMine(collector: string, jobId: string): boolean {
    return (
      this.#seen
        .get(jobId)
        ?.some((row) => row.collector === collector && Number(row.mine_) === 1) ?? false
    );
  }

  /** Whoever's it is knows it best, then who knows whose it is. */
  get(jobId: string): CostJob | undefined {
    const [best] = (this.#seen.get(jobId) ?? []).toSorted(
      (a, b) =>
        Number(b.mine_) - Number(a.mine_) || Number(b.owner_ !== '') - Number(a.owner_ !== ''),
    );
    if (!best) return undefined;
    return {
      name: best.name_,
      run: best.run_,
      ...(best.owner_ !== '' && { owner: best.owner_ }),
      ...(best.project_ !== '' && { project: best.project_ }),
    };
  }

  /** Of several who tell of a job's work: its owner's collector, else who tells of the most. */
  teller(
    jobId: string,
    told: readonly { collector: string; weight: number }[],
  ): string | undefined {
    const [best] = told.toSorted(
      (a, b) =>
        Number(this.isMine(b.collector, jobId)) - Number(this.isMine(a.collector, jobId)) ||
        b.weight - a.weight ||
        (a.collector < b.collector ? -1 : 1),
    );
    return best?.collector;
  }
}
