import { IDLE } from '../model/charge.ts';
import { projectOf } from '../model/project.ts';
import { addFigures, type Figure, NOTHING, Provenance } from '../model/rate.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { wasteSum } from '../model/waste.ts';
import type { ReportKey, ReportRow } from '../protocol/report.ts';
import type { TeamRow, TeamSums } from '../protocol/team_costs.ts';
import type { Page } from '../report/pages.ts';
import { nameOf } from '../report/sums.ts';

/** What a team's costs are told by. */
export type By = Extract<ReportKey, 'owner' | 'project'>;

/** Beyond so many nobody compares; the rest are one. */
const MOST_ROWS = 30;

interface Rated {
  name: string;
  figures: Figure[];
}

/** What each person or project costs now, under the same keys and names as in a report. */
export function ratesBy(by: By, { at, jobs, nodes }: Snapshot): Map<string, Rated> {
  const page: Page = {
    from: at,
    to: at,
    costs: [],
    nodes: Object.fromEntries(nodes.map((node) => [node.id, node])),
    jobs: Object.fromEntries(
      jobs.map((job) => {
        const project = projectOf(job);
        return [job.id, { ...job, ...(project !== undefined && { project }) }];
      }),
    ),
  };
  const rates = new Map<string, Rated>();
  const add = (jobId: string, nodeId: string, figure: Figure) => {
    if (figure.micros === 0 && figure.unpriced === 0) return;
    const { micros, uncertain, provenance = 'list' } = figure;
    const cost = { jobId, nodeId, from: at, to: at, micros, provenance, uncertain };
    const { key, name } = nameOf(by, cost, page);
    const rated = rates.get(key) ?? { name, figures: [] };
    rated.figures.push(figure);
    rates.set(key, rated);
  };
  for (const { id, rate } of jobs) add(id, '', rate);
  for (const { id, idle } of nodes) add(IDLE, id, idle);
  return rates;
}

/** Who has spent anything, or costs something now; the dearest first. */
export function rowsOf(spent: readonly ReportRow[], rates: ReadonlyMap<string, Rated>): TeamRow[] {
  const rows = new Map<string, TeamRow>();
  for (const [key, { name, figures }] of rates) {
    rows.set(key, { key, name, rate: addFigures(figures), spent: NOTHING, wastedMicros: 0 });
  }
  for (const row of spent) {
    const { key, name, work } = row;
    rows.set(key, {
      key,
      name,
      rate: rows.get(key)?.rate ?? NOTHING,
      spent: figureOf(row),
      wastedMicros: work ? wasteSum(work.waste) : 0,
    });
  }
  return [...rows.values()].sort(
    (a, b) => b.spent.micros - a.spent.micros || b.rate.micros - a.rate.micros,
  );
}

export function sumOf(rows: readonly TeamSums[]): TeamSums {
  return {
    rate: addFigures(rows.map(({ rate }) => rate)),
    spent: addFigures(rows.map(({ spent }) => spent)),
    wastedMicros: rows.reduce((sum, { wastedMicros }) => sum + wastedMicros, 0),
  };
}

/** At most so many rows; who comes after them is one, with what all of those cost. */
export function capped(rows: readonly TeamRow[]): TeamRow[] {
  const rest = rows.slice(MOST_ROWS);
  if (rest.length < 2) return [...rows];
  const others = { key: '+', name: `${rest.length} others`, ...sumOf(rest) };
  return [...rows.slice(0, MOST_ROWS), others];
}

/** A report's sum, with the weakest that it rests on. */
function figureOf({ micros, byProvenance, uncertainMicros }: ReportRow): Figure {
  const provenance = Provenance.options.findLast((one) => byProvenance[one] !== 0);
  return {
    micros,
    ...(provenance && { provenance }),
    uncertain: uncertainMicros > 0,
    unpriced: 0,
  };
}
