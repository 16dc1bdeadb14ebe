import { hostname } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { EXIT, PlainFailure } from '../cli/exit_codes.ts';
import type { Paths } from '../config/paths.ts';
import type { ServeSettings } from '../config/serve.ts';
import { isLoopback, listenAddress } from './hosts.ts';

/** The options of `burnrate serve`; each goes before what burnrate.yaml says. */
export interface ServeFlags {
  listen?: string;
  tlsCert?: string;
  tlsKey?: string;
  tokenFile?: string;
  metrics?: boolean;
  host?: string[];
  insecureBehindProxy?: boolean;
}

/** What will be served, and how. */
export interface ServePlan {
  host: string;
  port: number;
  tls: { cert: string; key: string } | undefined;
  tokenFile: string;
  hosts: readonly string[];
  metrics: boolean;
  mostJobs: number;
  behindProxy: boolean;
  otlp: ServeSettings['otlp'];
}

/**
 * The options over the settings. Throws PlainFailure where what comes of it would let a token or a
 * figure pass over the network in the clear, or cannot be done at all.
 */
export function planOf(flags: ServeFlags, settings: ServeSettings, paths: Paths): ServePlan {
  const listen = flags.listen ?? settings.listen;
  const address = listenAddress(listen);
  if (!address) throw usage(`${listen} is no address and port. Give one, as in 0.0.0.0:8443.`);
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) {
    throw usage('A certificate needs its key: give both --tls-cert and --tls-key.');
  }
  const beside = (file: string) => (isAbsolute(file) ? file : join(dirname(paths.config), file));
  const tls =
    flags.tlsCert !== undefined && flags.tlsKey !== undefined
      ? { cert: resolve(flags.tlsCert), key: resolve(flags.tlsKey) }
      : settings.tls && { cert: beside(settings.tls.cert), key: beside(settings.tls.key) };
  const behindProxy = flags.insecureBehindProxy ?? settings.insecureBehindProxy;
  if (!tls && !behindProxy && !isLoopback(address.host)) {
    throw usage(
      `Nothing is served on ${address.host} without TLS: tokens could be read on the way. Give --tls-cert and --tls-key; or, where a proxy on a network that you trust has the TLS, say --insecure-behind-proxy.`,
    );
  }
  const tokenFile =
    flags.tokenFile !== undefined
      ? resolve(flags.tokenFile)
      : settings.tokenFile !== undefined
        ? beside(settings.tokenFile)
        : join(paths.data, 'serve-tokens');
  return {
    ...address,
    tls,
    tokenFile,
    hosts: [...settings.hosts, ...(flags.host ?? [])],
    metrics: flags.metrics ?? settings.metrics,
    mostJobs: settings.metricsJobs,
    behindProxy: behindProxy && !tls,
    otlp: settings.otlp,
  };
}

/** The address as people reach it: an address that means all of this machine's is its name. */
export function urlOf({ host, tls }: Pick<ServePlan, 'host' | 'tls'>, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? hostname() : host;
  const shown = name.includes(':') ? `[${name}]` : name;
  return `${tls ? 'https' : 'http'}://${shown}:${port}`;
}

function usage(message: string): PlainFailure {
  return new PlainFailure(message, EXIT.usage);
}
