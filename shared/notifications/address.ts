import type { ChannelKind } from '../config/notify.ts';

/** Where a channel's messages go. All of it may be secret. */
export interface Address {
  kind: ChannelKind;
  url: string;
  headers: Record<string, string>;
  /** Of ntfy: it is not a part of the URL that JSON is sent to. */
  topic?: string;
}

/**
 * Reads an address: an `https://` URL as the service gives it out, or one in the style of Shoutrrr
 * (https://shoutrrr.nickfedor.com): `slack://`, `discord://`, `ntfy://host/topic`,
 * `generic+https://`. Undefined where it is none of these; the text itself is never repeated.
 */
export function readAddress(text: string, kind: ChannelKind | undefined): Address | undefined {
  try {
    const url = URL.parse(text.trim()) ?? undefined;
    const address = url && addressIn(url, kind);
    return address && URL.canParse(address.url) ? address : undefined;
  } catch (error) {
    // A percent sign that begins no escape.
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function addressIn(url: URL, kind: ChannelKind | undefined): Address | undefined {
  const address = SCHEMES[url.protocol]?.(url);
  if (address) return kind === undefined || kind === address.kind ? address : undefined;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  const effective = kind ?? kindOf(url);
  const headers = authorizationOf(url);
  if (effective === 'ntfy') return ntfy(url, url.protocol, headers);
  return { kind: effective, url: bare(url), headers };
}

const SCHEMES: Readonly<Record<string, (url: URL) => Address | undefined>> = {
  'slack:': slack,
  'discord:': discord,
  'ntfy:': (url) =>
    ntfy(url, url.searchParams.get('scheme') === 'http' ? 'http:' : 'https:', authorizationOf(url)),
  'generic:': (url) =>
    webhook(url, url.searchParams.get('disabletls') === 'yes' ? 'http:' : 'https:'),
  'generic+https:': (url) => webhook(url, 'https:'),
  'generic+http:': (url) => webhook(url, 'http:'),
};

/** `slack://A/B/C`, or `slack://hook:A-B-C@webhook`. */
function slack(url: URL): Address | undefined {
  const parts =
    url.username === 'hook'
      ? url.password.split('-')
      : [url.host, ...url.pathname.split('/').filter(Boolean)];
  if (parts.length !== 3 || parts.some((part) => part === '')) return undefined;
  return {
    kind: 'slack',
    url: `https://hooks.slack.com/services/${parts.join('/')}`,
    headers: {},
  };
}

/** `discord://token@id` */
function discord(url: URL): Address | undefined {
  if (!url.username || !url.host) return undefined;
  const target = `https://discord.com/api/webhooks/${url.host}/${url.username}`;
  return { kind: 'discord', url: target, headers: {} };
}

/** The topic is the last part of the path; a JSON message is sent to what comes before it. */
function ntfy(url: URL, protocol: string, headers: Address['headers']): Address | undefined {
  const path = url.pathname.split('/').filter(Boolean);
  const topic = path.pop();
  if (!url.host || topic === undefined) return undefined;
  const target = `${protocol}//${url.host}/${path.map((part) => `${part}/`).join('')}`;
  return { kind: 'ntfy', url: target, headers, topic: decodeURIComponent(topic) };
}

function webhook(url: URL, protocol: string): Address | undefined {
  if (!url.host) return undefined;
  const headers = authorizationOf(url);
  url.searchParams.delete('disabletls');
  const target = `${protocol}//${url.host}${url.pathname}${url.search}`;
  return { kind: 'webhook', url: target, headers };
}

function kindOf({ hostname, pathname }: URL): ChannelKind {
  if (hostname === 'hooks.slack.com') return 'slack';
  const ofDiscord = hostname === 'discord.com' || hostname === 'discordapp.com';
  return ofDiscord && pathname.startsWith('/api/webhooks/') ? 'discord' : 'webhook';
}

/** `user:password@` as a header; a password alone is a token. */
function authorizationOf({ username, password }: URL): Record<string, string> {
  if (!username && !password) return {};
  const [user, secret] = [decodeURIComponent(username), decodeURIComponent(password)];
  if (!user) return { authorization: `Bearer ${secret}` };
  return { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` };
}

function bare(url: URL): string {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  return copy.href;
}
