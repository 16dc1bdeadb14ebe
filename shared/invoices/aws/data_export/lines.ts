import type { Interval } from '../../../model/time.ts';
import { type Amount, addAmounts, decimalOf, parseAmount } from '../../amount.ts';
import { instantOf, numberOf, tagsOf, textOf } from '../../focus/cells.ts';
import type { Decimal, InvoiceLine } from '../../line.ts';
import type { Cell } from '../../table/table.ts';
import { type About, linesOf } from '../charge.ts';
import { instanceTypeOf, isSpot, serviceOf } from '../usage_types.ts';
import type { Column } from './columns.ts';

/** A row of an export, by its columns. */
export interface ExportRow {
  cell(column: Column): Cell;
  /** Tags that have columns of their own. */
  tags: Readonly<Record<string, string>>;
}

/** A row that cannot be understood: the column, and why. */
export class ExportFault extends Error {
  override name = 'ExportFault';
}

/** The lines of a row. Throws an ExportFault. */
export function toLines(row: ExportRow, span: Interval, closed: boolean): InvoiceLine[] {
  const text = (column: Column) => textOf(row.cell(column));
  const must = (column: Column): string => {
    const value = text(column);
    if (value === undefined) throw new ExportFault(`${column} is empty`);
    return value;
  };
  const amount = (column: Column): Decimal | undefined => {
    const value = text(column);
    if (value !== undefined && !parseAmount(value))
      throw new ExportFault(`${column} is “${value.slice(0, 40)}”, which is no amount`);
    return value;
  };
  const instant = (column: Column): number => {
    const at = instantOf(row.cell(column));
    if (at === undefined) throw new ExportFault(`${column} is “${text(column) ?? ''}”, no time`);
    return at;
  };

  const type = must('line_item_line_item_type');
  const usageType = text('line_item_usage_type') ?? '';
  const unblended = amount('line_item_unblended_cost') ?? '0';
  const product = tagsOf(row.cell('product')) ?? {};
  const spot = isSpot(usageType);
  const instanceType =
    instanceTypeOf(usageType) ?? machineIn(text('product_instance_type'), usageType);
  const invoice = text('bill_invoice_id');
  const reservation = text('reservation_reservation_a_r_n');
  const period = within(
    instant('line_item_usage_start_date'),
    instant('line_item_usage_end_date'),
    span,
  );
  const about: About = {
    providerName: 'AWS',
    billingAccountId: must('bill_payer_account_id'),
    ...present('subAccountId', text('line_item_usage_account_id')),
    ...present('subAccountName', text('line_item_usage_account_name')),
    billingCurrency: text('line_item_currency_code') ?? 'USD',
    billingPeriodStart: span.from,
    billingPeriodEnd: span.to,
    ...present('chargeDescription', text('line_item_line_item_description')),
    serviceName:
      text('product_product_name') ??
      product.product_name ??
      serviceNamed(text('line_item_product_code'), usageType),
    ...present('resourceId', text('line_item_resource_id')),
    ...present('regionId', text('product_region_code') ?? product.region),
    ...present('availabilityZone', text('line_item_availability_zone')),
    ...present('skuId', text('product_sku')),
    ...present('skuPriceId', text('pricing_rate_code')),
    ...present('skuMeter', usageType || undefined),
    ...present('instanceType', instanceType),
    ...present('consumedUnit', text('pricing_unit')),
    ...present('consumedQuantity', numberOf(row.cell('line_item_usage_amount'))),
    ...present('tags', allTags(row)),
    ...period,
    final: invoice !== undefined || closed,
  };
  return linesOf({
    type,
    unblended,
    net: amount('line_item_net_unblended_cost'),
    amortized: amortizedOf(type, reservation !== undefined, amount),
    onDemand: amount('pricing_public_on_demand_cost'),
    commitment: text('savings_plan_savings_plan_a_r_n') ?? reservation,
    spot,
    about,
  });
}

/**
 * The amortized cost, as AWS computes it of these columns, net where there are net ones; undefined
 * where it is what is charged.
 * https://docs.aws.amazon.com/cur/latest/userguide/amortized-reservation.html
 * https://docs.aws.amazon.com/cur/latest/userguide/cur-sp.html
 */
function amortizedOf(
  type: string,
  reserved: boolean,
  amount: (column: Column) => Decimal | undefined,
): Decimal | undefined {
  const first = (...columns: Column[]) => columns.map(amount).find((value) => value !== undefined);
  switch (type) {
    case 'SavingsPlanCoveredUsage':
      return first(
        'savings_plan_net_savings_plan_effective_cost',
        'savings_plan_savings_plan_effective_cost',
      );
    case 'DiscountedUsage':
      return first('reservation_net_effective_cost', 'reservation_effective_cost');
    case 'SavingsPlanRecurringFee':
      return sum([
        amount('savings_plan_total_commitment_to_date'),
        negated(amount('savings_plan_used_commitment')),
      ]);
    case 'RIFee':
      return sum([
        first(
          'reservation_net_unused_amortized_upfront_fee_for_billing_period',
          'reservation_unused_amortized_upfront_fee_for_billing_period',
        ),
        first('reservation_net_unused_recurring_fee', 'reservation_unused_recurring_fee'),
      ]);
    case 'SavingsPlanUpfrontFee':
      return '0';
    case 'Fee':
      // What was paid ahead for a reservation is spread over its use.
      return reserved ? '0' : undefined;
    default:
      return undefined;
  }
}

function negated(amount: Decimal | undefined): Decimal | undefined {
  if (amount === undefined) return undefined;
  return amount.startsWith('-') ? amount.slice(1) : `-${amount.replace(/^\+/, '')}`;
}

function sum(amounts: readonly (Decimal | undefined)[]): Decimal {
  const nothing: Amount = { micros: 0, fine: 0 };
  return decimalOf(
    amounts.reduce((all, one) => addAmounts(all, parseAmount(one ?? '0') ?? nothing), nothing),
  );
}

/** A fee may be dated outside of the month on whose bill it is: it is a charge of that month. */
function within(start: number, end: number, { from, to }: Interval) {
  const chargePeriodStart = Math.min(Math.max(start, from), to - 1);
  return { chargePeriodStart, chargePeriodEnd: Math.max(end, chargePeriodStart + 1) };
}

/** `ml.p4d.24xlarge-Training` */
function machineIn(type: string | undefined, usageType: string): string | undefined {
  if (!type || !/Usage|Train|Host/.test(usageType)) return undefined;
  return type.replace(/-(Training|Hosting|Notebook|Processing)$/, '');
}

const SERVICES: Readonly<Record<string, string>> = {
  AmazonEC2: 'Amazon Elastic Compute Cloud',
  AmazonSageMaker: 'Amazon SageMaker',
  AmazonS3: 'Amazon Simple Storage Service',
};

function serviceNamed(code: string | undefined, usageType: string): string {
  return code === undefined ? serviceOf(usageType) : (SERVICES[code] ?? code);
}

/** CUR 2.0 has `user_owner` for the tag `owner`. */
function allTags(row: ExportRow): Record<string, string> | undefined {
  const map = tagsOf(row.cell('resource_tags')) ?? {};
  const tags = {
    ...Object.fromEntries(
      Object.entries(map).map(([name, value]) => [name.replace(/^user[_:]/, ''), value]),
    ),
    ...row.tags,
  };
  return Object.keys(tags).length > 0 ? tags : undefined;
}

function present<Name extends string, Value>(name: Name, value: Value | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { [key in Name]?: Value };
}
