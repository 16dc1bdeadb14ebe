import { expandNumbers, splitOutside } from './hostlist.ts';

/** GPUs as Slurm counts them. */
export interface Gpus {
  count: number;
  /** Slurm's word for their type: `a100`. */
  model?: string;
  /** Which ones of the node, where it says so and means as many as it counts. */
  indexes?: number[];
}

/**
 * The GPUs among generic resources: `gpu:a100:2(IDX:0-1)`, `gpu:4(S:0-1)`, `gres/gpu:v100:1,mps:10`.
 * Undefined where the text says nothing (`(null)`, `N/A`, empty).
 */
export function gpusInGres(text: string): Gpus | undefined {
  const bare = text.replace(/^\(null\)$|^N\/A$/, '');
  if (bare === '') return undefined;
  const gpus = splitOutside(bare, '(', ')').flatMap((part) => {
    const [, head = '', notes = ''] = /^(?:gres[/:])?([^(]*)(?:\(([^)]*)\))?/.exec(part) ?? [];
    const [name, ...fields] = head.split(/[:=]/);
    if (name !== 'gpu') return [];
    const counted = /^\d+[KMGT]?$/.test(fields.at(-1) ?? '');
    const count = counted ? Number.parseInt(fields.pop() ?? '', 10) : 1;
    return [{ count, model: fields.join(':'), indexes: indexesIn(notes, count) }];
  });
  const model = [...new Set(gpus.flatMap((one) => one.model || []))].join(', ');
  const indexes = gpus.flatMap((one) => one.indexes ?? []);
  const count = gpus.reduce((sum, one) => sum + one.count, 0);
  return {
    count,
    ...(model && { model }),
    ...(count > 0 && new Set(indexes).size === count && { indexes }),
  };
}

function indexesIn(notes: string, count: number): number[] | undefined {
  const numbers = expandNumbers(/^IDX:(.*)$/.exec(notes)?.[1] ?? '');
  return numbers?.length === count ? numbers : undefined;
}

/**
 * The GPUs among trackable resources: `cpu=8,mem=1G,gres/gpu=4,gres/gpu:a100=4`. Undefined where
 * it names none, which is no proof that there are none: Slurm counts them here only where its
 * AccountingStorageTRES says so.
 */
export function gpusInTres(text: string): Gpus | undefined {
  const amounts = text.split(',').flatMap((part) => {
    const match = /^gres\/gpu(?::([^=]+))?=(\d+)$/.exec(part);
    return match ? [{ model: match[1], count: Number(match[2]) }] : [];
  });
  if (amounts.length === 0) return undefined;
  const typed = amounts.filter(({ model }) => model !== undefined);
  const total = amounts.find(({ model }) => model === undefined)?.count;
  const model = typed.map((one) => one.model).join(', ');
  return {
    count: total ?? typed.reduce((sum, { count }) => sum + count, 0),
    ...(model && { model }),
  };
}

/** By a unit of memory: how much of one is in a megabyte. Slurm counts in megabytes. */
const IN_MB: Readonly<Record<string, number>> = {
  K: 1024,
  M: 1,
  G: 1 / 1024,
  T: 1 / 1024 ** 2,
  P: 1 / 1024 ** 3,
};

/** A weight, for one of what it weighs: `0.25G` is for a gigabyte, so 0.25/1024 for a megabyte. */
export function parseWeight(text: string): number | undefined {
  const [, number, unit = 'M'] = /^(\d+(?:\.\d*)?|\.\d+)([KMGTP])?$/i.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (IN_MB[unit.toUpperCase()] ?? 1);
}
