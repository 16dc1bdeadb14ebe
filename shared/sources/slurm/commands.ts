import { SECOND } from '../../model/time.ts';
import { type CommandResult, SourceError } from '../source.ts';
import { type Attempt, failureOf, unfinished } from './errors.ts';
import type { ClusterSettings } from './settings.ts';
import type { Shell } from './shell.ts';

/** The commands that are used here. */
export type Command = 'squeue' | 'scontrol' | 'sacct' | 'scancel';

/** The commands of one cluster's Slurm. */
export interface Commands {
  account: string;
  /** The command as a person would type it. */
  line(command: Command, args: readonly string[]): Attempt;
  /** Its result, whatever its exit code. Rejects with a SourceError where it does not end. */
  try(command: Command, args: readonly string[], options: Limits): Promise<CommandResult>;
  /** What it printed. Rejects with a SourceError where it failed. */
  read(command: Command, args: readonly string[], options: Limits): Promise<string>;
}

/**
 * Without munge the commands try again for a minute, without a controller for 10 s (MessageTimeout):
 * what they say of it must be heard before the deadline.
 */
const PATIENCE_MS = 12 * SECOND;

interface Limits {
  signal: AbortSignal;
  maxBytes?: number;
  endAfterMs?: number;
}

/**
 * Runs them in an environment of which the output does not depend: times in seconds since the
 * epoch, messages in English, no format or filter of the user's own.
 */
export function commandsOf(
  account: string,
  shell: Shell,
  settings: Pick<ClusterSettings, 'commands' | 'conf'>,
): Commands {
  const variables = {
    ...(settings.conf && { SLURM_CONF: settings.conf }),
    SLURM_TIME_FORMAT: '%s',
    // How much of an array's waiting elements is written out.
    SLURM_BITSTR_LEN: '1024',
    LC_ALL: 'C',
  };
  const line = (command: Command, args: readonly string[]): Attempt => ({
    account,
    command: shell.typed([command, ...args]),
  });
  const commands: Commands = {
    account,
    line,
    async try(command, args, options) {
      const program = settings.commands ? shell.within(settings.commands, command) : command;
      try {
        return await shell.run(program, args, { endAfterMs: PATIENCE_MS, ...options, variables });
      } catch (error) {
        if (error instanceof SourceError) throw error;
        throw unfinished(error, line(command, args), options.signal);
      }
    },
    async read(command, args, options) {
      const { code, stdout, stderr } = await commands.try(command, args, options);
      if (code !== 0) throw failureOf(stderr || stdout, code, line(command, args));
      return stdout;
    },
  };
  return commands;
}
