import type { Surroundings } from '../source.ts';
import { cookieFor } from './cookies.ts';
import { readConfig } from './home.ts';
import type { Settings } from './settings.ts';

/** Where the API server is, and how it was found. */
export interface Endpoint {
  /** Without credentials, and without a slash at its end. */
  url: string;
  host: string;
  /** Where it was named; undefined for the address that SkyPilot uses by default. */
  namedIn?: string;
  /** On this machine: `sky api start` starts it. */
  local: boolean;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]', '0.0.0.0']);

/**
 * The API server that SkyPilot's own commands would use. Throws a TypeError where its address is
 * none. sky/server/common.py, get_server_url
 */
export async function findEndpoint(
  surroundings: Surroundings,
  settings: Pick<Settings, 'endpoint'>,
): Promise<Endpoint> {
  const { url, namedIn } = await addressOf(surroundings, settings);
  const { protocol, host, hostname, pathname } = url;
  return {
    url: `${protocol}//${host}${pathname}`.replace(/\/+$/, ''),
    host,
    ...(namedIn && { namedIn }),
    local: LOOPBACK.has(hostname),
  };
}

/** The headers that prove who the user is, read anew each time. None for a server without logins. */
export async function credentials(
  surroundings: Surroundings,
  settings: Pick<Settings, 'endpoint'>,
): Promise<{ headers: Record<string, string>; secrets: string[] }> {
  const { url } = await addressOf(surroundings, settings);
  const token =
    surroundings.env.SKYPILOT_SERVICE_ACCOUNT_TOKEN ||
    (await readConfig(surroundings)).service_account_token;
  if (token)
    return { headers: { authorization: `Bearer ${header(token)}` }, secrets: [token.trim()] };
  const headers: Record<string, string> = {};
  const secrets: string[] = [];
  if (url.username || url.password) {
    const password = decodeURIComponent(url.password);
    const pair = `${decodeURIComponent(url.username)}:${password}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    secrets.push(password, headers.authorization.slice('Basic '.length));
  }
  const cookie = await cookieFor(url, surroundings);
  if (cookie) {
    headers.cookie = header(cookie);
    secrets.push(...cookie.split('; ').map((pair) => pair.slice(pair.indexOf('=') + 1)));
  }
  return { headers, secrets: secrets.filter((secret) => secret.length > 3) };
}

async function addressOf(
  surroundings: Surroundings,
  settings: Pick<Settings, 'endpoint'>,
): Promise<{ url: URL; namedIn?: string }> {
  const { env } = surroundings;
  if (settings.endpoint) return { url: new URL(settings.endpoint), namedIn: 'burnrate.yaml' };
  const variable = env.SKYPILOT_API_SERVER_ENDPOINT;
  if (variable)
    return { url: new URL(variable), namedIn: 'SKYPILOT_API_SERVER_ENDPOINT in the environment' };
  const { endpoint } = await readConfig(surroundings);
  if (endpoint) return { url: new URL(endpoint), namedIn: '~/.sky/config.yaml' };
  return { url: new URL(`http://127.0.0.1:${env.SKYPILOT_API_SERVER_LOCAL_PORT || '46580'}`) };
}

/** What may stand in a header: a line break would end it. */
function header(value: string): string {
  return value.trim().replace(/[^\x20-\x7e]/g, '');
}
