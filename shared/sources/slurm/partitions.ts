import type { Node } from '../../model/node.ts';
import { parseWeight } from './tres.ts';

/** A partition, and what Slurm counts in it. */
export interface Partition {
  name: string;
  /** TRESBillingWeights, by resource in lower case: `gres/gpu` is 2. Of memory, by MB. */
  weights: ReadonlyMap<string, number>;
}

/** What of a machine has a weight. */
export interface Weighed {
  gpus: Node['gpus'];
  cores: number;
  memoryMb: number;
}

/** The partitions in the output of `scontrol show partition -o`, a line each. */
export function parsePartitions(text: string): Partition[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 1 && /^No partitions/i.test(lines[0] ?? '')) return [];
  return lines.map((line) => {
    const name = /^PartitionName=(\S+)/.exec(line)?.[1];
    if (!name) throw new RangeError(`not a partition: ${line.slice(0, 200)}`);
    return { name, weights: weightsIn(/ TRESBillingWeights=(\S+)/.exec(line)?.[1] ?? '') };
  });
}

/** `CPU=1.0,Mem=0.25G,GRES/gpu=2`. https://slurm.schedmd.com/slurm.conf.html#OPT_TRESBillingWeights */
export function weightsIn(text: string): Partition['weights'] {
  return new Map(
    text.split(',').flatMap((part) => {
      const [, name = '', value = ''] = /^([^=]+)=(.+)$/.exec(part.trim()) ?? [];
      const weight = parseWeight(value);
      return weight === undefined ? [] : [[name.toLowerCase(), weight]];
    }),
  );
}

/**
 * The billing units of a whole machine. `most` (PriorityFlags=MAX_TRES): not what all resources
 * come to, but the one that comes to most. Slurm takes a partition without weights to be one unit
 * a CPU.
 */
export function unitsOf(
  { gpus, cores, memoryMb }: Weighed,
  weights: Partition['weights'],
  most: boolean,
): number {
  if (weights.size === 0) return cores;
  const of = (name: string, amount: number) => (weights.get(name) ?? 0) * amount;
  const parts = [
    of('cpu', cores),
    of('mem', memoryMb),
    of('gres/gpu', gpus.count),
    ...(gpus.model ? [of(`gres/gpu:${gpus.model.toLowerCase()}`, gpus.count)] : []),
  ];
  return most ? Math.max(...parts) : parts.reduce((sum, part) => sum + part, 0) + of('node', 1);
}
