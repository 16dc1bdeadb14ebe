/** The columns of CUR 2.0 that are read: https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html */
export const COLUMNS = [
  'bill_billing_period_start_date',
  'bill_billing_period_end_date',
  'bill_invoice_id',
  'bill_payer_account_id',
  'line_item_availability_zone',
  'line_item_currency_code',
  'line_item_line_item_description',
  'line_item_line_item_type',
  'line_item_net_unblended_cost',
  'line_item_product_code',
  'line_item_resource_id',
  'line_item_unblended_cost',
  'line_item_usage_account_id',
  'line_item_usage_account_name',
  'line_item_usage_amount',
  'line_item_usage_end_date',
  'line_item_usage_start_date',
  'line_item_usage_type',
  'pricing_public_on_demand_cost',
  'pricing_rate_code',
  'pricing_unit',
  'product_instance_type',
  'product_product_name',
  'product_region_code',
  'product_sku',
  'product',
  'reservation_effective_cost',
  'reservation_net_effective_cost',
  'reservation_net_unused_amortized_upfront_fee_for_billing_period',
  'reservation_net_unused_recurring_fee',
  'reservation_reservation_a_r_n',
  'reservation_unused_amortized_upfront_fee_for_billing_period',
  'reservation_unused_recurring_fee',
  'resource_tags',
  'savings_plan_net_savings_plan_effective_cost',
  'savings_plan_savings_plan_a_r_n',
  'savings_plan_savings_plan_effective_cost',
  'savings_plan_total_commitment_to_date',
  'savings_plan_used_commitment',
] as const;
export type Column = (typeof COLUMNS)[number];

/** Without these there is no line. */
export const REQUIRED: readonly Column[] = [
  'bill_payer_account_id',
  'line_item_line_item_type',
  'line_item_unblended_cost',
  'line_item_usage_start_date',
  'line_item_usage_end_date',
  'line_item_usage_type',
];

/** Names that the older report has in another way. */
const OLDER: Readonly<Record<string, Column>> = {
  product_region: 'product_region_code',
};

/** Where in a file each column is. The older report's `lineItem/UsageType` is read as well. */
export function placesOf(names: readonly string[]): Map<Column, number> {
  const known = new Set<string>(COLUMNS);
  const places = new Map<Column, number>();
  names.forEach((name, index) => {
    const today = snakeCase(name);
    const column = known.has(today) ? (today as Column) : OLDER[today];
    if (column && !places.has(column)) places.set(column, index);
  });
  return places;
}

/** The places of the older report's tags, each a column: `resourceTags/user:Owner`. */
export function tagPlacesOf(names: readonly string[]): Map<string, number> {
  return new Map(
    names.flatMap((name, index) => {
      const tag = /^resourceTags\/(?:user:)?(.+)$/.exec(name)?.[1];
      return tag ? [[tag, index] as const] : [];
    }),
  );
}

/** `savingsPlan/SavingsPlanARN` is `savings_plan_savings_plan_a_r_n`. */
function snakeCase(name: string): string {
  return name
    .replaceAll('/', '_')
    .replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z])/g, '_')
    .replace(/_+/g, '_')
    .toLowerCase();
}
