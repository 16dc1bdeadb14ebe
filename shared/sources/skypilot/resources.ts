import type { Machines } from './launched.ts';

type Kind = Pick<Machines, 'instanceType' | 'spot' | 'gpus' | 'cores'>;

/**
 * The kind of machine in SkyPilot's description of a cluster's resources:
 * `2x[spot](gpus=A10G:1, cpus=4, mem=16, g5.xlarge, disk=256)`. On Kubernetes and Slurm it names no
 * instance type. sky/utils/resources_utils.py, format_resource
 */
export function parseResources(text: string | null | undefined): Kind {
  const parts = /\((.*)\)\s*$/.exec(text ?? '')?.[1]?.split(', ') ?? [];
  const value = (name: string) =>
    parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  const instanceType = parts.find((part) => /^[A-Za-z0-9][\w.:+-]*$/.test(part));
  const cores = Number.parseFloat(value('cpus') ?? '');
  return {
    spot: /^\d*x?\[spot\]/.test(text ?? ''),
    gpus: parseAccelerators(value('gpus')),
    ...(instanceType && { instanceType }),
    ...(cores >= 1 && { cores: Math.floor(cores) }),
  };
}

/** `A100:8`, `A100`, or `{'A100': 8}`. TPUs are accelerators, too. */
export function parseAccelerators(text: string | null | undefined): Machines['gpus'] {
  const [, model, count] =
    /^\{?\s*['"]?([A-Za-z][\w.-]*)['"]?\s*(?::\s*([\d.]+))?\s*\}?$/.exec(text?.trim() ?? '') ?? [];
  return model ? { count: Number(count ?? 1), model } : { count: 0 };
}
