import type { KeyPlaces } from '../api_key.ts';
import type { Surroundings } from '../source.ts';

/**
 * In the order of Vast.ai's own tool: the key of a session with a second factor goes before the
 * one that was set; the last file is where older releases kept it.
 * https://docs.vast.ai/cli/authentication
 */
export function placesOf({ env }: Pick<Surroundings, 'env'>): KeyPlaces {
  const folder = `${env.XDG_CONFIG_HOME || '~/.config'}/vastai`;
  const read = (text: string) => text.trim() || undefined;
  return {
    source: 'vast',
    variables: ['VAST_API_KEY'],
    files: [`${folder}/vast_tfa_key`, `${folder}/vast_api_key`, '~/.vast_api_key'].map((path) => ({
      path,
      read,
    })),
    madeAt: 'https://cloud.vast.ai/manage-keys/ (with instance_read, and instance_write to stop)',
  };
}
