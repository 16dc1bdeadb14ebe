import { SUBSCRIPTION } from '../../sources/azure/resources.ts';
import { type Ask, type Handler, json, type Reply } from '../../sources/service.ts';

/** What one thing cost on one day, in both views. */
export interface Cost {
  day: string;
  actual?: number;
  amortized?: number;
  usd?: number;
  quantity?: number;
  currency?: string;
  /** Of the columns that are grouped by; the others are as here. */
  of?: Record<string, string>;
}

const MACHINE = {
  ResourceId: `/subscriptions/${SUBSCRIPTION}/resourcegroups/ml-rg/providers/microsoft.compute/virtualmachines/a100`,
  ResourceLocation: 'US East',
  MeterCategory: 'Virtual Machines',
  Meter: 'NC24ads A100 v4',
  UnitOfMeasure: '1 Hour',
  ChargeType: 'Usage',
  PricingModel: 'OnDemand',
};

interface Query {
  type: 'ActualCost' | 'AmortizedCost';
  timePeriod: { from: string; to: string };
  dataset: { aggregation: Record<string, unknown>; grouping: { name: string }[] };
}

export interface CostsOptions {
  token: string;
  costs: Cost[];
  /** Rows a page. */
  page?: number;
  /** What Azure allows; the documentation says two. */
  mostGroups?: number;
}

/**
 * The Query API: the sums first, then the day, the groups, and the currency.
 * https://learn.microsoft.com/rest/api/cost-management/query/usage
 */
export function costsOf({ token, costs, page = 1000, mostGroups = 15 }: CostsOptions): Handler {
  return (ask: Ask): Reply => {
    if (ask.authorization !== `Bearer ${token}`)
      return json({ error: { code: '401', message: 'Unauthorized' } }, 401);
    const path = `POST /subscriptions/${SUBSCRIPTION}/providers/Microsoft.CostManagement/query`;
    if (ask.call !== path) return json({ error: { code: '404', message: ask.call } }, 404);
    if (!ask.query.has('api-version'))
      return json({ error: { code: 'MissingApiVersionParameter', message: '' } }, 400);
    const { type, timePeriod, dataset } = ask.body as Query;
    const groups = dataset.grouping.map(({ name }) => name);
    if (groups.length > mostGroups)
      return json({ error: { code: 'BadRequest', message: 'too many groupings' } }, 400);
    const sums = Object.keys(dataset.aggregation);
    const rows = costs
      .filter(({ day }) => day >= timePeriod.from.slice(0, 10) && day <= timePeriod.to.slice(0, 10))
      .flatMap((cost) => {
        const amount = type === 'ActualCost' ? cost.actual : cost.amortized;
        if (amount === undefined) return [];
        const values: Record<string, unknown> = {
          Cost: amount,
          CostUSD: cost.usd ?? amount,
          UsageQuantity: cost.quantity ?? 24,
        };
        const of: Record<string, string> = { ...MACHINE, ...cost.of };
        const day = Number(cost.day.replaceAll('-', ''));
        return [
          [
            ...sums.map((sum) => values[sum]),
            day,
            ...groups.map((name) => of[name] ?? ''),
            cost.currency ?? 'USD',
          ],
        ];
      });
    const from = Number(ask.query.get('$skiptoken') ?? 0);
    const next = `https://management.azure.com${path.slice(5)}?api-version=2023-11-01&$skiptoken=${from + page}`;
    return json({
      id: `subscriptions/${SUBSCRIPTION}/providers/Microsoft.CostManagement/query/55312978`,
      type: 'Microsoft.CostManagement/query',
      properties: {
        nextLink: from + page < rows.length ? next : null,
        columns: [...sums, 'UsageDate', ...groups, 'Currency'].map((name) => ({
          name,
          type: 'String',
        })),
        rows: rows.slice(from, from + page),
      },
    });
  };
}
