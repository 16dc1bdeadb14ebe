import { isIP } from 'node:net';
import type { Surroundings } from '../source.ts';
import { inHome } from './home.ts';
import type { Launched, Machines } from './launched.ts';

/**
 * Adds to clusters the addresses that SkyPilot has written on this machine for ssh, when they were
 * launched or looked at from here: the API itself tells no address of a cluster.
 * sky/utils/cluster_utils.py, SSHConfigHelper
 */
export async function withAddresses(
  clusters: readonly Launched[],
  surroundings: Surroundings,
): Promise<Launched[]> {
  return Promise.all(
    clusters.map(async (cluster) => {
      if (cluster.kind !== 'cluster' || !['running', 'stopping'].includes(cluster.state))
        return cluster;
      const text = await read(cluster.name, surroundings);
      if (text === undefined) return cluster;
      const machines = cluster.machines.map(
        (one): Machines => ({ ...one, addresses: addressesIn(text, cluster.name, one.count) }),
      );
      return { ...cluster, machines };
    }),
  );
}

async function read(name: string, surroundings: Surroundings): Promise<string | undefined> {
  if (!/^[\w.-]+$/.test(name)) return undefined;
  try {
    return await surroundings.readFile(inHome(surroundings, 'generated', 'ssh', name));
  } catch {
    // Only one more way to know the machines by; without it doctor says so.
    return undefined;
  }
}

/** `Host train` is the head and `Host train-worker1` the next; on Kubernetes they have no address. */
function addressesIn(text: string, cluster: string, count: number): string[][] {
  const found = new Map<string, string>();
  let host = '';
  for (const line of text.split('\n')) {
    const [word, value] = line.trim().split(/\s+/);
    if (word === 'Host' && value) host = value;
    else if (word === 'HostName' && value && isIP(value) && !value.startsWith('127.'))
      found.set(host, value);
  }
  return Array.from({ length: count }, (_, index) => {
    const address = found.get(index === 0 ? cluster : `${cluster}-worker${index}`);
    return address ? [address] : [];
  });
}
