/** Where a server's API is, and what people call it. */
export interface Address {
  /** Before `/api/v1/query`, without a slash at its end: `https://mimir.example/prometheus`. */
  baseUrl: string;
  /** `mimir.example/prometheus` */
  name: string;
}

type Parsed = { address: Address; problem?: never } | { address?: never; problem: string };

/** Where Prometheus listens unless told otherwise. */
const DEFAULT_PORT = '9090';

/** Reads a URL or `HOST:PORT`, or says what is wrong with it, without repeating it. */
export function parseAddress(text: string): Parsed {
  const trimmed = text.trim();
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed);
  const full = hasScheme ? trimmed : `http://${trimmed}`;
  if (trimmed === '' || !URL.canParse(full))
    return { problem: 'not an address: write HOST:PORT or a URL' };
  const url = new URL(full);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return { problem: `only http and https can be asked, not ${url.protocol}//` };
  if (url.username || url.password)
    return {
      problem:
        'no user and password here: put `Basic ...` into an environment variable and name it under sources.prometheus.servers as authorizationVariable',
    };
  if (url.search || url.hash)
    return { problem: 'a query is not part of it: write what comes before /api/v1' };
  const saysPort = /^(?:\[[^\]]*\]|[^/:]*):\d/.test(trimmed);
  if (!hasScheme && !saysPort) url.port = DEFAULT_PORT;
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api\/v1(\/query)?$/, '');
  return { address: { baseUrl: url.origin + path, name: url.host + path } };
}
