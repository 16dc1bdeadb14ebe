import { join } from 'node:path';
import type { Account } from '../../model/account.ts';
import { SECOND } from '../../model/time.ts';
import { type Discovery, SourceError, type Surroundings } from '../source.ts';
import { commandsOf } from './commands.ts';
import { type ClusterSettings, clustersIn, keyOf, nameOf, type Settings } from './settings.ts';
import { shellHere } from './shell.ts';

/** Where Slurm itself looks for its configuration, and where a configless node keeps its copy. */
const CONFIGURATIONS = [
  '/etc/slurm/slurm.conf',
  '/run/slurm/conf/slurm.conf',
  '/usr/local/etc/slurm.conf',
  '/etc/slurm-llnl/slurm.conf',
];
const PATIENCE_MS = 10 * SECOND;

/**
 * Finds the cluster that Slurm's commands speak to here, and those that burnrate.yaml names.
 */
export async function discover(surroundings: Surroundings, settings: Settings): Promise<Discovery> {
  const [first, ...others] = clustersIn(settings);
  const looked: string[] = [];
  const accounts = [
    await accountOf(first, 'sources.slurm', {}, surroundings, looked),
    ...(await Promise.all(
      others.map((one, index) => {
        const section = `sources.slurm.clusters[${index}]`;
        return accountOf(one, section, { cluster: keyOf(one) }, surroundings, looked);
      }),
    )),
  ].filter((account) => account !== undefined);
  // Many a cluster is simply named `cluster`: of two that are, the one that is named tells its way.
  const ids = new Set<string>();
  for (const account of accounts) {
    if (ids.has(account.id)) account.id = `${account.id}@${account.options.cluster}`;
    ids.add(account.id);
  }
  return { accounts, looked };
}

async function accountOf(
  cluster: ClusterSettings,
  section: string,
  options: Account['options'],
  surroundings: Surroundings,
  looked: string[],
): Promise<Account | undefined> {
  const { ssh, rest } = cluster;
  const far = ssh ? `ssh ${ssh}` : rest && `slurmrestd at ${rest.url}`;
  if (far) {
    const name = nameOf(cluster) ?? far;
    return {
      id: `slurm:${name}`,
      source: 'slurm',
      name,
      foundIn: `${far}, ${section} in burnrate.yaml`,
      options,
    };
  }
  const found = await findHere(surroundings, cluster, looked);
  if (!found) return undefined;
  const name = cluster.name ?? found.name;
  return {
    id: `slurm:${name}`,
    source: 'slurm',
    name,
    foundIn: `squeue in ${cluster.commands ?? 'PATH'}, ${found.by}`,
    options,
  };
}

/**
 * The cluster of the commands here. Its name is read from slurm.conf where that is to be found, so
 * that the account is the same while the controller is down, and else asked of the controller.
 */
async function findHere(
  surroundings: Surroundings,
  settings: ClusterSettings,
  looked: string[],
): Promise<Found | undefined> {
  const commands = commandsOf('slurm', shellHere(surroundings), settings);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    await commands.read('squeue', ['--version'], { signal });
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const missing = error.kind === 'not-configured';
    looked.push(
      `squeue in ${settings.commands ?? 'PATH'}: ${missing ? 'not there' : error.message}`,
      'burnrate.yaml, sources.slurm.ssh and sources.slurm.rest: not set',
    );
    return undefined;
  }
  return (
    (await nameInFiles(surroundings, settings, looked)) ??
    (await nameByController(commands, looked, signal))
  );
}

interface Found {
  name: string;
  by: string;
}

async function nameInFiles(
  surroundings: Surroundings,
  settings: ClusterSettings,
  looked: string[],
): Promise<Found | undefined> {
  const named = settings.conf ?? surroundings.env.SLURM_CONF;
  const beside = settings.commands && join(settings.commands, '..', 'etc', 'slurm.conf');
  const places = named ? [named] : [...(beside ? [beside] : []), ...CONFIGURATIONS];
  for (const path of places) {
    try {
      const text = await surroundings.readFile(path);
      const name = text && /^\s*ClusterName\s*=\s*([^\s#]+)/im.exec(text)?.[1];
      if (name) return { name: name.toLowerCase(), by: `cluster named in ${path}` };
      looked.push(`${path}: ${text === undefined ? 'not there' : 'names no cluster'}`);
    } catch (error) {
      looked.push(`${path}: ${(error as Error).message}`);
    }
  }
  return undefined;
}

async function nameByController(
  commands: ReturnType<typeof commandsOf>,
  looked: string[],
  signal: AbortSignal,
): Promise<Found | undefined> {
  try {
    const config = await commands.read('scontrol', ['show', 'config'], { signal });
    const name = /^ClusterName\s*=\s*(\S+)/m.exec(config)?.[1];
    if (name) return { name: name.toLowerCase(), by: 'cluster named by its controller' };
    looked.push('scontrol show config: names no cluster');
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    looked.push(`${error.message}. ${error.remedy}`);
  }
  return undefined;
}
