import type { Account } from '../../model/account.ts';
import { HOUR, MINUTE } from '../../model/time.ts';
import type { Discovery } from '../../sources/source.ts';
import { lazily } from '../lazily.ts';
import { defineReader } from '../reader.ts';
import { Settings } from './settings.ts';

/**
 * Azure's bill by the Query API of Cost Management: a day of a resource's meter a line. Azure brings
 * it up to date every four hours or so, and asks not to be queried more often than that.
 * https://learn.microsoft.com/azure/cost-management-billing/costs/understand-cost-mgt-data
 */
export const azureCostManagement = defineReader<Settings>({
  id: 'azure-cost-management',
  title: 'Azure Cost Management',
  source: 'azure',
  precision: 6,
  cadence: { everyMs: 6 * HOUR, deadlineMs: 10 * MINUTE },
  // Queries are free; they are counted and throttled instead.
  callMicros: 0,
  dailyCeilingMicros: 0,
  settings: Settings,
  accounts: async (watched, _surroundings, { enabled }) => billsOf(watched, enabled),
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});

/** Each subscription's bill once, whoever signs in to it. */
function billsOf(watched: readonly Account[], enabled: boolean): Discovery {
  if (!enabled) return { accounts: [], looked: ['invoices.azure-cost-management.enabled: off'] };
  const bills = new Map(
    watched.toReversed().map((account) => [account.options.subscription ?? account.id, account]),
  );
  return {
    accounts: [...bills.values()].reverse(),
    looked: watched.length === 0 ? ['Azure: no subscription is watched'] : [],
  };
}
