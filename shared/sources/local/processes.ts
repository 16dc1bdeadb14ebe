import { type CommandResult, SourceError, type Surroundings } from '../source.ts';
import type { Machine } from './machine.ts';

/** A process of this machine. */
export interface Process {
  pid: number;
  parent: number;
  session: number;
  uid: number;
  /** In ticks since the machine was started: with the pid, it names a process for good. */
  startTicks: number;
  /** The command line, a word each. */
  words: string[];
}

/** The kernel counts the time of processes in hundredths of a second, on every architecture. */
export const TICK_MS = 10;

/** Reads processes one by one, from Linux's /proc. */
export class Processes {
  readonly #surroundings: Pick<Surroundings, 'readFile' | 'run' | 'user'>;
  readonly #names = new Map<number, string>();

  constructor(surroundings: Pick<Surroundings, 'readFile' | 'run' | 'user'>) {
    this.#surroundings = surroundings;
    this.#names.set(surroundings.user.uid, surroundings.user.name);
  }

  /** Undefined where it has ended, or is another container's. */
  async read(pid: number): Promise<Process | undefined> {
    const [stat, status, command] = await Promise.all(
      ['stat', 'status', 'cmdline'].map((file) => this.file(pid, file)),
    );
    const [state = 'Z', parent, , session] = fieldsOf(stat ?? '');
    const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(status ?? '')?.[1];
    const startTicks = startTicksIn(stat ?? '');
    if (/[ZXx]/.test(state) || uid === undefined || startTicks === undefined) return undefined;
    const name = /^Name:\s+(.*)$/m.exec(status ?? '')?.[1] ?? String(pid);
    const words = (command ?? '').split('\0').filter((word) => word !== '');
    return {
      pid,
      parent: Number(parent),
      session: Number(session),
      uid: Number(uid),
      startTicks,
      words: words.length > 0 ? words : [name],
    };
  }

  /** The process and all that it started, by pid, parents first. */
  async treeOf(root: number, account: string, signal: AbortSignal): Promise<number[]> {
    const children = new Map<number, number[]>();
    const args = ['-A', '-o', 'pid=,ppid='];
    const { stdout } = await runOrSay(this.#surroundings, account, signal, 'ps', args);
    for (const line of stdout.split('\n')) {
      const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
      if (pid > 0) children.set(parent, [...(children.get(parent) ?? []), pid]);
    }
    const tree = [root];
    for (const pid of tree) tree.push(...(children.get(pid) ?? []));
    return tree;
  }

  /** The numbers of a user's processes. */
  async pidsOf(uid: number, account: string, signal: AbortSignal): Promise<number[]> {
    const args = ['-A', '-o', 'pid=,uid='];
    const { stdout } = await runOrSay(this.#surroundings, account, signal, 'ps', args);
    return stdout.split('\n').flatMap((line) => {
      const [pid = 0, owner] = line.trim().split(/\s+/).map(Number);
      return pid > 0 && owner === uid ? [pid] : [];
    });
  }

  /** The user's name, or the number where the system has none. */
  async nameOf(uid: number, signal: AbortSignal): Promise<string> {
    const known = this.#names.get(uid);
    if (known !== undefined) return known;
    let name = `uid ${uid}`;
    try {
      const { code, stdout } = await this.#surroundings.run('id', ['-nu', String(uid)], { signal });
      if (code === 0 && stdout.trim()) name = stdout.trim();
    } catch {
      signal.throwIfAborted();
      // No such program: the number is a name too.
    }
    this.#names.set(uid, name);
    return name;
  }

  /** One of the files of /proc/PID; undefined where the process has ended or is hidden. */
  async file(pid: number, file: string): Promise<string | undefined> {
    try {
      return await this.#surroundings.readFile(`/proc/${pid}/${file}`);
    } catch (error) {
      // It ended while it was read, or it is hidden from this user.
      if (/^(ESRCH|ENOENT|EACCES|EPERM)$/.test((error as NodeJS.ErrnoException).code ?? ''))
        return undefined;
      throw error;
    }
  }
}

/** `1234 (any (thing) at all) S 1 1234 1234 ...`: what follows the name, which may hold anything. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** When a process began, by its /proc/PID/stat, in ticks since the machine was started. */
export function startTicksIn(stat: string): number | undefined {
  const ticks = fieldsOf(stat)[19];
  return ticks !== undefined && /^\d+$/.test(ticks) ? Number(ticks) : undefined;
}

export function startedAt(process: Process, machine: Machine): number | undefined {
  return machine.bootedAt === undefined
    ? undefined
    : machine.bootedAt + process.startTicks * TICK_MS;
}

/** Runs a program that every Linux has; says so where this one has it not. */
export async function runOrSay(
  { run }: Pick<Surroundings, 'run'>,
  account: string,
  signal: AbortSignal,
  command: string,
  args: readonly string[],
): Promise<CommandResult> {
  try {
    return await run(command, args, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new SourceError('not-configured', {
      account,
      message: `${command} cannot be run: ${(error as Error).message}`,
      remedy: `Install ${command} (Debian: apt-get install procps).`,
    });
  }
}
