/** Where the app may send a person's browser: the sites that its own words name. */
const SITES: readonly string[] = ['github.com', 'nodejs.org'];

/**
 * Whether a link may be opened outside the app. The system would start any program for any scheme,
 * so only https to a known site passes, without a user name that could disguise it.
 */
export function mayOpenOutside(link: string): boolean {
  if (!URL.canParse(link)) return false;
  const { protocol, hostname, username, password, port } = new URL(link);
  return (
    protocol === 'https:' &&
    username === '' &&
    password === '' &&
    port === '' &&
    SITES.includes(hostname)
  );
}
