import type { Account } from '../../../model/account.ts';
import { HOUR, MINUTE } from '../../../model/time.ts';
import type { Discovery } from '../../../sources/source.ts';
import { lazily } from '../../lazily.ts';
import { defineReader } from '../../reader.ts';
import { Settings } from './settings.ts';

/**
 * AWS Data Exports, CUR 2.0 or the older cost and usage report: an hour of a resource a line. AWS
 * delivers it anew as a whole some times a day, and for two weeks after the month.
 * https://docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html
 */
export const awsDataExport = defineReader<Settings>({
  id: 'aws-data-export',
  title: 'AWS Data Exports',
  source: 'aws',
  precision: 9,
  cadence: { everyMs: 4 * HOUR, deadlineMs: 10 * MINUTE },
  // Requests to S3 are some $0.0000004 each.
  callMicros: 0,
  dailyCeilingMicros: 0,
  settings: Settings,
  accounts: async (watched, _surroundings, settings) => billOf(watched, settings),
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});

function billOf(watched: readonly Account[], { path, profile }: Settings): Discovery {
  if (!path)
    return {
      accounts: [],
      looked: ['invoices.aws-data-export.path in burnrate.yaml: not set, so none is read'],
    };
  const chosen = profile ? watched.find(({ options }) => options.profile === profile) : watched[0];
  if (!chosen && path.startsWith('s3://'))
    return {
      accounts: [],
      looked: [
        profile
          ? `invoices.aws-data-export.profile in burnrate.yaml: ${profile} is not watched`
          : 'AWS: no account is watched by which the export could be read',
      ],
    };
  const name =
    path
      .replace(/[\\/]+$/, '')
      .split(/[\\/]/)
      .at(-1) ?? path;
  const numbers = watched.flatMap(({ options }) =>
    typeof options.accountNumber === 'string' ? options.accountNumber : [],
  );
  const account: Account = {
    id: `aws:export-${name}`,
    source: 'aws',
    name: `export ${name}`,
    foundIn: 'invoices.aws-data-export.path in burnrate.yaml',
    options: { origin: 'environment', ...chosen?.options, accountNumbers: numbers },
  };
  return { accounts: [account], looked: [`invoices.aws-data-export.path: ${path}`] };
}
