import { z } from 'zod';
import type { KeyPlaces } from '../api_key.ts';
import { rentalSettings, rentalSource } from '../rental_source.ts';

/**
 * The variable of Hyperstack's own libraries; they keep no key in a file.
 * https://docs.hyperstack.cloud/docs/api-reference/authentication
 */
export const PLACES: KeyPlaces = {
  source: 'hyperstack',
  variables: ['HYPERSTACK_API_KEY'],
  files: [],
  madeAt: 'https://console.hyperstack.cloud/api-keys',
};

/** The `hyperstack` section of burnrate.yaml. */
export const Settings = rentalSettings('https://infrahub-api.nexgencloud.com/v1', {
  onStop: z
    .enum(['hibernate', 'delete'])
    .default('hibernate')
    .describe(
      'What a stop does: `hibernate` keeps the root disk, and its cost; `delete` keeps nothing.',
    ),
});
export type Settings = z.infer<typeof Settings>;

/** Hyperstack's virtual machines, each at the account's own price of its GPUs. */
export const hyperstack = rentalSource<Settings>({
  title: 'Hyperstack',
  places: PLACES,
  settings: Settings,
  leftovers: true,
  load: () => import('./connection.ts'),
});
