import { IDLE } from '../model/charge.ts';
import { accountIn } from '../model/node.ts';
import { addSpreads, halfWidth, type Spread } from '../model/spread.ts';
import { HOUR, type Interval } from '../model/time.ts';
import type {
  Cost,
  Report,
  ReportKey,
  ReportRow,
  ReportSum,
  ReportWork,
} from '../protocol/report.ts';
import type { Page } from './pages.ts';
import { addWork, jobsOf } from './work.ts';

export interface ReportQuery extends Interval {
  by: ReportKey;
  everyones: boolean;
}

/** Adds the pages up by what is asked for. Every cost is in one row, so that the rows are the total. */
export async function reportOf(query: ReportQuery, pages: AsyncIterable<Page>): Promise<Report> {
  const sums = new Sums(query);
  for await (const page of pages) sums.add(page);
  return sums.report();
}

/** A report that is made page by page. */
export class Sums {
  readonly #query: ReportQuery;
  readonly #rows = new Map<string, ReportRow>();
  readonly #total: Report['total'] = nothing();
  readonly #spreads = new Map<ReportSum, Spread>();

  constructor(query: ReportQuery) {
    this.#query = query;
  }

  add(page: Page): void {
    const { by } = this.#query;
    for (const cost of page.costs) {
      const { key, ...named } = NAMES[by](cost, page);
      const row = this.#rows.get(key) ?? { key, ...named, ...nothing() };
      this.#rows.set(key, row);
      for (const sum of [row, this.#total]) {
        add(sum, cost);
        const spread = addSpreads([this.#spreads.get(sum), cost.spread]);
        if (spread) this.#spreads.set(sum, spread);
      }
    }
    for (const { jobId, cost } of jobsOf(page)) {
      setWork(this.#total, addWork(this.#total.work, jobId, page));
      const row = BY_WORK.has(by) && this.#rows.get(NAMES[by](cost, page).key);
      if (row) setWork(row, addWork(row.work, jobId, page));
    }
  }

  report(): Report {
    for (const [sum, spread] of this.#spreads) sum.marginMicros = halfWidth(spread);
    const { by, from, to, everyones } = this.#query;
    return {
      by,
      from,
      to,
      everyones,
      currency: 'USD',
      estimate: true,
      total: this.#total,
      rows: [...this.#rows.values()].sort(by === 'day' || by === 'hour' ? byKey : byMicros),
    };
  }
}

/** A job may run on several nodes and accounts: what it did is divided among none of them. */
const BY_WORK: ReadonlySet<ReportKey> = new Set<ReportKey>([
  'job',
  'owner',
  'project',
  'run',
  'day',
  'hour',
]);

function setWork(to: { work?: ReportWork | undefined }, work: ReportWork | undefined): void {
  if (work) to.work = work;
}

type Named = Pick<ReportRow, 'key' | 'name' | 'owner'>;

const NAMES: Readonly<Record<ReportKey, (cost: Cost, page: Page) => Named>> = {
  job: (cost, page) => {
    const owner = ownerOf(cost, page);
    const whose = owner !== undefined && { owner };
    if (cost.jobId !== IDLE) {
      return { key: cost.jobId, name: page.jobs[cost.jobId]?.name ?? cost.jobId, ...whose };
    }
    return { key: owner === undefined ? IDLE : `${IDLE}:${owner}`, name: 'idle', ...whose };
  },
  owner: (cost, page) => {
    const owner = ownerOf(cost, page);
    return { key: owner ?? '', name: owner ?? 'owner unknown' };
  },
  day: (_cost, page) => {
    const day = localDay(page.from);
    return { key: day, name: day };
  },
  hour: (_cost, page) => {
    const at = new Date(Math.floor(page.from / HOUR) * HOUR);
    const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
    // An hour that the clocks go through twice is two: by the key, and not by the name.
    return { key: at.toISOString(), name: `${localDay(at.getTime())} ${time}` };
  },
  account: ({ nodeId }, page) => {
    const account = page.nodes[nodeId]?.account ?? accountIn(nodeId);
    return { key: account, name: account };
  },
  node: ({ nodeId }, page) => {
    const node = page.nodes[nodeId];
    const whose = node?.owner !== undefined && { owner: node.owner };
    return { key: nodeId, name: node?.name ?? nodeId, ...whose };
  },
  provenance: ({ provenance }) => ({ key: provenance, name: provenance }),
  project: ({ jobId }, page) => {
    const project = page.jobs[jobId]?.project;
    if (jobId === IDLE) return { key: IDLE, name: 'idle' };
    return { key: project ?? '', name: project ?? 'no project' };
  },
  run: (cost, page) => {
    const run = page.jobs[cost.jobId]?.run;
    if (run === undefined) return NAMES.job(cost, page);
    const owner = ownerOf(cost, page);
    const whose = owner !== undefined && { owner };
    // Two people may give their runs one name.
    return { key: owner === undefined ? run : `${owner}/${run}`, name: run, ...whose };
  },
  cloud: ({ nodeId }, { nodes }) => {
    const { priceKey, source = nodeId.split(':')[0] ?? '' } = nodes[nodeId] ?? {};
    if (priceKey?.market === 'owned') return { key: 'owned', name: 'own machines' };
    const cloud = priceKey?.provider ?? source;
    return { key: cloud, name: cloud };
  },
};

/** What row of a report by `by` a cost belongs to. */
export function nameOf(by: ReportKey, cost: Cost, page: Page): Named {
  return NAMES[by](cost, page);
}

/** The job's owner; of what no job held, the node's. */
export function ownerOf({ jobId, nodeId }: Cost, { jobs, nodes }: Page): string | undefined {
  return jobId === IDLE ? nodes[nodeId]?.owner : jobs[jobId]?.owner;
}

function nothing(): ReportSum {
  return {
    micros: 0,
    byProvenance: { billed: 0, quoted: 0, calibrated: 0, list: 0 },
    uncertainMicros: 0,
    idleMicros: 0,
  };
}

function add(sum: ReportSum, { jobId, micros, provenance, uncertain }: Cost): void {
  sum.micros += micros;
  sum.byProvenance[provenance] += micros;
  if (uncertain) sum.uncertainMicros += micros;
  if (jobId === IDLE) sum.idleMicros += micros;
}

/** `2026-11-24`, in the time zone of this machine. */
export function localDay(at: number): string {
  const day = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

function byKey(a: ReportRow, b: ReportRow): number {
  return a.key < b.key ? -1 : 1;
}

function byMicros(a: ReportRow, b: ReportRow): number {
  return b.micros - a.micros || byKey(a, b);
}
