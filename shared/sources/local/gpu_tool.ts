import { type CommandResult, SourceError, type Surroundings } from '../source.ts';

/** One GPU, as its maker's tool shows it. Fractions are 0 to 1, memory bytes, power watts. */
export interface Gpu {
  /** On this machine, by the tool's own count. */
  index: number;
  uuid: string;
  name?: string;
  utilization?: number;
  memoryUsed?: number;
  memoryTotal?: number;
  power?: number;
}

/** A process that uses a GPU. */
export interface Use {
  pid: number;
  /** The GPU's index, by the tool's own count. */
  gpu: number;
}

/** The program of a maker of GPUs that shows them and who uses them. */
export interface GpuTool {
  name: string;
  /** Where it may be: on the PATH, then where installers leave it. */
  programs: readonly string[];
  /** An empty list where it runs and there are none. */
  readGpus(ask: Ask): Promise<Gpu[]>;
  readUses(ask: Ask, gpus: readonly Gpu[]): Promise<Use[]>;
}

/** Runs the tool and answers what it printed. Rejects with a SourceError where it failed. */
export type Ask = (args: readonly string[]) => Promise<string>;

/** Thrown where none of a tool's programs is installed. */
export class NotInstalled extends Error {
  constructor(tool: GpuTool) {
    super(`${tool.programs.join(', ')}: not installed`);
    this.name = 'NotInstalled';
  }
}

/** How one tool is asked, on this machine. */
export function asker(
  tool: GpuTool,
  account: string,
  surroundings: Pick<Surroundings, 'run'>,
  signal: AbortSignal,
): Ask {
  return async (args) => {
    const { program, result } = await runFirst(tool, args, surroundings, signal, account);
    if (result.code === 0) return result.stdout;
    throw toolFailure(account, program, result);
  };
}

async function runFirst(
  tool: GpuTool,
  args: readonly string[],
  { run }: Pick<Surroundings, 'run'>,
  signal: AbortSignal,
  account: string,
): Promise<{ program: string; result: CommandResult }> {
  for (const program of tool.programs) {
    try {
      return { program, result: await run(program, args, { signal }) };
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      throw new SourceError(code === 'EACCES' ? 'denied' : 'malformed', {
        account,
        message: `${program} cannot be run: ${message}`,
        remedy: `Try it in a terminal: ${program}`,
      });
    }
  }
  throw new NotInstalled(tool);
}

/** What a tool means that ended with a failure: most print one line that says so. */
function toolFailure(account: string, program: string, result: CommandResult): SourceError {
  const said = oneLine(result.stderr) || oneLine(result.stdout) || `exit code ${result.code}`;
  const message = `${program}: ${said}`;
  if (/permission/i.test(said) || result.code === 4)
    return new SourceError('denied', {
      account,
      message,
      remedy: `Let ${program} be run by this user: join the groups video and render, or ask who runs this machine.`,
    });
  if (/version mismatch/i.test(said))
    return new SourceError('unreachable', {
      account,
      message,
      remedy: 'The driver was updated while it was in use: restart this machine.',
    });
  return new SourceError('unreachable', {
    account,
    message,
    remedy: `See that the GPU's driver is installed and loaded (lsmod, dmesg), and try ${program} in a terminal. To leave this machine out, set sources.local.enabled: false in burnrate.yaml.`,
  });
}

/** An answer that is not in the tool's format. */
export function notUnderstood(account: string, tool: string, text: string): SourceError {
  return new SourceError('malformed', {
    account,
    message: `${tool} printed what Burnrate does not understand: ${oneLine(text) || 'nothing'}`,
    remedy: `Look at what ${tool} prints in a terminal; if it looks right, report it with the tool's version.`,
  });
}

function oneLine(text: string): string {
  const line = text
    .split('\n')
    .map((part) => part.trim())
    .find((part) => part !== '');
  return line === undefined ? '' : line.slice(0, 300);
}

/** A figure, or undefined for `[N/A]`, `[Not Supported]`, `ERR!` and the like. */
export function figure(text: unknown, unit = 1): number | undefined {
  if (typeof text !== 'string' && typeof text !== 'number') return undefined;
  if (typeof text === 'string' && !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value * unit : undefined;
}

/** A percentage as a fraction. */
export function percent(text: unknown): number | undefined {
  const value = figure(text);
  return value === undefined ? undefined : Math.min(1, value / 100);
}

/** Leaves out what is undefined. */
export function known<T extends object>(object: T): { [Key in keyof T]: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: NonNullable<T[Key]>;
  };
}
