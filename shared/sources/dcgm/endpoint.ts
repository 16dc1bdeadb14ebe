/** Where dcgm-exporter listens unless told otherwise: its `--address` is `:9400`. */
export const DEFAULT_PORT = 9400;

/** An exporter that can be asked. */
export interface Endpoint {
  /** What is fetched. */
  url: string;
  /** `gpu01:9400`: what people call it. */
  name: string;
  /** The host alone, lower case: the machine's name where the exporter gives none. */
  host: string;
  /** The job whose counters are read there, where the user says so. */
  job?: string;
}

type Parsed = { endpoint: Endpoint; problem?: never } | { endpoint?: never; problem: string };

/** Reads `gpu01`, `gpu01:9401`, `[fd00::1]:9400`, `:9400` or a URL, or says what is wrong with it. */
export function parseEndpoint(text: string): Parsed {
  const trimmed = text.trim();
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed);
  const full = hasScheme ? trimmed : `http://${trimmed.replace(/^(?=:\d)/, 'localhost')}`;
  if (!URL.canParse(full)) return { problem: 'not an address: write HOST:PORT or a URL' };
  const url = new URL(full);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return { problem: `only http and https can be asked, not ${url.protocol}//` };
  if (url.username || url.password)
    return {
      problem:
        'no user and password here: put `Basic ...` into an environment variable and name it as authorizationVariable',
    };
  // The URL parser drops a port that is the scheme's own, even where it was written out.
  const saysPort = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:\[[^\]]*\]|[^/?#:]*):\d/i.test(trimmed);
  if (!hasScheme && !saysPort) url.port = String(DEFAULT_PORT);
  if (url.pathname === '/' && url.search === '') url.pathname = '/metrics';
  url.hash = '';
  return {
    endpoint: {
      url: url.href,
      name: url.host + (url.pathname === '/metrics' && url.search === '' ? '' : url.pathname),
      host: url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase(),
    },
  };
}

/** Each endpoint once, in the order given; those that cannot be read were refused with the settings. */
export function endpointsOf(
  texts: readonly string[],
  jobs: Readonly<Record<string, string>> = {},
): Endpoint[] {
  const endpoints = texts.flatMap((text) => {
    const { endpoint } = parseEndpoint(text);
    const job = jobs[text];
    return endpoint ? [{ ...endpoint, ...(job !== undefined && { job }) }] : [];
  });
  return [...new Map(endpoints.map((endpoint) => [endpoint.url, endpoint])).values()];
}
