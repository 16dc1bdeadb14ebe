import type { z } from 'zod';
import type { KeyPlaces } from '../api_key.ts';
import { pricesByType, rentalSettings, rentalSource } from '../rental_source.ts';

/** https://docs.together.ai/reference/clusters-list; its own tools read the variable alone. */
export const PLACES: KeyPlaces = {
  source: 'together',
  variables: ['TOGETHER_API_KEY'],
  files: [],
  madeAt: 'https://api.together.ai/settings/api-keys',
};

/** The `together` section of burnrate.yaml. */
export const Settings = rentalSettings('https://api.together.ai/v1', {
  prices: pricesByType.describe(
    'US dollars per hour of one GPU by its type, where they are not the list price: `H100_SXM`.',
  ),
});
export type Settings = z.infer<typeof Settings>;

/** Together's GPU clusters. The API names no price: they are told, or by the catalogue. */
export const together = rentalSource<Settings>({
  title: 'Together AI',
  places: PLACES,
  settings: Settings,
  load: () => import('./connection.ts'),
});
