import type { z } from 'zod';
import type { KeyPlaces } from '../api_key.ts';
import { pricesByType, rentalSettings, rentalSource } from '../rental_source.ts';

/**
 * Crusoe's keys are pairs. In the environment they are two variables; the file of its own tool has
 * them in the section of a profile. The pair is kept as `access_key_id:secret_key` here.
 * https://docs.crusoecloud.com/reference/cli
 */
export const PLACES: KeyPlaces = {
  source: 'crusoe',
  variables: ['CRUSOE_SECRET_KEY'],
  files: [{ path: '~/.crusoe/config', read: pairIn }],
  madeAt: 'https://console.crusoecloud.com/security/tokens',
};

/** Of the profile `default`. https://docs.crusoecloud.com/reference/mcp-server */
function pairIn(text: string): string | undefined {
  const section = /^\s*\[default\]([^[]*)/m.exec(text)?.[1] ?? '';
  const of = (name: string) =>
    new RegExp(`^\\s*${name}\\s*=\\s*["']?([^\\s"']+)`, 'm').exec(section)?.[1];
  const [id, secret] = [of('access_key_id'), of('secret_key')];
  return id && secret ? `${id}:${secret}` : undefined;
}

/** The `crusoe` section of burnrate.yaml. */
export const Settings = rentalSettings('https://api.cloud.crusoe.ai/v1', {
  prices: pricesByType.describe(
    'US dollars per hour by machine type, where they are not the list price: `h100-80gb-sxm-ib.8x`.',
  ),
});
export type Settings = z.infer<typeof Settings>;

/** Crusoe Cloud's virtual machines. Its API names no price: they are told, or by the catalogue. */
export const crusoe = rentalSource<Settings>({
  title: 'Crusoe Cloud',
  places: PLACES,
  settings: Settings,
  load: () => import('./connection.ts'),
});
