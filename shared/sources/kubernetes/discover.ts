import { connect } from 'node:net';
import type { Account } from '../../model/account.ts';
import type { Discovery, Surroundings } from '../source.ts';
import { inCluster, readKubeconfig, type Target } from './kubeconfig.ts';
import type { Settings } from './settings.ts';

/** A cluster of this very machine answers at once, or it is not started. */
const LOCAL_PATIENCE_MS = 1000;

/**
 * Finds the current context, and the others that the settings name: a kubeconfig gathers contexts
 * for years, and those of dead clusters would fail each minute. Contexts of one cluster and user
 * are one account. Where there is no kubeconfig, a pod's own service account is used.
 */
export async function discover(surroundings: Surroundings, settings: Settings): Promise<Discovery> {
  const { current, targets, looked } = await readKubeconfig(surroundings);
  const named = settings.contexts;
  const wanted = (target: Target) =>
    named
      ? named.includes('*') || named.includes(target.context ?? '')
      : target.context === current;
  const accounts: Account[] = [];
  const ways = new Map<string, string>();
  for (const target of [...targets].sort((a, b) => rank(a, current) - rank(b, current))) {
    const { context, clusterName, userName, cluster } = target;
    if (!wanted(target)) {
      looked.push(
        `context ${context}: not the current one; to use it, name it under sources.kubernetes.contexts`,
      );
      continue;
    }
    const way = JSON.stringify([cluster.server, clusterName, userName]);
    const same = ways.get(way);
    if (same !== undefined) {
      looked.push(`context ${context}: the same cluster and user as ${same}`);
      continue;
    }
    if (!named?.includes(context ?? '') && (await isAsleep(cluster.server))) {
      looked.push(`context ${context}: its cluster on this machine is not started`);
      continue;
    }
    ways.set(way, context ?? '');
    accounts.push(accountOf(target));
  }
  for (const name of named ?? [])
    if (name !== '*' && !targets.some(({ context }) => context === name))
      looked.push(`context ${name}: named in burnrate.yaml, but in no kubeconfig`);
  if (targets.length === 0) {
    const pod = await inCluster(surroundings);
    if (pod) accounts.push(accountOf(pod));
    else looked.push('no service account: this is no pod of a cluster');
  } else if (!named && !targets.some(({ context }) => context === current)) {
    looked.push('no current context: kubectl config use-context NAME chooses one');
  }
  return { accounts, looked };
}

function accountOf({ context, foundIn, cluster }: Target): Account {
  const name = context ?? 'in-cluster';
  return {
    id: `kubernetes:${name}`,
    source: 'kubernetes',
    name,
    foundIn,
    options: { ...(context !== undefined && { context }), server: withoutUser(cluster.server) },
  };
}

/** Of contexts that are one account, the current one gives its name. */
function rank({ context }: Target, current: string | undefined): number {
  return context === current ? 0 : 1;
}

function withoutUser(server: string): string {
  if (!URL.canParse(server)) return server;
  const url = new URL(server);
  url.username = '';
  url.password = '';
  return url.href;
}

/** Whether it is a cluster on this machine (kind, minikube, Docker Desktop) that nobody started. */
async function isAsleep(server: string): Promise<boolean> {
  if (!URL.canParse(server)) return false;
  const { hostname, port, protocol } = new URL(server);
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|kubernetes\.docker\.internal)$/.test(hostname))
    return false;
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port || (protocol === 'http:' ? 80 : 443)),
      timeout: LOCAL_PATIENCE_MS,
    });
    const settle = (asleep: boolean) => {
      socket.destroy();
      resolve(asleep);
    };
    socket.once('connect', () => settle(false));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(true));
  });
}
