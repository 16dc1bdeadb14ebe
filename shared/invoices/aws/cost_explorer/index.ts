import { HOUR, MINUTE } from '../../../model/time.ts';
import { lazily } from '../../lazily.ts';
import { defineReader } from '../../reader.ts';
import { billsOf } from '../bill_accounts.ts';
import { Settings } from './settings.ts';

/**
 * An AWS account's bill by Cost Explorer: days by type of charge and use, and the last 14 days by
 * the instance where that is switched on. It lags by a day or so, and each request costs $0.01.
 * https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
 */
export const awsCostExplorer = defineReader<Settings>({
  id: 'aws-cost-explorer',
  title: 'AWS Cost Explorer',
  source: 'aws',
  precision: 4,
  // Cost Explorer itself is brought up to date three times a day at most.
  cadence: { everyMs: 12 * HOUR, deadlineMs: 10 * MINUTE },
  callMicros: 10_000,
  dailyCeilingMicros: 250_000,
  settings: Settings,
  accounts: async (watched, _surroundings, { enabled }) => {
    if (!enabled)
      return {
        accounts: [],
        looked: ['invoices.aws-cost-explorer.enabled in burnrate.yaml: false'],
      };
    const accounts = billsOf(watched);
    return {
      accounts,
      looked: accounts.length > 0 ? [] : ['AWS: no account is watched, so no bill is read'],
    };
  },
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});
