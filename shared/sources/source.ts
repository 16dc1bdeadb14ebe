import type { z } from 'zod';
import type { Account, Capability, FailureKind } from '../model/account.ts';
import type { BucketReading } from '../model/bucket.ts';
import type { Job } from '../model/job.ts';
import type { Leftover } from '../model/leftover.ts';
import type { Micros } from '../model/money.ts';
import type { Node } from '../model/node.ts';
import type { Progress } from '../model/progress.ts';
import type { PriceKey, Quote } from '../model/rate.ts';
import type { Sample } from '../model/sample.ts';
import type { StopPlan } from '../model/stop.ts';
import type { Clock, Instant, Interval } from '../model/time.ts';
import type { Traffic } from '../model/traffic.ts';

/** What can be asked of an account at a cadence of its own. */
export type Observable = 'nodes' | 'jobs' | 'telemetry' | 'prices' | 'leftovers';

/** How often an observable is read, how long an answer may take, and what each reading costs. */
export interface Cadence {
  everyMs: number;
  deadlineMs: number;
  /** What the provider charges for one reading; 0 for free APIs. */
  costMicros: Micros;
}

/** The output of a finished command. A command that could not be started rejects instead. */
export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  signal: AbortSignal;
  stdin?: string;
  maxBytes?: number;
  /** Ends a program that runs longer; what it has printed by then is its result, its code -1. */
  endAfterMs?: number;
  /** The program's whole environment. Default: this process's own. */
  env?: Readonly<Record<string, string | undefined>>;
}

/** A file or a folder in another. Links are what they lead to. */
export interface FolderEntry {
  name: string;
  isFolder: boolean;
  modifiedAt: Instant;
}

/**
 * The world outside, as a source sees it: everything a source reads of the machine it runs on
 * goes through here, so that a test can put it on another machine.
 */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** Names of those in `env` that a face has entrusted, and that are in no real environment. */
  entrusted?: ReadonlySet<string>;
  homedir: string;
  platform: NodeJS.Platform;
  user: { name: string; uid: number };
  clock: Clock;
  /** Runs a program without a shell. Rejects with ENOENT where it is not installed. */
  run(command: string, args: readonly string[], options: RunOptions): Promise<CommandResult>;
  /** The file's text, or undefined where there is none. Rejects where it cannot be read. */
  readFile(path: string): Promise<string | undefined>;
  /** The file's bytes from an offset on, at most so many; undefined where there is no file. */
  readPart(path: string, from: number, bytes: number): Promise<Buffer | undefined>;
  /** What is in a folder; undefined where there is none. Rejects where it cannot be read. */
  listFolder(path: string): Promise<FolderEntry[] | undefined>;
}

/** What a source found without being told, and where it looked, for `burnrate doctor`. */
export interface Discovery {
  accounts: Account[];
  /** One line a place: `~/.aws/config: not there`. Shown where nothing was found. */
  looked: string[];
}

export interface ObserveRequest {
  what: ReadonlySet<Observable>;
  /** How often that is asked for: a source that asks very many may spread them over that time. */
  everyMs?: number;
  /** The prices that nodes need; only where `what` has `prices`. */
  wanted: readonly PriceKey[];
  /** Names of machines that are known not to run: that nothing answers there is no failure. */
  stopped?: ReadonlySet<string>;
  /** Names of machines whose GPUs another account tells of: nobody need pay for the same. */
  told?: ReadonlySet<string>;
  /** The same of what machines send and write. */
  trafficTold?: ReadonlySet<string>;
  /** Something may be amiss: that something is as it was is worth a question, too. */
  eager?: boolean;
  signal: AbortSignal;
}

/**
 * What an account showed. An absent list was not asked for or could not be read; an empty one
 * was read and is empty. A missing answer is never a zero.
 */
export interface Observation {
  at: Instant;
  nodes?: Node[];
  /** Running and pending jobs, and those that ended within the last hour at least. */
  jobs?: Job[];
  samples?: Sample[];
  /** What jobs count of their own work, where `telemetry` was asked for. */
  progress?: Progress[];
  /** What machines sent and wrote, where `telemetry` was asked for. */
  traffic?: Traffic[];
  /** What buckets were asked for, where `telemetry` was asked for. */
  buckets?: BucketReading[];
  quotes?: Quote[];
  /**
   * What is paid for beside the machines and used by nothing. An account that may not list it has
   * none, and no failure: the doctor says so.
   */
  leftovers?: Leftover[];
  /**
   * From when on, and by when, it is to be asked again, where the source knows better than by its
   * cadence when there will be something new. While something may be amiss the cadence holds.
   */
  nextAt?: Interval;
  /** What the provider charges for this reading, where that differs from what the cadence says. */
  costMicros?: Micros;
  /** Parts that failed while others were read, e.g. one region of many. */
  partial?: SourceError[];
}

/** One line of `burnrate doctor`. */
export interface Check {
  capability: Capability | 'connect';
  ok: boolean;
  /** What was tried and what came of it. */
  message: string;
  /** The exact permission or command that mends it; set where `ok` is false. */
  remedy?: string;
}

/** An open account. Calls may run concurrently; each honours its signal. */
export interface Connection {
  /**
   * Reads what is asked for. Rejects with a SourceError where nothing could be read; returns
   * `partial` where some could.
   */
  observe(request: ObserveRequest): Promise<Observation>;
  /** Tries each capability and says what is missing. Never rejects. */
  diagnose(signal: AbortSignal): Promise<Check[]>;
  /** What a stop would do; reads, changes nothing. */
  planStop?(job: Job, signal: AbortSignal): Promise<StopPlan>;
  /**
   * Does what the plan says. Resolves when the provider has accepted it; the end itself is seen by
   * `observe`. A job that has already ended is no error.
   */
  stop?(job: Job, plan: StopPlan, signal: AbortSignal): Promise<void>;
  close?(): Promise<void>;
}

/** An API key by the variable that it would be in, and where one is made. */
export interface ApiKey {
  variable: string;
  madeAt: string;
}

/** The adapter for one system. */
export interface Source<Settings = unknown> {
  readonly id: string;
  readonly title: string;
  readonly capabilities: readonly Capability[];
  readonly cadence: Partial<Record<Observable, Cadence>>;
  /** The API key that a person may give by way of a face, which keeps it; absent where it has none. */
  readonly apiKey?: ApiKey;
  /** The schema of this source's section in burnrate.yaml; `undefined` parses to its defaults. */
  readonly settings: z.ZodType<Settings>;
  /** Finds accounts without being told. Never rejects for what is merely absent. */
  discover(surroundings: Surroundings, settings: Settings): Promise<Discovery>;
  open(account: Account, surroundings: Surroundings, settings: Settings): Connection;
}

/** Keeps a source's own settings type while it is written, and forgets it for the registry. */
export function defineSource<Settings>(source: Source<Settings>): Source<Settings> {
  return source;
}

/** A failure with what happened, to which account, and what to do next. */
export class SourceError extends Error {
  readonly kind: FailureKind;
  readonly account: string;
  readonly remedy: string;
  /** How long the provider asked us to wait (Retry-After). */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: FailureKind,
    failure: {
      account: string;
      message: string;
      remedy: string;
      retryAfterMs?: number;
      cause?: unknown;
    },
  ) {
    super(failure.message, { cause: failure.cause });
    this.name = 'SourceError';
    this.kind = kind;
    this.account = failure.account;
    this.remedy = failure.remedy;
    this.retryAfterMs = failure.retryAfterMs;
  }
}
