import type { z } from 'zod';
import type { KeyPlaces } from '../api_key.ts';
import { rentalSettings, rentalSource } from '../rental_source.ts';

const read = (yaml: string) => /^access-token:\s*["']?([^\s"']+)/m.exec(yaml)?.[1];

/**
 * The variables of DigitalOcean's own tools: doctl, and its Terraform provider. doctl keeps its
 * token in a file, on macOS in the second place.
 * https://docs.digitalocean.com/reference/doctl/how-to/install/
 */
export const PLACES: KeyPlaces = {
  source: 'digitalocean',
  variables: ['DIGITALOCEAN_ACCESS_TOKEN', 'DIGITALOCEAN_TOKEN'],
  files: ['~/.config/doctl/config.yaml', '~/Library/Application Support/doctl/config.yaml'].map(
    (path) => ({ path, read }),
  ),
  madeAt:
    'https://cloud.digitalocean.com/account/api/tokens (droplet:read, block_storage:read and reserved_ip:read, and droplet:delete to stop)',
};

/** The `digitalocean` section of burnrate.yaml. */
export const Settings = rentalSettings('https://api.digitalocean.com', {});
export type Settings = z.infer<typeof Settings>;

/** DigitalOcean's GPU Droplets, each with the hourly price of its size. */
export const digitalocean = rentalSource<Settings>({
  title: 'DigitalOcean',
  places: PLACES,
  settings: Settings,
  leftovers: true,
  load: () => import('./connection.ts'),
});
