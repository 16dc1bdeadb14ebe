import { type Paths, pathsFor } from '../config/paths.ts';
import { PROTOCOL_VERSION, type Welcome } from '../protocol/protocol.ts';
import { VERSION } from '../protocol/version.ts';
import { elect, OwnerDoesNotAnswer } from './election.ts';
import { IdleExit } from './idle_exit.ts';
import type { Lock } from './lock.ts';
import { type Log, openLog } from './log.ts';
import { UnsafeFolder } from './private_folder.ts';
import { FaceServer, type Served } from './server.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The part of the collector that works, as its process sees it. */
export interface Works {
  served: Served;
  /** True while something must be watched though no face is there: a stop, or my running job. */
  watching(): boolean;
  /** Finishes the tick under way and closes the store. */
  close(): Promise<void>;
}

/** What the works are given by their process. */
export interface Life {
  env: Environment;
  paths: Paths;
  welcome: Welcome;
  log: Log;
  /** Says that the snapshot has changed. */
  changed(): void;
  /** Whether a connected face shows notifications. */
  faceNotifies(): boolean;
  /** Ends the process in order. */
  retire(reason: string): void;
  /** Hears how long each tick took, and whether what it was about could be kept. */
  ticked?(tookMs: number, kept: boolean): void;
  /** Hears each answer of an account, or its failure. */
  heard?(account: string, failed: boolean): void;
}

export const EXIT = { ended: 0, crashed: 1, refused: 2 } as const;

const IDLE_EXIT_MS = 10 * 60_000;
/** SIGTERM to exit: what has not finished by then is cut off. */
const FAREWELL_MS = 900;

/**
 * The whole life of a collector process: elected or not, listening, working, and ending on a
 * signal, when retired by a newer face, or when idle. Resolves with the exit code. `serving` is
 * the address where other machines reach it, for whoever else would start one.
 */
export async function liveAsCollector(
  open: (life: Life) => Promise<Works>,
  env: Environment = process.env,
  protocol: number = PROTOCOL_VERSION,
  serving?: string,
): Promise<number> {
  // Whatever this process makes is for this user alone, from the moment it exists.
  process.umask(0o077);
  const paths = pathsFor(env);
  let lock: Lock | undefined;
  try {
    lock = await elect(paths);
  } catch (error) {
    if (!(error instanceof UnsafeFolder || error instanceof OwnerDoesNotAnswer)) throw error;
    process.stderr.write(`${error.message}\n`);
    logRefusal(paths, error);
    return EXIT.refused;
  }
  // Another collector listens: the face that started this one will find it.
  if (!lock) return EXIT.ended;

  const log = openLog(paths.log);
  const ended = Promise.withResolvers<number>();
  const end = (code: number, why: string) => {
    log.info(`ending: ${why}`);
    ended.resolve(code);
  };
  const onSignal = (signal: NodeJS.Signals) => end(EXIT.ended, signal);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  const onCrash = (error: unknown) => {
    log.error('crashed', error);
    end(EXIT.crashed, 'crash; a connected face starts the collector again');
  };
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);

  const welcome: Welcome = {
    protocol,
    version: VERSION,
    pid: process.pid,
    ...(serving !== undefined && { serving }),
  };
  let server: FaceServer | undefined;
  let works: Works | undefined;
  let idle: IdleExit | undefined;
  try {
    server = await FaceServer.listen(paths.socket, welcome, log);
    const faces = server;
    log.info(`collector ${VERSION} started; socket ${paths.socket}, database ${paths.database}`);
    const made = await open({
      env,
      paths,
      welcome,
      log,
      changed: () => faces.changed(),
      faceNotifies: () => faces.notifies,
      retire: (reason) => end(EXIT.ended, reason),
    });
    works = made;
    const exit = new IdleExit({
      afterMs: idleExitMs(env),
      attended: () => faces.greeted > 0,
      busy: () => made.watching(),
      exit: () => end(EXIT.ended, 'no face is connected and nothing needs watching'),
    });
    idle = exit;
    server.serve({
      ...made.served,
      onFaces: () => {
        exit.touch();
        made.served.onFaces();
      },
    });
  } catch (error) {
    onCrash(error);
  }

  const code = await ended.promise;
  setTimeout(() => process.exit(code), FAREWELL_MS).unref();
  idle?.stop();
  try {
    // First the socket: who connects now must find nobody, and start the next collector.
    await server?.close();
    await works?.close();
  } catch (error) {
    log.error('could not end in order', error);
  } finally {
    lock.release();
  }
  return code;
}

function idleExitMs(env: Environment): number {
  const given = Number(env.BURNRATE_IDLE_EXIT_MS);
  return Number.isFinite(given) && given > 0 ? given : IDLE_EXIT_MS;
}

/** A collector has no terminal: its log is where its starter is told to look. */
function logRefusal(paths: Paths, error: Error): void {
  try {
    openLog(paths.log).error(error.message);
  } catch {
    // Stderr has it too; there is no other place left.
  }
}
