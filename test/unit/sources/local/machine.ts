import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';

/** Processes are told by `ps`, which the smallest of systems lack. */
export const PS_IS_MISSING = spawnSync('ps', ['-p', '1']).error !== undefined;

/** Prints the file that is named after what it was asked for, or fails as it was told to. */
const TOOL = `#!/bin/sh
here=$(dirname "$0")
tool=$(basename "$0")
if [ -f "$here/$tool.hang" ]; then exec sleep 600; fi
if [ -f "$here/$tool.fails" ]; then cat "$here/$tool.fails"; exit "$(cat "$here/$tool.code")"; fi
case "$*" in
  *--query-gpu*) cat "$here/$tool.gpus" ;;
  *--query-compute-apps*) cat "$here/$tool.apps" ;;
  *--showpidgpus*) cat "$here/$tool.apps" ;;
  *--showuse*) cat "$here/$tool.gpus" ;;
  metric*) cat "$here/$tool.gpus" ;;
  list*) cat "$here/$tool.list" ;;
  static*) cat "$here/$tool.static" ;;
  process*) cat "$here/$tool.apps" ;;
  *) echo "unknown option $*"; exit 2 ;;
esac
`;

export type ToolName = 'nvidia-smi' | 'rocm-smi' | 'amd-smi';

/** This very machine, but for its GPUs: their tools are programs that print what a test says. */
export class TestMachine {
  readonly surroundings: Surroundings;
  /** Tests run in containers too; here, unless told otherwise, this is none. */
  pidNamespace = 'pid:[4026531836]';
  readonly #folder: string;
  readonly #running: ChildProcess[] = [];

  static async start(): Promise<TestMachine> {
    return new TestMachine(await mkdtemp(join(tmpdir(), 'burnrate-local-')));
  }

  private constructor(folder: string) {
    this.#folder = folder;
    const real = thisMachine();
    this.surroundings = {
      ...real,
      env: {},
      run: (command, args, options) => {
        if (command === 'readlink')
          return Promise.resolve({ code: 0, stdout: `${this.pidNamespace}\n`, stderr: '' });
        if (!/(nvidia|rocm|amd)-smi$/.test(command)) return real.run(command, args, options);
        const program = join(folder, command);
        if (!isAbsolute(command) && existsSync(program)) return real.run(program, args, options);
        const error = new Error(`spawn ${command} ENOENT`);
        return Promise.reject(Object.assign(error, { code: 'ENOENT' }));
      },
    };
  }

  /** Installs a tool, and says what it prints from now on: `gpus`, `apps`, ... */
  async tool(name: ToolName, prints: Record<string, string>): Promise<void> {
    const program = join(this.#folder, name);
    await writeFile(program, TOOL);
    await chmod(program, 0o755);
    for (const [what, text] of Object.entries(prints))
      await writeFile(join(this.#folder, `${name}.${what}`), text);
  }

  /** Starts a program in a session of its own, as from a terminal. */
  start(command: string, ...args: string[]): ChildProcess & { pid: number } {
    const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    this.#running.push(child);
    const { pid } = child;
    if (pid === undefined) throw new Error(`${command} could not be started`);
    return Object.assign(child, { pid });
  }

  /** Starts a script that runs programs on GPUs, and answers their pids, the script's first. */
  async startScript(workers: number): Promise<number[]> {
    const lines = Array.from({ length: workers }, () => 'sleep 600 & echo $!');
    const path = join(this.#folder, 'train.sh');
    await writeFile(path, `#!/bin/sh\n${lines.join('\n')}\necho ready\nwait\n`);
    const script = this.start('sh', path);
    let output = '';
    for await (const chunk of script.stdout ?? []) {
      output += String(chunk);
      if (output.includes('ready')) break;
    }
    return [script.pid, ...output.split('\n').slice(0, workers).map(Number)];
  }

  async close(): Promise<void> {
    for (const { pid } of this.#running) {
      try {
        if (pid !== undefined) process.kill(-pid, 'SIGKILL');
      } catch {
        // It has ended, with all of its group.
      }
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A line of `nvidia-smi --query-gpu`, as version 550 of the driver prints it. */
export function gpuLine(index: number, figures = '92, 40123, 81559, 512.33'): string {
  return `${index}, ${uuid(index)}, NVIDIA H100 80GB HBM3, ${figures}\n`;
}

export function uuid(index: number): string {
  return `GPU-604ac76c-d9cf-fef3-62e9-d92044ab6e5${index}`;
}

/** Lines of `nvidia-smi --query-compute-apps=gpu_uuid,pid`. */
export function apps(...held: [gpu: number, pid: number][]): string {
  return held.map(([gpu, pid]) => `${uuid(gpu)}, ${pid}\n`).join('');
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
