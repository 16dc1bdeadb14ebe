/** A row of CUR 2.0: an hour of a p4d on demand. */
export type Row = Record<string, string>;
export const row = (more: Row = {}): Row => ({
  bill_invoice_id: '',
  bill_payer_account_id: '999999999999',
  line_item_usage_account_id: '123456789012',
  line_item_line_item_type: 'Usage',
  line_item_product_code: 'AmazonEC2',
  line_item_usage_type: 'USW2-BoxUsage:p4d.24xlarge',
  line_item_resource_id: 'i-0abc',
  line_item_usage_start_date: '2026-11-24T10:00:00.000Z',
  line_item_usage_end_date: '2026-11-24T11:00:00.000Z',
  line_item_usage_amount: '1.0',
  line_item_unblended_cost: '32.7726000000',
  line_item_currency_code: 'USD',
  line_item_availability_zone: 'us-west-2a',
  pricing_public_on_demand_cost: '32.7726000000',
  pricing_unit: 'Hrs',
  product_region_code: 'us-west-2',
  product_instance_type: 'p4d.24xlarge',
  resource_tags: '{"user_owner":"ada"}',
  savings_plan_savings_plan_effective_cost: '',
  savings_plan_savings_plan_a_r_n: '',
  savings_plan_total_commitment_to_date: '',
  savings_plan_used_commitment: '',
  reservation_reservation_a_r_n: '',
  reservation_effective_cost: '',
  ...more,
});

export function csv(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const quoted = (text = '') => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [names.join(','), ...rows.map((one) => names.map((name) => quoted(one[name])).join(','))]
    .join('\n')
    .concat('\n');
}
