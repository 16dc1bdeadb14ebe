import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { thisUser } from './this_user.ts';

/** Every place Burnrate keeps something, for one user and one mode. */
export interface Paths {
  config: string;
  data: string;
  database: string;
  /** Large, and kept apart from the ledger: bills can be fetched again. */
  bills: string;
  log: string;
  /** A Unix socket, or a named pipe on Windows. */
  socket: string;
  lock: string;
}

/**
 * The places, by the platform's conventions. `BURNRATE_HOME` puts all of them under one folder:
 * the demo and the tests use it, so that they never touch a user's own ledger.
 */
export function pathsFor(env: Readonly<Record<string, string | undefined>>): Paths {
  const home = env.BURNRATE_HOME;
  const places = envPaths('burnrate', { suffix: '' });
  const config = home ?? places.config;
  const data = home ?? places.data;
  const runtime = home ?? env.XDG_RUNTIME_DIR ?? join(tmpdir(), `burnrate-${thisUser().name}`);
  return {
    config: env.BURNRATE_CONFIG ?? join(config, 'burnrate.yaml'),
    data,
    database: join(data, 'burnrate.db'),
    bills: join(data, 'bills.db'),
    log: join(home ?? places.log, 'collector.log'),
    socket: socketIn(runtime, home),
    lock: join(data, 'collector.lock'),
  };
}

/** A Unix socket's path may have about 104 bytes; a longer home gets a short name by its hash. */
function socketIn(runtime: string, home: string | undefined): string {
  if (process.platform === 'win32')
    return `\\\\.\\pipe\\burnrate-${thisUser().name}-${shortHash(home ?? runtime)}`;
  const plain = join(runtime, 'burnrate.sock');
  if (Buffer.byteLength(plain) <= 100) return plain;
  return join(tmpdir(), `burnrate-${thisUser().name}-${shortHash(runtime)}`, 'burnrate.sock');
}

function shortHash(text: string): string {
  let hash = 5381;
  for (const char of text) hash = ((hash * 33) ^ (char.codePointAt(0) ?? 0)) >>> 0;
  return hash.toString(36);
}

/** Makes the folders, for this user alone. */
export function preparePaths(paths: Paths): void {
  for (const folder of [paths.data, join(paths.log, '..'), join(paths.lock, '..')]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  if (process.platform !== 'win32')
    mkdirSync(join(paths.socket, '..'), { recursive: true, mode: 0o700 });
}
