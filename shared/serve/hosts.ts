import { isIP } from 'node:net';

/** Names that mean this machine on every system. */
const LOCAL = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * Whether a request may name this host. A name that somebody makes point at this address (DNS
 * rebinding) is none of ours; an address in figures cannot be made to.
 */
export function isOurHost(
  header: string | undefined,
  names: readonly ((host: string) => boolean)[],
) {
  const host = hostIn(header ?? '');
  if (host === undefined) return false;
  return LOCAL.has(host) || isIP(host) !== 0 || names.some((knows) => knows(host));
}

/** The host in a Host header, in lower case, without its port and brackets. */
function hostIn(header: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
}

/** `0.0.0.0:8443`, `[::]:8443` or `8443` as Node's `listen` takes it. Undefined where it is none. */
export function listenAddress(text: string): { host: string; port: number } | undefined {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) return undefined;
  return { host: match[1] ?? match[2] ?? '127.0.0.1', port };
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
