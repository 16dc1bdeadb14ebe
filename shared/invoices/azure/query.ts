import { DAY, type Interval, SECOND } from '../../model/time.ts';
import { SourceError } from '../../sources/source.ts';
import type { Costs, Page } from './costs.ts';

/** What is charged on a day, or what that is with commitments spread over their use. */
export type View = 'ActualCost' | 'AmortizedCost';

/** One row by the names of its columns; numbers as the text of them that Azure sent. */
export type Row = Readonly<Record<string, string>>;

const COMMON = [
  'ResourceId',
  'ResourceLocation',
  'MeterCategory',
  'Meter',
  'UnitOfMeasure',
  'ChargeType',
  'ReservationId',
];

/**
 * What is told apart, the most telling first. The API's reference speaks of two groupings at most;
 * Microsoft's own examples have eight, and kinds of agreement differ in the columns that they have.
 * What is refused is asked for again with fewer.
 * https://learn.microsoft.com/azure/cost-management-billing/costs/migrate-cost-management-api
 */
const GROUPS: readonly (readonly string[])[] = [
  [...COMMON, 'PricingModel'],
  COMMON,
  ['ResourceId', 'Meter'],
];

/** Two sums are allowed: the quantity comes with the one view, the dollars with the other. */
const SUMS: Readonly<Record<View, string>> = {
  ActualCost: 'UsageQuantity',
  AmortizedCost: 'CostUSD',
};

const MOST_PAGES = 200;

/** The rows of a subscription over some days. Rejects with a SourceError where any page fails. */
export class CostQuery {
  readonly #costs: Costs;
  readonly #scope: string;
  /** The place of `GROUPS` that is known not to be refused. */
  #tier = 0;

  constructor(costs: Costs, subscription: string) {
    this.#costs = costs;
    this.#scope = `subscriptions/${subscription}`;
  }

  async rows(days: Interval, signal: AbortSignal): Promise<Record<View, Row[]>> {
    for (;;) {
      const groups = GROUPS[this.#tier] ?? [];
      try {
        // Both by the same groups: rows of the one are to be found among those of the other.
        return {
          ActualCost: await this.#pages('ActualCost', groups, days, signal),
          AmortizedCost: await this.#pages('AmortizedCost', groups, days, signal),
        };
      } catch (error) {
        const refused = error instanceof SourceError && /status 400/.test(error.message);
        if (!refused || this.#tier === GROUPS.length - 1) throw error;
        this.#tier += 1;
      }
    }
  }

  async #pages(
    view: View,
    groups: readonly string[],
    { from, to }: Interval,
    signal: AbortSignal,
  ): Promise<Row[]> {
    const query = {
      type: view,
      timeframe: 'Custom',
      // Both ends are part of it, to the second.
      timePeriod: { from: new Date(from), to: new Date(to - SECOND) },
      dataset: {
        granularity: 'Daily',
        aggregation: Object.fromEntries(
          ['Cost', SUMS[view]].map((name) => [name, { name, function: 'Sum' }]),
        ),
        grouping: groups.map((name) => ({ type: 'Dimension', name })),
      },
    };
    const rows: Row[] = [];
    let next: string | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const page = await this.#costs.page(this.#scope, query, next, signal);
      rows.push(...rowsOf(page));
      next = page.next;
      if (!next) break;
    }
    return rows;
  }
}

function rowsOf({ columns, rows }: Page): Row[] {
  return rows.map((cells) =>
    Object.fromEntries(
      columns.flatMap(({ name }, index) => {
        const cell = cells[index];
        // A binary fraction's shortest text is the one that Azure made of it.
        return cell === null || cell === undefined || cell === '' ? [] : [[name, String(cell)]];
      }),
    ),
  );
}

/** `20261124`, as rows have it, as the instant at which that day began. */
export function dayOf(row: Row): number | undefined {
  const [, year, month, day] = /^(\d{4})-?(\d\d)-?(\d\d)/.exec(row.UsageDate ?? '') ?? [];
  const at = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  return Number.isNaN(at) ? undefined : Math.floor(at / DAY) * DAY;
}
