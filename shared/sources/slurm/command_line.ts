import { SECOND } from '../../model/time.ts';
import type { SourceError } from '../source.ts';
import { accountingArguments, parseAccounting } from './accounting.ts';
import { type Command, type Commands, commandsOf } from './commands.ts';
import type { Controller, Order } from './controller.ts';
import { failureOf, malformed } from './errors.ts';
import { isMine } from './jobs.ts';
import { parseNodes } from './nodes.ts';
import { parsePartitions } from './partitions.ts';
import { queueOf } from './queue.ts';
import { separator } from './records.ts';
import type { ClusterSettings } from './settings.ts';
import type { Shell } from './shell.ts';

/** The database may be slow where the controller is not: its part is waited for no longer. */
const ACCOUNTING_MS = 8 * SECOND;

/** A cluster by Slurm's own commands, wherever they run. */
export function commandLine(account: string, shell: Shell, settings: ClusterSettings): Controller {
  const commands = commandsOf(account, shell, settings);
  const { onlyMine, mine } = settings;
  const queue = queueOf(commands, {
    onlyMine: onlyMine ? mine : undefined,
    user: (signal) => shell.user(signal),
    isMine: (name, user) => isMine(name, { ...user, mine }),
  });
  const config = configOf(commands);

  /** Rejects with a SourceError where a command prints what it should not. */
  async function parsed<T>(
    command: Command,
    args: readonly string[],
    parse: (text: string) => T,
    signal: AbortSignal,
  ): Promise<T> {
    const text = await commands.read(command, args, { signal });
    try {
      return parse(text);
    } catch (error) {
      throw malformed((error as Error).message, commands.line(command, args), error);
    }
  }

  return {
    user: (signal) => shell.user(signal),
    queue: (signal) => queue.read(signal),
    get format() {
      return queue.format;
    },
    machines: (signal) =>
      parsed('scontrol', ['--all', '--oneliner', 'show', 'node'], parseNodes, signal),
    partitions: (signal) =>
      parsed('scontrol', ['--all', '--oneliner', 'show', 'partition'], parsePartitions, signal),
    async ended(signal) {
      const between = separator();
      const args = accountingArguments(between, onlyMine);
      const attempt = commands.line('sacct', ['--allocations', '--starttime=now-1hour']);
      const answer = await commands
        .try('sacct', args, { signal, endAfterMs: ACCOUNTING_MS })
        .catch((error: SourceError) => {
          if (error.kind === 'not-configured') return undefined;
          throw error;
        });
      if (!answer || /accounting storage is disabled/i.test(answer.stderr)) return undefined;
      if (answer.code !== 0) throw failureOf(answer.stderr, answer.code, attempt);
      try {
        return parseAccounting(answer.stdout, between);
      } catch (error) {
        throw malformed((error as Error).message, attempt, error);
      }
    },
    configured: config,
    typed: (order) => commands.line('scancel', argumentsFor(order)).command,
    async cancel(order, signal) {
      const args = argumentsFor(order);
      const { code, stderr } = await commands.try('scancel', args, { signal });
      if (code === 0 || /already complet|Invalid job id/i.test(stderr)) return;
      throw failureOf(stderr, code, commands.line('scancel', args));
    },
    async ping(signal) {
      const args = ['ping'];
      const { code, stdout, stderr } = await commands.try('scontrol', args, { signal });
      const said = stdout.trim().split('\n').join('; ');
      // Releases differ in whether a controller that is down is a failure.
      if (code !== 0 || !/\bUP\b/.test(said))
        throw failureOf(stderr || stdout, code, commands.line('scontrol', args));
      const way = await shell.describe(signal);
      return way ? `${said}, ${way}` : said;
    },
    async canCancel(signal) {
      const version = await commands.read('scancel', ['--version'], { signal });
      return `scancel is there (${version.trim()})`;
    },
    close: () => {},
  };
}

/** The number of an array means all of it; only what still waits is to be cancelled. */
function argumentsFor({ job, waiting }: Order): string[] {
  return waiting === undefined ? [job] : ['--state=PENDING', job];
}

/** Reads the configuration once: it changes with a restart of the controller at the earliest. */
function configOf(commands: Commands): Controller['configured'] {
  let text: string | undefined;
  return async (name, signal) => {
    if (text === undefined) {
      const { code, stdout } = await commands.try('scontrol', ['show', 'config'], { signal });
      if (code === 0) text = stdout;
    }
    return new RegExp(`^${name}\\s*= (.*)$`, 'm').exec(text ?? '')?.[1]?.trim();
  };
}
