import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { formatMoney, toMicros } from '../model/money.ts';
import type { CollectorConnection } from '../protocol/client.ts';
import { withCollector } from './connect.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import { type Launched, launcherOf, processLaunched } from './launched.ts';
import type { Terminal } from './terminal.ts';

/** So much of what a launcher prints is looked through for its job. */
const MAX_OUTPUT = 1024 * 1024;

export interface Limits {
  /** US dollars in all, and an hour. */
  budget?: number;
  maxRate?: number;
  /** Stops the job at the ceiling; else it is only said. */
  stop?: boolean;
}

/**
 * `burnrate run --budget 50 -- sbatch train.sh`: runs the command as it is, and ties what it
 * launches to the budget. Answers with the command's own exit code. Where the collector cannot be
 * reached, nothing is launched.
 */
export function run(terminal: Terminal, command: readonly string[], limits: Limits) {
  if (limits.budget === undefined && limits.maxRate === undefined)
    throw new PlainFailure('Say what it may cost: --budget, --max-rate, or both.', EXIT.usage);
  return withCollector(async (link) => {
    const launcher = launcherOf(command);
    const child = start(command, launcher !== undefined);
    const ended = endOf(child, command);
    if (!launcher) {
      const { pid } = child;
      if (pid !== undefined) await tie(link, processLaunched(pid), limits, terminal);
      return await ended;
    }
    const output = passedOn(child);
    const code = await ended;
    const launched = launcher.jobsIn(await output);
    if (launched) await tie(link, launched, limits, terminal);
    else if (code === 0) {
      throw new PlainFailure(
        `It was launched, but ${launcher.title} named no job in what it printed: no budget is set. Set it with \`burnrate budget <job>\`; \`burnrate jobs\` lists them.`,
        EXIT.failed,
      );
    }
    return code;
  });
}

/** Sets the budget of what was launched, or of a job that runs already, and says so. */
export async function tie(
  link: CollectorConnection,
  { source, nativeIds, what }: Launched,
  { budget, maxRate, stop }: Limits,
  terminal: Terminal,
): Promise<void> {
  await link.request('setBudget', {
    source,
    nativeIds,
    action: stop ? 'stop' : 'notify',
    ...(budget !== undefined && { ceiling: toMicros(budget) }),
    ...(maxRate !== undefined && { ceilingPerHour: toMicros(maxRate) }),
  });
  const limits = [
    ...(budget === undefined ? [] : [`${formatMoney(toMicros(budget))} in all`]),
    ...(maxRate === undefined ? [] : [`${formatMoney(toMicros(maxRate))}/h`]),
  ];
  const then = stop ? 'it is stopped, after a notice' : 'you are told';
  terminal.note(`burnrate: ${what} may cost ${limits.join(' and ')}; then ${then}.`);
}

function start([program = '', ...args]: readonly string[], listens: boolean): ChildProcess {
  const output = listens ? 'pipe' : 'inherit';
  // What makes an editor's own program be Node.js, as which it runs this, is no job's business.
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
  return spawn(program, args, { stdio: ['inherit', output, output], env });
}

/** Its exit code, as a shell has it. A Ctrl-C is the command's to answer; it reaches it by itself. */
async function endOf(child: ChildProcess, [program]: readonly string[]): Promise<number> {
  const stay = () => {};
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', stay);
  process.on('SIGTERM', pass);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', ({ message }) =>
        reject(new PlainFailure(`${program} could not be started: ${message}`, EXIT.usage)),
      );
      child.once('close', (code, signal) =>
        resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)),
      );
    });
  } finally {
    process.off('SIGINT', stay);
    process.off('SIGTERM', pass);
  }
}

/** Passes on what the child prints, and answers with it once the child has ended. */
async function passedOn({ stdout, stderr }: ChildProcess): Promise<string> {
  const parts: string[] = [];
  let length = 0;
  const pass = async (from: NodeJS.ReadableStream | null, to: NodeJS.WritableStream) => {
    if (!from) return;
    from.setEncoding('utf8');
    for await (const text of from as AsyncIterable<string>) {
      to.write(text);
      if (length < MAX_OUTPUT) parts.push(text);
      length += text.length;
    }
  };
  await Promise.all([pass(stdout, process.stdout), pass(stderr, process.stderr)]);
  return parts.join('');
}
