import type { ChargeCategory, InvoiceLine } from '../line.ts';
import type { Row } from './query.ts';
import { COLUMNS, type Column } from './sql.ts';

/** A row by its columns; a column without a value is undefined. */
export type Cells = Readonly<Partial<Record<Column, string>>>;

export function cellsOf(row: Row): Cells {
  return Object.fromEntries(
    COLUMNS.flatMap((column, index) => {
      const value = row[index];
      return value === null || value === undefined || value === '' ? [] : [[column, value]];
    }),
  );
}

/**
 * The lines of one row: what was charged, and apart what a promotion took off.
 *
 * Discounts are part of the price that was paid: for sustained use, of a contract, of a free tier.
 * So are commitments; what they themselves cost is on lines of their own (`Commitment v1: …`), and
 * spread over the use that they cover as its effective cost.
 */
export function linesOf(cells: Cells, final: boolean): InvoiceLine[] {
  const { currency = 'USD', billing_account = '', service = '', commitment } = cells;
  const start = Number(cells.period_start);
  const category = categoryOf(cells);
  const billed = cells.cost ?? '0';
  const rate = Number(cells.rate);
  const shared = {
    providerName: 'Google Cloud',
    billingAccountId: billing_account,
    ...(cells.project && { subAccountId: cells.project }),
    ...(cells.project_name && { subAccountName: cells.project_name }),
    billingCurrency: currency,
    billingPeriodStart: Number(cells.month_start),
    billingPeriodEnd: Number(cells.month_end),
    serviceName: service,
    ...resourceOf(cells),
    ...(cells.region && { regionId: cells.region }),
    ...(cells.zone && { availabilityZone: cells.zone }),
    ...(cells.sku && { skuId: cells.sku }),
    ...(cells.sku_name && { skuMeter: cells.sku_name, chargeDescription: cells.sku_name }),
    ...(cells.machine && { instanceType: cells.machine }),
    tags: labelsOf(cells.labels),
    chargePeriodStart: start,
    chargePeriodEnd: Number(cells.period_end),
    // How many of the billing currency a dollar was.
    ...(currency !== 'USD' && rate > 0 && { usdPerUnit: 1 / rate }),
    final,
  };
  const line: InvoiceLine = {
    ...shared,
    chargeCategory: category,
    ...(category === 'Purchase' && { chargeFrequency: 'Recurring' }),
    ...(category === 'Usage' &&
      commitment && {
        commitmentDiscountId: commitment,
        commitmentDiscountStatus: 'Used',
        commitmentDiscountType: 'Committed Use Discount',
      }),
    ...(category === 'Usage' && { pricingCategory: pricingOf(cells) }),
    ...(cells.pricing_unit && { pricingUnit: cells.pricing_unit }),
    ...(cells.unit && { consumedUnit: cells.unit }),
    billedCost: billed,
    effectiveCost: cells.effective ?? billed,
    ...(cells.list && { listCost: cells.list }),
    ...numberOf('consumedQuantity', cells.amount),
    ...numberOf('pricingQuantity', cells.pricing_amount),
  };
  const { promotions } = cells;
  if (!promotions || Number(promotions) === 0) return [line];
  return [
    line,
    {
      ...shared,
      chargeCategory: 'Credit',
      chargeDescription: `Promotional credit on ${cells.sku_name ?? service}`,
      billedCost: promotions,
      effectiveCost: promotions,
    },
  ];
}

/** https://cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/detailed-usage, cost_type */
function categoryOf({ cost_type: type, sku_name: name = '' }: Cells): ChargeCategory {
  if (type === 'tax') return 'Tax';
  if (type === 'adjustment' || type === 'rounding_error') return 'Adjustment';
  return /^commitment\b/i.test(name) ? 'Purchase' : 'Usage';
}

function pricingOf({ commitment, sku_name: name = '' }: Cells) {
  if (commitment) return 'Committed' as const;
  return /preemptible/i.test(name) ? ('Dynamic' as const) : ('Standard' as const);
}

/**
 * An instance's number is what the gcp source calls it:
 * `//compute.googleapis.com/projects/42/zones/us-central1-a/instances/4711`. All else by its whole name.
 */
function resourceOf({ resource, resource_name: name }: Cells): Partial<InvoiceLine> {
  const [, kind, number] = /\/(\w+)\/([^/]+)$/.exec(resource ?? '') ?? [];
  const machine = /^instances?$/.test(kind ?? '') && /^\d+$/.test(number ?? '');
  const id = machine ? number : (resource ?? name);
  return {
    ...(id && { resourceId: id }),
    ...(name && { resourceName: name }),
    ...(kind && { resourceType: kind }),
  };
}

function labelsOf(json: string | undefined): Record<string, string> {
  if (!json) return {};
  const labels = JSON.parse(json) as { key?: string | null; value?: string | null }[];
  return Object.fromEntries(labels.flatMap(({ key, value }) => (key ? [[key, value ?? '']] : [])));
}

function numberOf<Name extends string>(name: Name, text: string | undefined) {
  const value = text === undefined ? Number.NaN : Number(text);
  return (Number.isFinite(value) ? { [name]: value } : {}) as { [key in Name]?: number };
}
