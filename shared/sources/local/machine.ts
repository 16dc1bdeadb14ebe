import { toMicros } from '../../model/money.ts';
import type { Node } from '../../model/node.ts';
import type { Instant } from '../../model/time.ts';
import type { Surroundings } from '../source.ts';
import { isContained } from './container.ts';
import type { Gpu } from './gpu_tool.ts';
import { startTicksIn, TICK_MS } from './processes.ts';
import type { Settings } from './settings.ts';

/** The name of a machine that does not know its own. */
export const UNNAMED = 'this machine';

/** What of this machine does not change while it runs. */
export interface Machine {
  hostName: string;
  aliases: string[];
  /** When its system was started; undefined where it does not say. */
  bootedAt?: Instant;
  /** When its first process was: in a container, that is the container's start, not its host's. */
  launchedAt?: Instant;
  /** Tells one run of the machine from the next. */
  bootId: string;
  cores?: number;
  /** Whether it is a container with process numbers of its own. */
  contained: boolean;
}

export async function readMachine(
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<Machine> {
  const hostName = (await hostNameOf(surroundings, signal)) ?? UNNAMED;
  const stat = await textOf(surroundings, '/proc/stat');
  const booted = /^btime (\d+)$/m.exec(stat)?.[1];
  const bootedAt = booted === undefined ? undefined : Number(booted) * 1000;
  const firstTicks = startTicksIn(await textOf(surroundings, '/proc/1/stat')) ?? 0;
  const cores = stat.match(/^cpu\d+ /gm)?.length;
  const bootId = await textOf(surroundings, '/proc/sys/kernel/random/boot_id');
  return {
    hostName,
    aliases: [...new Set([hostName, ...(await instanceIds(surroundings))])].map((name) =>
      name.toLowerCase(),
    ),
    ...(bootedAt !== undefined && { bootedAt, launchedAt: bootedAt + firstTicks * TICK_MS }),
    bootId: bootId.slice(0, 8) || 'boot',
    ...(cores !== undefined && { cores }),
    contained: await isContained(surroundings, signal),
  };
}

/** What this machine calls itself; undefined where it does not say. */
export async function hostNameOf(
  { readFile, run, env }: Pick<Surroundings, 'readFile' | 'run' | 'env'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Linux in a container may lack the program.
  const fromKernel = (await readFile('/proc/sys/kernel/hostname').catch(() => undefined))?.trim();
  if (fromKernel) return fromKernel;
  try {
    const { code, stdout } = await run('hostname', [], { signal });
    if (code === 0 && stdout.trim()) return stdout.trim();
  } catch {
    signal.throwIfAborted();
    // No such program: the environment may know.
  }
  return env.COMPUTERNAME || env.HOSTNAME || undefined;
}

/**
 * The id that a cloud gave this machine, so that it is recognised as the cloud's node and not
 * counted twice: on EC2 (Nitro) the firmware has it, and on most images of any cloud cloud-init
 * has left it behind. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/identify_ec2_instances.html
 */
async function instanceIds(surroundings: Surroundings): Promise<string[]> {
  const places = ['/sys/devices/virtual/dmi/id/board_asset_tag', '/var/lib/cloud/data/instance-id'];
  const ids = await Promise.all(places.map((place) => textOf(surroundings, place)));
  return ids.filter((id) => CLOUD_ID.test(id));
}

/** EC2's, Google's and Azure's; never `iid-local` and what else images share. */
const CLOUD_ID = /^(i-[0-9a-f]{8,17}|\d{15,20}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** The file's one text; empty where there is none, or where it may not be read. */
async function textOf({ readFile }: Surroundings, path: string): Promise<string> {
  try {
    return (await readFile(path))?.trim() ?? '';
  } catch {
    // Each of these facts is one that a machine may well keep to itself.
    return '';
  }
}

/**
 * The node. It costs from the moment it runs, used or not (a rented container too, whose host runs
 * for longer), and is the user's own: what no process
 * holds is their idle machine. Without `pricePerHour` it has no price, which every face says;
 * where it is a cloud's machine, the cloud knows its price.
 */
export function nodeOf(
  account: string,
  machine: Machine,
  gpus: readonly Gpu[],
  user: string,
  settings: Settings,
  openedAt: Instant,
): Node {
  const model = gpus[0]?.name;
  return {
    id: nodeIdOf(account, machine),
    source: 'local',
    account,
    name: machine.hostName,
    aliases: machine.aliases,
    gpus: { count: gpus.length, ...(model !== undefined && { model }) },
    ...(machine.cores !== undefined && { cores: machine.cores }),
    state: 'running',
    ...(machine.launchedAt !== undefined && { launchedAt: machine.launchedAt }),
    billing: { incrementMs: 1000, minimumMs: 0 },
    owner: user,
    mine: true,
    ...(settings.pricePerHour !== undefined && {
      rate: {
        microsPerHour: toMicros(settings.pricePerHour),
        provenance: 'list',
        basis: 'your burnrate.yaml',
        asOf: openedAt,
      },
    }),
    labels: {},
  };
}

export function nodeIdOf(account: string, machine: Machine): string {
  return `${account}:${machine.hostName}`;
}
