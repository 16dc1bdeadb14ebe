import type { Entry } from './entry.ts';
import type { Machine } from './nodes.ts';
import type { Partition } from './partitions.ts';
import type { Person } from './shell.ts';

/** What is to be cancelled: a job by its number, or of an array what still waits. */
export interface Order {
  job: string;
  /** Which of the array's elements wait: `2-5,7`. */
  waiting?: string;
}

/**
 * A cluster as one asks it: by Slurm's own commands, here or over ssh, or by slurmrestd. What
 * fails rejects with a SourceError.
 */
export interface Controller {
  /** Who the user of Burnrate is on the cluster. */
  user(signal: AbortSignal): Promise<Person>;
  /** The jobs that the controller knows. */
  queue(signal: AbortSignal): Promise<Entry[]>;
  /** How they were read, for people; undefined before the first time. */
  readonly format: string | undefined;
  machines(signal: AbortSignal): Promise<Machine[]>;
  partitions(signal: AbortSignal): Promise<Partition[]>;
  /** The jobs that have ended within the last hour; undefined where no accounts are kept. */
  ended(signal: AbortSignal): Promise<Entry[] | undefined>;
  /** A value of the cluster's configuration (`KillWait`), where it can be read. */
  configured(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** The cancellation as a person would type it. */
  typed(order: Order): string;
  /** Resolves when Slurm has accepted it, and where the job has ended by then. */
  cancel(order: Order, signal: AbortSignal): Promise<void>;
  /** That it answers, in its own words. */
  ping(signal: AbortSignal): Promise<string>;
  /** That it would take a cancellation; sends none. */
  canCancel(signal: AbortSignal): Promise<string>;
  close(): void;
}
