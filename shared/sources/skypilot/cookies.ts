import { join } from 'node:path';
import { SECOND } from '../../model/time.ts';
import type { Surroundings } from '../source.ts';
import { inHome } from './home.ts';

/**
 * The cookies that `sky api login` keeps for a server, as a header; undefined where there are none.
 * The file is Mozilla's: domain, subdomains too, path, secure, expiry, name and value, by tabs.
 * sky/server/common.py, get_api_cookie_jar; https://curl.se/docs/http-cookies.html
 */
export async function cookieFor(url: URL, surroundings: Surroundings): Promise<string | undefined> {
  const { env, homedir, clock } = surroundings;
  const named = env.SKYPILOT_API_COOKIE_FILE;
  const path = named
    ? named.replace(/^~(?=\/)/, () => homedir)
    : inHome(surroundings, 'cookies.txt');
  const text = await surroundings.readFile(join(path));
  if (text === undefined) return undefined;
  const now = clock.now() / SECOND;
  const pairs = text.split(/\r?\n/).flatMap((line) => {
    const [domain, , prefix, secure, expiry, name, value] = line
      .replace(/^#HttpOnly_/, '')
      .split('\t');
    if (!domain || domain.startsWith('#') || !prefix || !name || value === undefined) return [];
    const fits =
      isWithin(url.hostname, domain) &&
      url.pathname.startsWith(prefix.replace(/\/$/, '')) &&
      (secure !== 'TRUE' || url.protocol === 'https:') &&
      (Number(expiry) === 0 || Number(expiry) > now);
    return fits ? [`${name}=${value}`] : [];
  });
  return pairs.length > 0 ? pairs.join('; ') : undefined;
}

function isWithin(host: string, domain: string): boolean {
  const bare = domain.replace(/^\./, '').replace(/\.local$/, '');
  return host === bare || host.endsWith(`.${bare}`);
}
