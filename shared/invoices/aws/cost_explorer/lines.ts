import type { Group, ResultByTime } from '@aws-sdk/client-cost-explorer';
import { type Instant, startOfMonth } from '../../../model/time.ts';
import type { InvoiceLine } from '../../line.ts';
import { type About, linesOf } from '../charge.ts';
import { instanceTypeOf, isSpot, regionOf, serviceOf } from '../usage_types.ts';

/** What a group is of: its type of charge, of use, and what else it is told apart by. */
export interface Told {
  type: string;
  usageType: string;
  resource?: string;
  tag?: { name: string; value: string };
}

/** A group whose charges a line can be made of. */
export interface Row extends Told {
  from: Instant;
  to: Instant;
  final: boolean;
  metrics: NonNullable<Group['Metrics']>;
}

/** The groups of an answer. `tell` reads the keys, in the order in which they were asked for. */
export function rowsOf(
  results: readonly ResultByTime[],
  tell: (keys: readonly string[]) => Told,
): Row[] {
  return results.flatMap(({ TimePeriod, Groups = [], Estimated }) => {
    const from = Date.parse(TimePeriod?.Start ?? '');
    const to = Date.parse(TimePeriod?.End ?? '');
    if (Number.isNaN(from) || Number.isNaN(to)) return [];
    return Groups.map(({ Keys = [], Metrics = {} }) => ({
      ...tell(Keys),
      from,
      to,
      final: Estimated === false,
      metrics: Metrics,
    }));
  });
}

/** Cost Explorer's names for what has none: `NoUsageType`, `NoResourceId`, or a tag without value. */
function known(name: string): string | undefined {
  return name === '' || /^No[A-Z]\w*/.test(name) ? undefined : name;
}

export function toLines(row: Row, accountNumber: string): InvoiceLine[] {
  const { metrics, from, to, final, tag } = row;
  const amount = (name: string) => metrics[name]?.Amount;
  const usageType = known(row.usageType) ?? '';
  const unblended = amount('UnblendedCost') ?? '0';
  const region = regionOf(usageType);
  const instanceType = instanceTypeOf(usageType);
  const resource = row.resource && known(row.resource);
  const quantity = Number(amount('UsageQuantity'));
  const unit = metrics.UsageQuantity?.Unit;
  const spot = isSpot(usageType);
  const about: About = {
    providerName: 'AWS',
    billingAccountId: accountNumber,
    subAccountId: accountNumber,
    billingCurrency: metrics.UnblendedCost?.Unit ?? 'USD',
    billingPeriodStart: startOfMonth(from),
    billingPeriodEnd: startOfMonth(from, 1),
    serviceName: serviceOf(usageType),
    ...(resource && { resourceId: resource }),
    ...(region && { regionId: region }),
    ...(usageType && { skuMeter: usageType }),
    ...(instanceType && { instanceType }),
    ...(tag?.value && { tags: { [tag.name]: tag.value } }),
    chargePeriodStart: from,
    chargePeriodEnd: to,
    ...(Number.isFinite(quantity) && quantity > 0 && { consumedQuantity: quantity }),
    ...(unit && unit !== 'N/A' && { consumedUnit: unit }),
    final,
  };
  // The unblended cost of machines on demand is their public price; that of spot is what it was.
  // By a tag, what plans cover and what takes it back are in one sum.
  const listed = row.type === 'Usage' && instanceType !== undefined && !spot && !tag;
  return linesOf({
    type: row.type,
    unblended,
    net: amount('NetUnblendedCost'),
    amortized: amount('NetAmortizedCost') ?? amount('AmortizedCost'),
    onDemand: listed || row.type === 'SavingsPlanCoveredUsage' ? unblended : undefined,
    commitment: undefined,
    spot,
    about,
  }).filter(says);
}

/** Much that is free is in the answer, too. */
function says({ billedCost, effectiveCost, consumedQuantity }: InvoiceLine): boolean {
  return Number(billedCost) !== 0 || Number(effectiveCost) !== 0 || (consumedQuantity ?? 0) > 0;
}
