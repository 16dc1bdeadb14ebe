import type { Account } from '../../../model/account.ts';
import { HOUR, MINUTE } from '../../../model/time.ts';
import type { Discovery } from '../../../sources/source.ts';
import { lazily } from '../../lazily.ts';
import { defineReader } from '../../reader.ts';
import { Settings } from './settings.ts';

/**
 * Azure's own exports of its bill in FOCUS, which it delivers once a day, each month anew as a whole.
 * They tell more than its API: list prices, contracts, and who is billed.
 * https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-improved-exports
 */
export const azureExports = defineReader<Settings>({
  id: 'azure-exports',
  title: 'Azure Cost Management exports',
  source: 'azure',
  precision: 7,
  cadence: { everyMs: 4 * HOUR, deadlineMs: 10 * MINUTE },
  // A thousand requests to storage are some $0.005; a reading is ten.
  callMicros: 0,
  dailyCeilingMicros: 0,
  settings: Settings,
  accounts: async (watched, _surroundings, { place }) => exportOf(watched, place),
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});

/** One export for all subscriptions that it is about, signed in to as the first that is watched. */
function exportOf(watched: readonly Account[], place: string | undefined): Discovery {
  if (!place)
    return { accounts: [], looked: ['invoices.azure-exports.place in burnrate.yaml: not set'] };
  const account: Account = {
    id: 'azure:exports',
    source: 'azure',
    name: 'exports',
    foundIn: 'invoices.azure-exports.place in burnrate.yaml',
    options: watched[0]?.options ?? { origin: 'cli' },
  };
  return { accounts: [account], looked: [`invoices.azure-exports.place: ${place}`] };
}
