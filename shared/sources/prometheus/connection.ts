import type { Account } from '../../model/account.ts';
import { counted } from '../../model/count.ts';
import { MINUTE } from '../../model/time.ts';
import { check } from '../check.ts';
import {
  type Check,
  type Connection,
  type Observation,
  type ObserveRequest,
  SourceError,
  type Surroundings,
} from '../source.ts';
import { parseAddress } from './address.ts';
import { Client } from './client.ts';
import { Told } from './failures.ts';
import { FRESH_MS, progressOf, queryOf, samplesOf, trafficOf } from './series.ts';
import { Server } from './settings.ts';

/** One server. */
export function connect(
  account: Account,
  { clock, env }: Surroundings,
): Required<Pick<Connection, 'observe' | 'diagnose' | 'close'>> {
  const { url, tenant, authorizationVariable: variable, selector } = Server.parse(account.options);
  const { address, problem } = parseAddress(url);
  // The schema has refused what is no address.
  if (!address) throw new Error(problem);
  const secret = variable && env[variable]?.trim();
  const told = new Told({ account: account.id, name: address.name, clock, secret });
  const client = new Client({ baseUrl: address.baseUrl, tenant, told });
  const query = queryOf(selector);

  async function read(signal: AbortSignal) {
    if (variable && !secret) throw noVariable(account, variable);
    const { data, warnings, infos } = await client.query(query, secret, signal);
    const now = clock.now();
    const { samples, nameless } = samplesOf(data.result, now);
    const progress = progressOf(data.result, now);
    const traffic = trafficOf(data.result, now);
    const partial = [told.warned(warnings ?? [], infos ?? []), told.nameless(nameless)];
    const failures = partial.filter((failure) => failure !== undefined);
    return { samples, progress, traffic, partial: failures };
  }

  async function observe({ what, signal }: ObserveRequest): Promise<Observation> {
    if (!what.has('telemetry')) return { at: clock.now() };
    const { partial, ...seen } = await read(signal);
    return { at: clock.now(), ...seen, ...(partial.length > 0 && { partial }) };
  }

  async function diagnose(signal: AbortSignal): Promise<Check[]> {
    let seen: Awaited<ReturnType<typeof read>> | undefined;
    const connected = await check('connect', account.name, async () => {
      seen = await read(signal);
      return `${address?.name}: answers`;
    });
    if (!seen) return [connected];
    const missing = seen.partial.map(
      ({ message, remedy }): Check => ({ capability: 'telemetry', ok: false, message, remedy }),
    );
    return [connected, telemetryOf(account, seen), ...missing];
  }

  return { observe, diagnose, close: async () => client.close() };
}

function telemetryOf(
  { name }: Account,
  { samples, progress, traffic }: Pick<Required<Observation>, 'samples' | 'progress' | 'traffic'>,
): Check {
  const capability = 'telemetry';
  const nodes = new Set(samples.map(({ node }) => node)).size;
  const counters = progress.length > 0 && counted(progress.length, 'job counter');
  const machines = new Set(traffic.map(({ node }) => node)).size;
  const network = machines > 0 && `network and disks of ${counted(machines, 'machine')}`;
  if (samples.length > 0 || counters || network)
    return {
      capability,
      ok: true,
      message: [
        `${name}: ${counted(samples.length, 'GPU')} on ${counted(nodes, 'machine')}`,
        ...(counters ? [counters] : []),
        ...(network ? [network] : []),
      ].join(', '),
    };
  return {
    capability,
    ok: false,
    message: `${name}: no series of GPUs in the last ${FRESH_MS / MINUTE} minutes`,
    remedy:
      'Look there for DCGM_FI_DEV_GPU_UTIL or gpu_gfx_activity: have it scrape dcgm-exporter or device-metrics-exporter, at least once a minute, and check the selector and the tenant under sources.prometheus.servers in burnrate.yaml.',
  };
}

function noVariable(account: Account, variable: string): SourceError {
  return new SourceError('not-configured', {
    account: account.id,
    message: `the environment variable ${variable} is not set`,
    remedy: `Set ${variable} where Burnrate is started, or remove authorizationVariable from sources.prometheus.servers in burnrate.yaml.`,
  });
}
