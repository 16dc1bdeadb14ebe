import type { KeyPlaces } from '../api_key.ts';

/**
 * In the order of RunPod's own tools. The file is written by `runpodctl` (`apikey`) and by the
 * Python package (`api_key` in the section of a profile).
 * https://docs.runpod.io/flash/cli/login#credential-resolution-priority
 * https://docs.runpod.io/runpodctl/overview
 */
export const PLACES: KeyPlaces = {
  source: 'runpod',
  variables: ['RUNPOD_API_KEY'],
  files: [{ path: '~/.runpod/config.toml', read: keyIn }],
  madeAt: 'https://www.console.runpod.io/user/settings (All, or Read/Write for api.runpod.io)',
};

/** The key at the top, or of the profile `default`. */
function keyIn(toml: string): string | undefined {
  let section = '';
  for (const line of toml.split('\n')) {
    const [, header] = /^\s*\[\s*"?([^\]"]+?)"?\s*\]/.exec(line) ?? [];
    if (header) section = header;
    const [, , key] = /^\s*api_?key\s*=\s*(["'])(.+?)\1/i.exec(line) ?? [];
    if (key && (section === '' || section === 'default')) return key;
  }
  return undefined;
}
