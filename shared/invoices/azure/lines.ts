import { DAY, startOfMonth } from '../../model/time.ts';
import { partsOf } from '../../sources/azure/account.ts';
import type { ChargeCategory, InvoiceLine } from '../line.ts';
import { dayOf, type Row, type View } from './query.ts';
import { regionOf } from './regions.ts';

/** The sums of one thing on one day, as each view has them. */
interface Both {
  row: Row;
  views: Partial<Record<View, Row>>;
}

/**
 * The lines of one day: what is charged on the invoice from the one view, what use costs with
 * commitments spread over it from the other. A reservation that is bought shows in the first alone,
 * what it covers in the second.
 */
export function linesOf(
  rows: Readonly<Record<View, readonly Row[]>>,
  subscription: string,
  final: boolean,
): InvoiceLine[] {
  const merged = new Map<string, Both>();
  for (const view of ['ActualCost', 'AmortizedCost'] as const)
    for (const row of rows[view]) {
      const { Cost, CostUSD, UsageQuantity, ...item } = row;
      const key = JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
      const both = merged.get(key) ?? { row, views: {} };
      both.views[view] = row;
      merged.set(key, both);
    }
  return [...merged.values()].flatMap((both) => lineOf(both, subscription, final) ?? []);
}

function lineOf(
  { row, views }: Both,
  subscription: string,
  final: boolean,
): InvoiceLine | undefined {
  const from = dayOf(row);
  if (from === undefined) return undefined;
  const { ActualCost: actual, AmortizedCost: amortized } = views;
  const { Meter: meter, MeterCategory: category, UnitOfMeasure: unit, Currency = 'USD' } = row;
  const size = sizeOf(meter, category);
  const cost = Number(amortized?.Cost);
  const usd = Number(amortized?.CostUSD);
  const quantity = Number(actual?.UsageQuantity);
  return {
    providerName: 'Microsoft',
    // Of the account above the subscription, this API says nothing.
    billingAccountId: `/subscriptions/${subscription}`,
    subAccountId: `/subscriptions/${subscription}`,
    billingCurrency: Currency,
    billingPeriodStart: startOfMonth(from),
    billingPeriodEnd: startOfMonth(from, 1),
    ...chargeOf(row.ChargeType),
    serviceName: category ?? providerOf(row.ResourceId) ?? 'Azure',
    ...resourceOf(row.ResourceId, size.instanceType !== undefined),
    ...(row.ResourceLocation && { regionId: regionOf(row.ResourceLocation) }),
    ...(meter && { skuMeter: meter, chargeDescription: meter }),
    ...size,
    ...commitmentOf(row),
    ...(unit && { pricingUnit: unit, consumedUnit: /hour/i.test(unit) ? 'Hours' : unit }),
    chargePeriodStart: from,
    chargePeriodEnd: from + DAY,
    billedCost: actual?.Cost ?? '0',
    effectiveCost: amortized?.Cost ?? '0',
    ...(Number.isFinite(quantity) && { consumedQuantity: quantity }),
    ...(Currency !== 'USD' && cost > 0 && usd > 0 && { usdPerUnit: usd / cost }),
    final,
  };
}

/** https://learn.microsoft.com/azure/cost-management-billing/automate/understand-usage-details-fields, ChargeType */
function chargeOf(
  type = 'Usage',
): Pick<InvoiceLine, 'chargeCategory' | 'commitmentDiscountStatus'> {
  if (/^Unused/i.test(type)) return { chargeCategory: 'Usage', commitmentDiscountStatus: 'Unused' };
  const category: Readonly<Record<string, ChargeCategory>> = {
    usage: 'Usage',
    purchase: 'Purchase',
    tax: 'Tax',
    refund: 'Adjustment',
    adjustment: 'Adjustment',
    roundingadjustment: 'Adjustment',
    creditadjustment: 'Credit',
  };
  return { chargeCategory: category[type.toLowerCase()] ?? 'Adjustment' };
}

function commitmentOf({
  PricingModel,
  ReservationId,
  ChargeType = 'Usage',
  Meter,
}: Row): Partial<InvoiceLine> {
  const model = PricingModel?.toLowerCase() ?? (ReservationId && 'reservation');
  if (model === 'reservation' || model === 'savingsplan')
    return {
      pricingCategory: 'Committed',
      commitmentDiscountType: model === 'reservation' ? 'Reservation' : 'Savings Plan',
      ...(ReservationId && { commitmentDiscountId: ReservationId }),
      ...(ChargeType === 'Usage' && { commitmentDiscountStatus: 'Used' as const }),
    };
  if (model === 'spot' || /(Spot|Low Priority)$/.test(Meter ?? ''))
    return { pricingCategory: 'Dynamic' };
  return model === 'ondemand' ? { pricingCategory: 'Standard' } : {};
}

/**
 * What is charged for by the id that its nodes have: a machine, a scale set, a cluster of Azure ML.
 * Where the machines of a whole workspace are charged to it, that is only named, so that its lines
 * are for whichever machines of their size ran.
 */
function resourceOf(id: string | undefined, isMachine: boolean): Partial<InvoiceLine> {
  if (!id) return {};
  const resourceId = id.toLowerCase();
  const resourceType = resourceId.split('/providers/').at(-1)?.split('/').slice(0, -1);
  const { name } = partsOf(resourceId);
  const told = { resourceName: name, ...(resourceType && { resourceType: typeOf(resourceType) }) };
  const isWorkspace = /machinelearningservices\/workspaces\/[^/]+$/.test(resourceId);
  return isMachine && isWorkspace ? told : { resourceId, ...told };
}

/** `microsoft.compute/virtualmachines`, without the names between the types. */
function typeOf([provider = '', ...path]: readonly string[]): string {
  return [provider, ...path.filter((_, index) => index % 2 === 0)].join('/');
}

function providerOf(id: string | undefined): string | undefined {
  return /\/providers\/([^/]+)/i.exec(id ?? '')?.[1];
}

/** Meters of machines are called by their size: `NC24ads A100 v4 Spot`; some by two at once. */
function sizeOf(meter = '', category = ''): Pick<InvoiceLine, 'instanceType'> {
  if (!/virtual machines/i.test(category) || meter.includes('/')) return {};
  const size = meter.replace(/ (Spot|Low Priority)$/, '');
  if (!/^[A-Z]{1,3}\d+[a-z-\d]*( [A-Za-z]*\d*)*$/.test(size)) return {};
  return { instanceType: `Standard_${size.replaceAll(' ', '_')}` };
}
