import { z } from 'zod';
import { SECOND } from '../../model/time.ts';
import { aliasesOf, gpusOf, type Machine } from './nodes.ts';
import { type Partition, weightsIn } from './partitions.ts';
import { Num, QueuedJob, Text } from './queue_json.ts';

/** What slurmrestd answers, v0.0.38 to v0.0.44: https://slurm.schedmd.com/rest_api.html */
export const Jobs = z.looseObject({ jobs: z.array(QueuedJob) });

export const Pings = z.looseObject({
  pings: z.array(
    z.looseObject({
      hostname: z.string(),
      mode: Text,
      /** Until v0.0.39 `UP`; later beside `responding`. */
      ping: Text.optional(),
      pinged: Text.optional(),
      responding: z.boolean().optional(),
    }),
  ),
});

/** States: until v0.0.39 one with flags beside it, later a list of all. */
export const Nodes = z.looseObject({
  nodes: z.array(
    z.looseObject({
      name: z.string().min(1),
      address: Text,
      hostname: Text,
      state: z.union([z.string().transform((state) => [state]), z.array(z.string())]),
      state_flags: z.array(z.string()).nullish(),
      gres: Text,
      tres: Text,
      cpus: Num,
      real_memory: Num,
      boot_time: Num,
      partitions: z.array(z.string()).nullish(),
      reason: Text,
    }),
  ),
});

/** Weights: until v0.0.38 by themselves, later among the trackable resources. */
export const Partitions = z.looseObject({
  partitions: z.array(
    z.looseObject({
      name: z.string().min(1),
      billing_weights: Text.optional(),
      tres: z.union([z.string(), z.looseObject({ billing_weights: Text.optional() })]).nullish(),
    }),
  ),
});

export function isUp({
  ping,
  pinged,
  responding,
}: z.infer<typeof Pings>['pings'][number]): boolean {
  return responding ?? (ping || pinged || '').toUpperCase() === 'UP';
}

export function machinesOf({ nodes }: z.infer<typeof Nodes>): Machine[] {
  return nodes.map((node) => ({
    name: node.name,
    aliases: aliasesOf(node.name, node.address, node.hostname),
    states: [...node.state, ...(node.state_flags ?? [])].map((state) => state.toUpperCase()),
    gpus: gpusOf(node.gres, node.tres),
    cores: node.cpus ?? 0,
    memoryMb: node.real_memory ?? 0,
    partitions: node.partitions ?? [],
    ...(node.boot_time && { bootedAt: node.boot_time * SECOND }),
    ...(node.reason && { reason: node.reason }),
  }));
}

export function partitionsOf({ partitions }: z.infer<typeof Partitions>): Partition[] {
  return partitions.map(({ name, billing_weights, tres }) => ({
    name,
    weights: weightsIn(
      (typeof tres === 'object' && tres?.billing_weights) || billing_weights || '',
    ),
  }));
}
