import { join } from 'node:path';
import type { CommandResult, RunOptions, Surroundings } from '../source.ts';

/** Where Slurm's commands run: on this machine, or on another one. */
export interface Shell {
  /**
   * Runs a program without a shell's ways with its words. Its environment is that of the place,
   * without what would change what Slurm's commands print, filter or do, and with `variables`.
   */
  run(
    program: string,
    args: readonly string[],
    options: Omit<RunOptions, 'env' | 'stdin'> & { variables: Readonly<Record<string, string>> },
  ): Promise<CommandResult>;
  /** A command as a person would type it on this machine. */
  typed(words: readonly string[]): string;
  /** The path of a program in a folder there. */
  within(folder: string, program: string): string;
  /** Who runs the commands there. */
  user(signal: AbortSignal): Promise<Person>;
  /** How the place is reached, for people. */
  describe(signal: AbortSignal): Promise<string>;
}

/** A user as Slurm names one; by number where it knows no name. */
export interface Person {
  name: string;
  uid?: number;
}

/** Names of such variables, as an extended regular expression of any tool's. */
export const DISTURBING =
  '(SQUEUE|SACCT|SCONTROL|SCANCEL|SINFO)_[A-Za-z0-9_]*|SLURM_(CLUSTERS|JSON|YAML|DEBUG)[A-Za-z0-9_]*';

/** This machine. */
export function shellHere(surroundings: Surroundings): Shell {
  const disturbing = new RegExp(`^(${DISTURBING})$`);
  const inherited = Object.fromEntries(
    Object.entries(surroundings.env).filter(([name]) => !disturbing.test(name)),
  );
  return {
    run: (program, args, { variables, ...options }) =>
      surroundings.run(program, args, { ...options, env: { ...inherited, ...variables } }),
    typed: (words) => words.map(quoted).join(' '),
    within: join,
    user: async () => surroundings.user,
    describe: async () => '',
  };
}

/** A word as a POSIX shell takes it for what it is. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
