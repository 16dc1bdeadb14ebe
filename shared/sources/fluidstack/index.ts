import { z } from 'zod';
import type { KeyPlaces } from '../api_key.ts';
import { rentalSettings, rentalSource } from '../rental_source.ts';

/**
 * The variable of FluidStack's own libraries, and the file in which SkyPilot has the key kept.
 * https://github.com/fluidstackio/fluidstack-typescript-sdk
 * https://docs.skypilot.co/en/latest/getting-started/installation.html
 */
export const PLACES: KeyPlaces = {
  source: 'fluidstack',
  variables: ['FLUIDSTACK_API_KEY'],
  files: [{ path: '~/.fluidstack/api_key', read: (text) => /^\s*(\S+)\s*$/.exec(text)?.[1] }],
  madeAt: 'https://platform.fluidstack.io/dashboard/api-keys',
};

/** The `fluidstack` section of burnrate.yaml. */
export const Settings = rentalSettings('https://platform.fluidstack.io', {
  onStop: z
    .enum(['stop', 'delete'])
    .default('stop')
    .describe('What a stop does: `stop` keeps the machine and its disk, and what they cost then.'),
});
export type Settings = z.infer<typeof Settings>;

/**
 * FluidStack's instances, each at the price that its API names for it now. The clusters that it
 * leases, of Kubernetes or Slurm, are seen through those, at prices from burnrate.yaml.
 */
export const fluidstack = rentalSource<Settings>({
  title: 'FluidStack',
  places: PLACES,
  settings: Settings,
  load: () => import('./connection.ts'),
});
