import type { Job } from '../../model/job.ts';
import type { Use } from './gpu_tool.ts';
import { type Machine, nodeIdOf } from './machine.ts';
import { type Process, type Processes, startedAt } from './processes.ts';

/** Shells: without a script or a command they are somebody's prompt, and no job. */
const SHELL = /^-?(ba|z|k|c|tc|da|a|fi)?sh$/;

/** What starts workers in sessions of their own, and is one job with them. */
const LAUNCHER =
  /(^|[/\s])(torchrun|accelerate|deepspeed|mpirun|mpiexec(\.hydra)?|orted|prted|hydra_pmi_proxy|horovodrun|composer|colossalai)(\s|$)|-m\s+(torch\.distributed\.(run|launch|launcher)|accelerate\.commands|deepspeed\.launcher)/;

/** Programs whose `-m` names a module to run. */
const MODULES = /(^|\/)(python[\d.]*|torchrun|accelerate|deepspeed)$/;

/** How far up a job's beginning may lie from the process that uses the GPU. */
const MAX_DEPTH = 32;

/**
 * The process that a job began with. From the process on the GPU it goes up to the parent as long
 * as that is the same user's and either of the same session (a script that runs a program), or a
 * launcher of workers (torchrun, mpirun, ...), but not past an interactive shell. So eight workers
 * are one job, two commands typed at one prompt are two, and neither a terminal, an editor, a
 * Jupyter server nor the system's own service manager is ever part of a job.
 */
export async function rootOf(
  worker: Process,
  processes: Pick<Processes, 'read'>,
): Promise<Process> {
  let root = worker;
  for (let depth = 0; depth < MAX_DEPTH && root.parent > 1; depth += 1) {
    const parent = await processes.read(root.parent);
    if (!parent || parent.uid !== worker.uid || isPrompt(parent) || isOurs(parent)) break;
    if (parent.session !== root.session && !LAUNCHER.test(parent.words.join(' '))) break;
    root = parent;
  }
  return root;
}

function isPrompt({ words: [program = '', ...args] }: Process): boolean {
  const isShell = SHELL.test(program.slice(program.lastIndexOf('/') + 1));
  return isShell && args.every((arg) => arg.startsWith('-') && !/^-[a-z]*c/.test(arg));
}

/** `burnrate run`: what it has launched is the job, and goes by the number that it was told. */
function isOurs({ words }: Process): boolean {
  return words.some(
    (word, index) =>
      /(^|\/)(burnrate(\.mjs)?|shared\/cli\/main\.ts)$/.test(word) && words[index + 1] === 'run',
  );
}

/**
 * Whether it is part of a Slurm job: by its control group, or by the daemon that started it where
 * Slurm uses none. Slurm knows more of that job and is the one to end it; where there are its jobs,
 * there is squeue, by which the slurm source shows them.
 */
async function isSlurms(process: Process, processes: Pick<Processes, 'read' | 'file'>) {
  if (/slurm.*\/job_\d+/.test((await processes.file(process.pid, 'cgroup')) ?? '')) return true;
  const parent = await processes.read(process.parent);
  return parent?.words[0]?.startsWith('slurmstepd') ?? false;
}

/** The jobs that the processes on the GPUs are, but for those of Slurm. */
export async function jobsOf(
  uses: readonly Use[],
  account: string,
  machine: Machine,
  processes: Processes,
  me: number,
  signal: AbortSignal,
): Promise<Job[]> {
  const groups = new Map<string, { root: Process; gpus: Set<number>; workers: Set<number> }>();
  for (const [pid, held] of Map.groupBy(uses, (use) => use.pid)) {
    const worker = await processes.read(pid);
    if (!worker || (await isSlurms(worker, processes))) continue;
    const root = await rootOf(worker, processes);
    if (root !== worker && (await isSlurms(root, processes))) continue;
    const id = nativeIdOf(root, machine);
    const group = groups.get(id) ?? { root, gpus: new Set(), workers: new Set() };
    groups.set(id, group);
    group.workers.add(pid);
    for (const { gpu } of held) group.gpus.add(gpu);
  }
  return Promise.all(
    [...groups].map(async ([nativeId, { root, gpus, workers }]): Promise<Job> => {
      const started = startedAt(root, machine);
      return {
        id: `${account}:${nativeId}`,
        source: 'local',
        account,
        nativeId,
        name: nameOf(root.words),
        owner: await processes.nameOf(root.uid, signal),
        mine: root.uid === me,
        level: 'process',
        state: 'running',
        ...(started !== undefined && { startedAt: started }),
        shares: [
          {
            node: nodeIdOf(account, machine),
            gpus: gpus.size,
            gpuIndexes: [...gpus].sort((a, b) => a - b),
            pids: [...workers].sort((a, b) => a - b),
          },
        ],
        labels: { pid: String(root.pid), 'GPU processes': String(workers.size) },
      };
    }),
  );
}

/** A process by more than its number, which the system gives to another one day. */
export function nativeIdOf(process: Process, machine: Machine): string {
  return `${machine.bootId}-${process.pid}-${process.startTicks}`;
}

/** The number in a native id. */
export function pidIn(nativeId: string): number {
  return Number(nativeId.split('-')[1]);
}

/**
 * What people call it: the script or module that is run, else the program. Arguments are left out,
 * for tokens and passwords are among them.
 */
export function nameOf(words: readonly string[]): string {
  const [program = '', ...args] = words;
  const module = args[args.indexOf('-m') + 1];
  if (MODULES.test(program) && args.includes('-m') && module && /^[a-z_][\w.]*$/i.test(module)) {
    if (module === 'ipykernel_launcher') return 'Jupyter kernel';
    if (!LAUNCHER.test(`-m ${module}`)) return module;
  }
  const script = args.find((arg) => /\.(py|sh|jl|R|m|lua|js|mjs|ts|ipynb)$/.test(arg));
  return baseName(script ?? program);
}

function baseName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/^-/, '');
  // A process may write what it likes over its command line: `VLLM::EngineCore (rank 0)`.
  return name || path || 'process';
}
