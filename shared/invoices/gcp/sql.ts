import type { Query, Table } from './query.ts';

/** The columns that are read, in this order. */
export const COLUMNS = [
  'billing_account',
  'project',
  'project_name',
  'cost_type',
  'service',
  'sku',
  'sku_name',
  'region',
  'zone',
  'resource',
  'resource_name',
  'machine',
  'currency',
  'rate',
  'unit',
  'pricing_unit',
  'commitment',
  'labels',
  'period_start',
  'period_end',
  'month_start',
  'month_end',
  'earliest',
  'latest',
  'cost',
  'effective',
  'promotions',
  'list',
  'amount',
  'pricing_amount',
] as const;
export type Column = (typeof COLUMNS)[number];

/** Each partition of the table: when it was last added to, and how many rows it has by now. */
export function partitionsQuery(
  [project, dataset, table]: readonly string[],
  since: string,
): Query {
  return {
    sql: `SELECT partition_id, CAST(total_rows AS STRING), CAST(UNIX_MILLIS(last_modified_time) AS STRING)
FROM \`${project}.${dataset}.INFORMATION_SCHEMA.PARTITIONS\`
WHERE table_name = @table AND partition_id >= @since AND REGEXP_CONTAINS(partition_id, r'^[0-9]{8}$')
ORDER BY partition_id`,
    parameters: { table: table ?? '', since },
  };
}

/**
 * One partition of the detailed usage cost export, a row for each hour of each resource and SKU.
 * Amounts are added up as decimals: the export has them as binary fractions.
 * https://cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/detailed-usage
 */
export function linesQuery(
  name: readonly string[],
  { schema, timePartitioning }: Table,
  {
    partition,
    since,
    projects,
  }: { partition: string; since: number; projects?: readonly string[] },
): Query {
  const column = timePartitioning?.field ?? '_PARTITIONTIME';
  // The column came in 2024; a bill that was begun before may be without it.
  const hasList = schema.fields.some((field) => field.name === 'cost_at_list');
  const exact = (value: string) => `CAST(${value} AS BIGNUMERIC)`;
  const credits = (kind: string) =>
    `(SELECT SUM(${exact('c.amount')}) FROM UNNEST(credits) AS c WHERE IFNULL(c.type, '') ${kind})`;
  const values: Record<Exclude<Column, 'effective'>, string> = {
    billing_account: 'billing_account_id',
    project: 'project.id',
    project_name: 'project.name',
    cost_type: 'cost_type',
    service: 'service.description',
    sku: 'sku.id',
    sku_name: 'sku.description',
    region: 'location.region',
    zone: 'location.zone',
    resource: 'resource.global_name',
    resource_name: 'resource.name',
    machine:
      "(SELECT MAX(s.value) FROM UNNEST(system_labels) AS s WHERE s.key = 'compute.googleapis.com/machine_spec')",
    currency: 'currency',
    rate: 'currency_conversion_rate',
    unit: 'usage.unit',
    pricing_unit: 'usage.pricing_unit',
    commitment:
      "(SELECT MAX(c.name) FROM UNNEST(credits) AS c WHERE STARTS_WITH(c.type, 'COMMITTED_USAGE_DISCOUNT'))",
    labels: 'TO_JSON_STRING(labels)',
    period_start: 'UNIX_MILLIS(usage_start_time)',
    period_end: 'UNIX_MILLIS(usage_end_time)',
    month_start: monthFrom(0),
    month_end: monthFrom(1),
    cost: `${exact('cost')} + IFNULL(${credits("!= 'PROMOTION'")}, 0)`,
    promotions: credits("= 'PROMOTION'"),
    list: hasList ? exact('cost_at_list') : exact('NULL'),
    amount: 'usage.amount',
    pricing_amount: 'usage.amount_in_pricing_units',
    earliest: 'UNIX_MILLIS(usage_start_time)',
    latest: 'UNIX_MILLIS(usage_end_time)',
  };
  const columns = Object.keys(values) as (keyof typeof values)[];
  // Without names of their own, lest a group be taken for one of them.
  const outer = COLUMNS.map((name) => `CAST(${AGGREGATES[name] ?? name} AS STRING)`);
  const groups = COLUMNS.filter((name) => !AGGREGATES[name]);
  return {
    sql: `SELECT
  ${outer.join(',\n  ')}
FROM (
  SELECT *, ${EFFECTIVE} AS effective
  FROM (
    SELECT *,
      SUM(IF(is_fee, cost, 0)) OVER (PARTITION BY region, currency) AS fees,
      SUM(covered) OVER (PARTITION BY region, currency) AS all_covered
    FROM (
      SELECT
        ${columns.map((name) => `${values[name]} AS ${name}`).join(',\n        ')},
        STARTS_WITH(sku.description, 'Commitment') AS is_fee,
        IFNULL(-${credits("LIKE 'COMMITTED_USAGE_DISCOUNT%'")}, 0) AS covered
      FROM \`${name.join('.')}\`
      WHERE ${column} >= TIMESTAMP(PARSE_DATE('%Y%m%d', @partition))
        AND ${column} < TIMESTAMP(DATE_ADD(PARSE_DATE('%Y%m%d', @partition), INTERVAL 1 DAY))
        AND usage_start_time >= TIMESTAMP_MILLIS(CAST(@since AS INT64))
    )
  )${projects ? '\n  WHERE project IN UNNEST(@projects) OR project IS NULL' : ''}
)
GROUP BY ${groups.join(', ')}`,
    parameters: { partition, since: String(since), ...(projects && { projects }) },
  };
}

/**
 * What resource-based commitments cost, spread over the use that they cover: a region's fees take
 * the place of the credits, in proportion, as far as they go. What was not used stays with the fees.
 */
const EFFECTIVE = `IF(
    is_fee,
    cost * (1 - LEAST(1, IFNULL(SAFE_DIVIDE(all_covered, fees), 0))),
    cost + covered * LEAST(1, IFNULL(SAFE_DIVIDE(fees, all_covered), 0))
  )`;

/** All other columns are what a row is about. */
const AGGREGATES: Readonly<Partial<Record<Column, string>>> = {
  cost: 'SUM(cost)',
  effective: 'SUM(effective)',
  promotions: 'SUM(promotions)',
  list: 'SUM(list)',
  amount: 'SUM(amount)',
  pricing_amount: 'SUM(pricing_amount)',
  earliest: 'MIN(MIN(earliest)) OVER ()',
  latest: 'MAX(MAX(latest)) OVER ()',
};

/** A month of Google's bills begins at midnight on the Pacific coast. */
function monthFrom(months: number): string {
  return `UNIX_MILLIS(TIMESTAMP(DATE_ADD(PARSE_DATE('%Y%m', invoice.month), INTERVAL ${months} MONTH), 'America/Los_Angeles'))`;
}
