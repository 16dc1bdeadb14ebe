import type { Surroundings } from '../source.ts';
import type { Gpu, Use } from './gpu_tool.ts';
import { type Processes, runOrSay } from './processes.ts';

/** The first namespace of process numbers has this inode on every Linux (PROC_PID_INIT_INO). */
const HOSTS_OWN = 'pid:[4026531836]';

/**
 * Whether process numbers here are a container's own. A driver knows the host's alone, so that by
 * what nvidia-smi says there one would take, and stop, a stranger of the same number.
 */
export async function isContained(
  { run }: Pick<Surroundings, 'run'>,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { stdout } = await run('readlink', ['/proc/self/ns/pid'], { signal });
    return stdout.startsWith('pid:') && stdout.trim() !== HOSTS_OWN;
  } catch {
    signal.throwIfAborted();
    // No such program: no Linux that runs anything in a container.
    return false;
  }
}

/**
 * Who uses which NVIDIA GPU in a container: a CUDA program has the devices of its GPUs mapped
 * (/dev/nvidia3). Those that the container was given, in their order, are the GPUs it counts.
 */
export async function usesInContainer(
  gpus: readonly Gpu[],
  processes: Processes,
  surroundings: Pick<Surroundings, 'run' | 'user'>,
  account: string,
  signal: AbortSignal,
): Promise<Use[]> {
  const { stdout } = await runOrSay(surroundings, account, signal, 'ls', ['/dev']);
  const devices = (stdout.match(/^nvidia\d+$/gm) ?? [])
    .map((name) => Number(name.slice('nvidia'.length)))
    .sort((a, b) => a - b);
  const uses: Use[] = [];
  for (const pid of await processes.pidsOf(surroundings.user.uid, account, signal)) {
    const mapped = (await processes.file(pid, 'maps'))?.matchAll(/\/dev\/nvidia(\d+)$/gm) ?? [];
    for (const device of new Set([...mapped].map(([, number]) => Number(number)))) {
      const gpu = gpus[devices.indexOf(device)];
      if (gpu) uses.push({ pid, gpu: gpu.index });
    }
  }
  return uses;
}
