import type { Account } from '../../model/account.ts';
import { HOUR, MINUTE } from '../../model/time.ts';
import type { Discovery } from '../../sources/source.ts';
import { lazily } from '../lazily.ts';
import { defineReader } from '../reader.ts';
import { costOf } from './query.ts';
import { Settings } from './settings.ts';

/**
 * Google Cloud's bill, from the detailed usage cost export in BigQuery: an hour of a resource a
 * line. Google adds to it several times a day, some hours late; what has been added is read once.
 * https://cloud.google.com/billing/docs/how-to/export-data-bigquery
 */
export const gcpBigQuery = defineReader<Settings>({
  id: 'gcp-bigquery',
  title: 'Google Cloud billing export',
  source: 'gcp',
  precision: 9,
  cadence: { everyMs: 4 * HOUR, deadlineMs: 10 * MINUTE },
  // The least that a query costs; each notes what a dry run says of it.
  callMicros: costOf(0),
  dailyCeilingMicros: 500_000,
  settings: Settings,
  accounts: async (watched, _surroundings, { table }) => billOf(watched, table),
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});

/** One bill for all projects that are watched, with the credentials of the first. */
function billOf(watched: readonly Account[], table: string | undefined): Discovery {
  const [first] = watched;
  if (!table)
    return {
      accounts: [],
      looked: ['invoices.gcp-bigquery.table in burnrate.yaml: not set, so no bill is read'],
    };
  if (!first) return { accounts: [], looked: ['Google Cloud: no project is watched'] };
  const name = table
    .slice(table.lastIndexOf('.') + 1)
    .replace(/^gcp_billing_export_resource_v1_/, '');
  const account: Account = {
    id: `gcp:bill-${name}`,
    source: 'gcp',
    name: `bill ${name}`,
    foundIn: 'invoices.gcp-bigquery.table in burnrate.yaml',
    options: { ...first.options, projects: watched.map(({ options }) => options.project) },
  };
  return { accounts: [account], looked: [`invoices.gcp-bigquery.table: ${table}`] };
}
