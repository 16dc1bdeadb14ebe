import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type Paths, preparePaths } from '../config/paths.ts';

/** How to start the collector: the program, its arguments, and what to add to the environment. */
export interface LaunchSpec {
  command: string;
  args: readonly string[];
  /** Added to this process's environment; `undefined` removes a name from it. */
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * For a Node.js that is to be the collector. It allocates little at a time; a young generation of
 * the usual size (16 MB and more) would hold nothing but garbage. It is at rest nearly always, so
 * that small code serves it better than fast code. Maglev, V8's quick compiler, would come into
 * memory (2.4 MB) for Node's own start already, before the collector turns it off. And its little
 * garbage is cleared sooner by one thread than others are woken to help.
 */
export const LEAN_NODE_FLAGS: readonly string[] = [
  '--max-semi-space-size=2',
  '--optimize-for-size',
  '--no-maglev',
  '--no-parallel-scavenge',
];

/** Who holds the lock, beside the lock file: for messages, and to find a socket put elsewhere. */
export interface Owner {
  pid: number;
  version: string;
  socket: string;
  startedAt: number;
}

/** The path of the file that names the lock's owner. */
export function ownerFile(paths: Paths): string {
  return `${paths.lock}.owner`;
}

/** The owner on file, or undefined. It may be dead: only the lock itself tells. */
export function readOwner(paths: Paths): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(ownerFile(paths), 'utf8')) as Partial<Owner>;
    const { pid, version, socket, startedAt } = owner;
    if (typeof pid !== 'number' || typeof socket !== 'string') return undefined;
    return { pid, socket, version: version ?? 'unknown', startedAt: startedAt ?? 0 };
  } catch {
    // Absent, or being written at this moment: there is nothing to say about the owner.
    return undefined;
  }
}

/** The collector could not be reached or started; the message says why and what to do. */
export class CollectorUnavailable extends Error {
  override readonly name = 'CollectorUnavailable';
}

const POLL_MS = 60;
/** A collector that lost the election ends by itself; a new one is not started more often. */
const RELAUNCH_MS = 700;
/** One that fails each time it is started has a reason that only a person can remove. */
const GIVE_UP_AFTER = 3;

/**
 * A connected socket to this user's collector, which is started where there is none.
 * Rejects with CollectorUnavailable after `deadlineMs`, or with the signal's reason.
 */
export async function reachCollector(options: {
  paths: Paths;
  launch: LaunchSpec;
  deadlineMs: number;
  signal?: AbortSignal;
}): Promise<Socket> {
  const { paths, launch, signal } = options;
  const until = Date.now() + options.deadlineMs;
  let launched: Launched | undefined;
  const failed: Launched[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const socket = await connectToAny(socketsOf(paths));
    if (socket) return socket;
    const mayLaunch = !launched || Date.now() - launched.at >= RELAUNCH_MS;
    if (mayLaunch && (!launched || launched.ended)) {
      if (launched?.exitCode) failed.push(launched);
      if (failed.length >= GIVE_UP_AFTER) throw unreachable(paths, options.deadlineMs, launched);
      launched = launchCollector(paths, launch);
    }
    if (launched?.failure) throw launched.failure;
    if (Date.now() >= until) {
      throw unreachable(paths, options.deadlineMs, failed.at(-1) ?? launched);
    }
    await pause(POLL_MS);
  }
}

/** Where the collector may listen: the usual place, and where its owner says (another session's). */
function socketsOf(paths: Paths): string[] {
  const elsewhere = readOwner(paths)?.socket;
  return elsewhere && elsewhere !== paths.socket ? [paths.socket, elsewhere] : [paths.socket];
}

async function connectToAny(sockets: readonly string[]): Promise<Socket | undefined> {
  for (const path of sockets) {
    const socket = await tryConnect(path);
    if (socket) return socket;
  }
  return undefined;
}

/**
 * A connected socket, or undefined where nobody listens. An error on it later closes it: a
 * collector that is killed resets its connections, and nobody needs to hear of it but by `close`.
 */
export function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('error', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('connect', () => resolve(socket));
  });
}

interface Launched {
  at: number;
  ended: boolean;
  exitCode?: number | null;
  failure?: CollectorUnavailable;
}

/** Starts the collector on its own: it outlives this process, whose output it does not share. */
function launchCollector(paths: Paths, spec: LaunchSpec): Launched {
  try {
    preparePaths(paths);
  } catch (error) {
    throw new CollectorUnavailable(
      `Burnrate cannot make its folders: ${(error as Error).message}. Make that place writable, or set BURNRATE_HOME to another.`,
      { cause: error },
    );
  }
  const launched: Launched = { at: Date.now(), ended: false };
  // On Linux, glibc would keep a heap for each thread, of which a process that waits needs none.
  const env: NodeJS.ProcessEnv = { MALLOC_ARENA_MAX: '1', ...process.env, ...spec.env };
  for (const [name, value] of Object.entries(env)) if (value === undefined) delete env[name];
  const child = spawn(spec.command, [...spec.args], {
    cwd: paths.data,
    env,
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  });
  child.once('error', (error) => {
    launched.ended = true;
    launched.failure = new CollectorUnavailable(
      `The Burnrate collector could not be started: ${spec.command}: ${error.message}. Reinstall Burnrate, or set the path of Node.js in its settings.`,
      { cause: error },
    );
  });
  child.once('exit', (code) => {
    launched.ended = true;
    launched.exitCode = code;
  });
  child.unref();
  return launched;
}

function unreachable(paths: Paths, waitedMs: number, launched?: Launched): CollectorUnavailable {
  const waited = `${Math.round(waitedMs / 1000)} s`;
  if (launched?.ended && launched.exitCode) {
    return new CollectorUnavailable(
      `The Burnrate collector ended as soon as it was started (exit code ${launched.exitCode}). Its log says why: ${paths.log}`,
    );
  }
  const owner = readOwner(paths);
  const who = owner ? ` Process ${owner.pid} was its last owner; end it if it hangs.` : '';
  return new CollectorUnavailable(
    `The Burnrate collector did not answer within ${waited} at ${paths.socket}.${who} Its log: ${paths.log}`,
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
