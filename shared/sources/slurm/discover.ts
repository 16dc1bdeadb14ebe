import { join } from 'node:path';
import { SECOND } from '../../model/time.ts';
import { type Discovery, SourceError, type Surroundings } from '../source.ts';
import { commandsOf } from './commands.ts';
import type { Settings } from './settings.ts';

/** Where Slurm itself looks for its configuration, and where a configless node keeps its copy. */
const CONFIGURATIONS = [
  '/etc/slurm/slurm.conf',
  '/run/slurm/conf/slurm.conf',
  '/usr/local/etc/slurm.conf',
  '/etc/slurm-llnl/slurm.conf',
];
const PATIENCE_MS = 10 * SECOND;

/**
 * Finds the cluster that Slurm's commands speak to here. Its name is read from slurm.conf where
 * that is to be found, so that the account is the same while the controller is down, and else
 * asked of the controller.
 */
export async function discover(surroundings: Surroundings, settings: Settings): Promise<Discovery> {
  const looked: string[] = [];
  const commands = commandsOf('slurm', surroundings, settings);
  const where = settings.commands ?? 'PATH';
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    await commands.read('squeue', ['--version'], { signal });
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const missing = error.kind === 'not-configured';
    looked.push(`squeue in ${where}: ${missing ? 'not there' : error.message}`);
    return { accounts: [], looked };
  }
  const found =
    (await nameInFiles(surroundings, settings, looked)) ??
    (await nameByController(commands, looked, signal));
  if (!found) return { accounts: [], looked };
  const { name, by } = found;
  const account = {
    id: `slurm:${name}`,
    source: 'slurm',
    name,
    foundIn: `squeue in ${where}, ${by}`,
    options: {},
  };
  return { accounts: [account], looked };
}

interface Found {
  name: string;
  by: string;
}

async function nameInFiles(
  surroundings: Surroundings,
  settings: Settings,
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
