import { isIP } from 'node:net';
import { type Micros, toMicros } from '../../model/money.ts';
import { type Node, PER_SECOND } from '../../model/node.ts';
import type { Instant } from '../../model/time.ts';
import type { Price } from './settings.ts';
import { gpusInGres, gpusInTres } from './tres.ts';

/** One node, as `scontrol show node -o` tells of it. */
export interface Machine {
  name: string;
  aliases: string[];
  states: string[];
  gpus: Node['gpus'];
  cores: number;
  memoryMb: number;
  partitions: string[];
  bootedAt?: Instant;
  reason?: string;
}

/**
 * The nodes in the output of `scontrol show node -o`, a line each. Throws a RangeError where it is
 * not that. Only administrators can put text of theirs into it, and the values read here come
 * before any such text.
 */
export function parseNodes(text: string): Machine[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 1 && /^No nodes/i.test(lines[0] ?? '')) return [];
  return lines.map((line) => {
    const value = (name: string) => new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1];
    const name = value('NodeName');
    const state = value('State');
    if (!name || !state) throw new RangeError(`not a node: ${line.slice(0, 200)}`);
    const boot = value('BootTime');
    const reason = /(?:^| )Reason=(.*)$/.exec(line)?.[1];
    const names = [value('NodeAddr'), value('NodeHostName')].flatMap((alias) => alias || []);
    return {
      name,
      aliases: aliasesOf(name, ...names),
      states: state.replace(/[^A-Z_+]/g, '').split('+'),
      gpus: gpusOf(value('Gres') ?? '', value('CfgTRES') ?? ''),
      cores: Number(value('CPUTot') ?? 0),
      memoryMb: Number(value('RealMemory') ?? 0),
      partitions: (value('Partitions') ?? '').split(',').filter((partition) => partition !== ''),
      ...(boot && /^\d+$/.test(boot) && { bootedAt: Number(boot) * 1000 }),
      ...(reason && { reason }),
    };
  });
}

export function aliasesOf(...names: string[]): string[] {
  return [...new Set(names.map((name) => name.toLowerCase()).filter((name) => name !== ''))];
}

/** `Gres` knows the type, and counts even where GPUs are no trackable resource. */
export function gpusOf(gres: string, tres: string): Node['gpus'] {
  const { count, model } = gpusInGres(gres) ?? gpusInTres(tres) ?? { count: 0 };
  return { count, ...(model && { model }) };
}

/**
 * The node, with the price that the user has set for its partition.
 *
 * A machine with such a price is always on, and would have been paid for since it was booted. But
 * nobody here owes what it did before the jobs that are known began (`since`): the ledger begins
 * with the earliest of them, not with months of idle hours. What jobs leave idle of a node is
 * nobody's here, and never the user's.
 */
export function toNode(
  machine: Machine,
  context: {
    account: string;
    prices: Readonly<Record<string, Price>>;
    /** What the partition's billing weights make of the machine; undefined where that is not known. */
    units: (partition: string) => number | undefined;
    since: Instant | undefined;
    now: Instant;
  },
): Node {
  const { account, prices, units, since, now } = context;
  const { name, aliases, gpus, cores, bootedAt, partitions, reason } = machine;
  const price = priceFor(machine, prices, units);
  return {
    id: `${account}:${name}`,
    source: 'slurm',
    account,
    name,
    aliases: aliases.filter((alias) => !(isIP(alias) && alias.startsWith('127.'))),
    gpus,
    ...(cores > 0 && { cores }),
    state: stateOf(machine),
    ...(since !== undefined && { launchedAt: Math.max(since, bootedAt ?? since) }),
    billing: { ...PER_SECOND, minimumMs: 0 },
    mine: false,
    ...(price !== undefined && {
      rate: {
        microsPerHour: price,
        provenance: 'list' as const,
        basis: 'your burnrate.yaml',
        asOf: now,
      },
    }),
    scheduled: true,
    labels: {
      partition: partitions.join(','),
      slurmState: machine.states.join(' ').toLowerCase(),
      ...(reason && { reason }),
    },
  };
}

/** By the first partition in burnrate.yaml that the node is in. */
function priceFor(
  { partitions, gpus, cores }: Machine,
  prices: Readonly<Record<string, Price>>,
  units: (partition: string) => number | undefined,
): Micros | undefined {
  const name = Object.keys(prices).find((one) => partitions.includes(one)) ?? '*';
  const price = prices[name];
  if (!price) return undefined;
  const { perGpuHour = 0, perCoreHour = 0, perNodeHour = 0, perBillingUnitHour } = price;
  const sum = perGpuHour * gpus.count + perCoreHour * cores + perNodeHour;
  if (perBillingUnitHour === undefined) return toMicros(sum);
  const counted = units(name === '*' ? (partitions[0] ?? '') : name);
  // A part that is not known is no zero.
  return counted === undefined ? undefined : toMicros(sum + perBillingUnitHour * counted);
}

/** A cloud's node that Slurm has switched off costs nothing; one that is drained does. */
function stateOf({ states }: Machine): Node['state'] {
  const is = (...names: string[]) => names.some((name) => states.includes(name));
  if (is('POWERED_DOWN', 'FUTURE', 'PLANNED_DOWN')) return 'stopped';
  if (is('POWERING_DOWN', 'POWER_DOWN')) return 'stopping';
  if (is('POWERING_UP', 'POWER_UP')) return 'starting';
  return is('DOWN') ? 'stopped' : 'running';
}
