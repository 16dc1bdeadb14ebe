import { setImmediate as turn } from 'node:timers/promises';
import type { Snapshot } from '../model/snapshot.ts';
import {
  type Clock,
  DAY,
  type Instant,
  type Interval,
  MINUTE,
  startOfLocalDay,
  startOfLocalMonth,
} from '../model/time.ts';
import type { CostPage, ReportRow } from '../protocol/report.ts';
import type { TeamCosts as Costs, TeamSpan } from '../protocol/team_costs.ts';
import { Sums } from '../report/sums.ts';
import type { TeamReader } from '../store/clickhouse/reader.ts';
import type { Store } from '../store/store.ts';
import { type By, capped, ratesBy, rowsOf, sumOf } from './team_rows.ts';

/** Where a team's sums are read. */
export interface TeamLedger {
  of: Costs['of'];
  /** So much time is asked for at once: a ledger holds the collector up while it answers. */
  pieceMs: number;
  costs: (interval: Interval) => CostPage | Promise<CostPage>;
}

/** Of what this collector's ledger says of everyone: what was spent, and what of it did no work. */
export function ledgerOf(store: Pick<Store, 'costs' | 'wasteSums'>): TeamLedger {
  return {
    of: 'ledger',
    pieceMs: DAY,
    costs: (interval) => ({
      ...store.costs({ ...interval, everyones: true }),
      work: Object.fromEntries(
        [...store.wasteSums(interval)].map(([jobId, waste]) => [jobId, { waste }]),
      ),
    }),
  };
}

/** The same of all collectors that tell the store. */
export function storeOf(reader: Pick<TeamReader, 'costs'>): TeamLedger {
  return { of: 'store', pieceMs: 7 * DAY, costs: (interval) => reader.costs(interval) };
}

export interface TeamCostsOptions {
  clock: Pick<Clock, 'now'>;
  /** The team's store where there is one, else this collector's own ledger. */
  ledger: () => Promise<TeamLedger>;
  snapshot: () => Snapshot;
}

interface Spent extends Interval {
  of: Costs['of'];
  rows: Record<By, readonly ReportRow[]>;
}

/** A month's sums hold this long: a whole team may look at once. */
const FRESH_MS = MINUTE;

/** What people and projects cost: their rates as they are now, their sums as of a minute ago at most. */
export class TeamCosts {
  readonly #options: TeamCostsOptions;
  readonly #kept = new Map<TeamSpan, { at: Instant; spent: Promise<Spent> }>();

  constructor(options: TeamCostsOptions) {
    this.#options = options;
  }

  /** Rejects, in words for people, where the team's store cannot be read. */
  async over(span: TeamSpan): Promise<Costs> {
    const { rows, ...about } = await this.#spent(span);
    const snapshot = this.#options.snapshot();
    const by = (key: By) => rowsOf(rows[key], ratesBy(key, snapshot));
    const owners = by('owner');
    return {
      ...about,
      total: sumOf(owners),
      owners: capped(owners),
      projects: capped(by('project')),
    };
  }

  #spent(span: TeamSpan): Promise<Spent> {
    const { clock, ledger } = this.#options;
    const now = clock.now();
    const kept = this.#kept.get(span);
    if (kept && now - kept.at < FRESH_MS) return kept.spent;
    const from = span === 'month' ? startOfLocalMonth(now) : startOfLocalDay(now - 30 * DAY);
    const spent = ledger().then((one) => spentOver(one, { from, to: now }));
    this.#kept.set(span, { at: now, spent });
    // What failed is tried again by whoever asks next.
    spent.catch(() => this.#kept.delete(span));
    return spent;
  }
}

/** Piece by piece, so that ticks go on meanwhile. */
async function spentOver({ of, pieceMs, costs }: TeamLedger, span: Interval): Promise<Spent> {
  const owners = new Sums({ ...span, by: 'owner', everyones: true });
  const projects = new Sums({ ...span, by: 'project', everyones: true });
  for (let from = span.from; from < span.to; from += pieceMs) {
    const piece = { from, to: Math.min(span.to, from + pieceMs) };
    const page = { ...piece, ...(await costs(piece)) };
    for (const sums of [owners, projects]) sums.add(page);
    await turn();
  }
  return { ...span, of, rows: { owner: owners.report().rows, project: projects.report().rows } };
}
