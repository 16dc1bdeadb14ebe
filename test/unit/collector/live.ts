import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Paths, pathsFor } from '@burnrate/shared/config/paths.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { DAY } from '@burnrate/shared/model/time.ts';
import {
  type CollectorConnection,
  type ConnectOptions,
  connectCollector,
} from '@burnrate/shared/protocol/client.ts';
import { readOwner } from '@burnrate/shared/protocol/launch.ts';
import { stringify } from 'yaml';
import { programFile } from '../../programs.ts';
import type { JobFile } from './process_source.ts';

const MAIN = programFile('test_collector');
/** Machines under test are busy: whatever is waited for may take this long. */
const PATIENCE_MS = 60_000;

/** Waits until `condition` answers something; fails with what it was that did not come. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const value = await condition();
    if (value) return value as T;
    if (Date.now() > end) throw new Error(`waited ${patienceMs} ms in vain for: ${what}`);
    await pause(25);
  }
}

/** The environment of a collector whose time runs so many times as fast, from now on. */
export function clockAt(speed: number): { BURNRATE_CLOCK: string } {
  const now = Date.now();
  return { BURNRATE_CLOCK: JSON.stringify({ origin: now, realOrigin: now, speed }) };
}

/** A home of its own for a collector, with everything that must end when the test does. */
export class Home {
  readonly path: string;
  /** Since when its jobs and their nodes run: long ago, yet a collector first meters all of it. */
  readonly launchedAt = Date.now() - 100 * DAY;
  readonly env: Record<string, string>;
  readonly paths: Paths;
  readonly #children: ChildProcess[] = [];
  readonly #links: CollectorConnection[] = [];

  constructor(env: Record<string, string> = {}) {
    this.path = mkdtempSync(join(tmpdir(), 'burnrate-test-'));
    this.env = {
      BURNRATE_HOME: this.path,
      BURNRATE_IDLE_EXIT_MS: '60000',
      TEST_LAUNCHED_AT: String(this.launchedAt),
      ...env,
    };
    this.paths = pathsFor(this.env);
  }

  options(changes: Partial<ConnectOptions> = {}, protocol?: number): ConnectOptions {
    const args = protocol === undefined ? [MAIN] : [MAIN, String(protocol)];
    return {
      hello: { face: 'cli', version: '0.1.0', notifies: true },
      paths: this.paths,
      launch: { command: process.execPath, args, env: this.env },
      ...changes,
    };
  }

  async connect(changes: Partial<ConnectOptions> = {}, protocol?: number) {
    const link = await connectCollector(this.options(changes, protocol));
    this.#links.push(link);
    return link;
  }

  /** Starts a collector as a child, so that its end can be seen. */
  start(protocol?: number): ChildProcess {
    const args = protocol === undefined ? [MAIN] : [MAIN, String(protocol)];
    return this.spawn(process.execPath, args);
  }

  spawn(command: string, args: readonly string[]): ChildProcess {
    const child = spawn(command, args, {
      env: { ...process.env, ...this.env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#children.push(child);
    return child;
  }

  /** The pid of the collector that listens; waits for one. */
  async collectorPid(): Promise<number> {
    await until('a socket', () => existsSync(this.paths.socket));
    return (await until('an owner', () => readOwner(this.paths))).pid;
  }

  /** Without what is said on Mondays alone, beside whatever a test waits for. */
  configure({ alerts, ...config }: { alerts?: object; [section: string]: unknown }): void {
    const all = { ...config, alerts: { off: ['weekly'], ...alerts } };
    writeFileSync(this.paths.config, stringify(all));
  }

  /** A folder that is an account of the tests' source. */
  folder(name: string): string {
    const path = join(this.path, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** A real process that sleeps, as a job in that folder. */
  job(folder: string, file: JobFile): { pid: number; id: string; child: ChildProcess } {
    const child = this.spawn('sleep', ['3600']);
    const pid = child.pid ?? 0;
    writeFileSync(join(folder, `${pid}.json`), JSON.stringify(file));
    return { pid, id: `processes:${folder}:${pid}`, child };
  }

  log(): string {
    return existsSync(this.paths.log) ? readFileSync(this.paths.log, 'utf8') : '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#links.map((link) => link.close()));
    const pids = new Set(this.log().match(/(?<=Z )\d+(?= info collector)/g) ?? []);
    for (const pid of pids) kill(Number(pid), 'SIGKILL');
    for (const child of this.#children) child.kill('SIGKILL');
    await until('all processes to end', () => [...pids].every((pid) => !isAlive(Number(pid))));
    // A collector that is ending may still write its last lines.
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** The first snapshot, from now on, of which `condition` holds. */
export function snapshotWhere(
  link: CollectorConnection,
  what: string,
  condition: (snapshot: Snapshot) => unknown,
): Promise<Snapshot> {
  return new Promise((resolve, reject) => {
    let last: Snapshot | undefined;
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`no snapshot with ${what}; the last was ${JSON.stringify(last, null, 1)}`));
    }, PATIENCE_MS);
    let stop = () => {};
    stop = link.onSnapshot((snapshot) => {
      last = snapshot;
      if (!condition(snapshot)) return;
      clearTimeout(timer);
      queueMicrotask(() => stop());
      resolve(snapshot);
    });
  });
}

export function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether a process runs; one that has ended but is not yet reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
