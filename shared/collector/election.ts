import { lstatSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Paths } from '../config/paths.ts';
import { preparePaths } from '../config/paths.ts';
import { type Owner, ownerFile, readOwner, tryConnect } from '../protocol/launch.ts';
import { VERSION } from '../protocol/version.ts';
import { type Lock, tryLock } from './lock.ts';
import { ensurePrivateFolder } from './private_folder.ts';

const ON_WINDOWS = process.platform === 'win32';

/** How long a candidate waits for an owner that holds the lock but does not listen. */
const PATIENCE_MS = 10_000;

/** Another process holds the lock and answers nowhere: it hangs, or runs on another machine. */
export class OwnerDoesNotAnswer extends Error {
  override readonly name = 'OwnerDoesNotAnswer';
}

/**
 * Makes this process the user's one collector, or answers undefined where another one already
 * listens. The lock on the data folder guards the ledger, the one beside the socket guards the
 * socket (two sessions of a user may differ in either); whoever holds both may remove a socket
 * that a dead collector left. Rejects with OwnerDoesNotAnswer or UnsafeFolder.
 */
export async function elect(paths: Paths, patienceMs = PATIENCE_MS): Promise<Lock | undefined> {
  if (!ON_WINDOWS) ensurePrivateFolder(dirname(paths.socket));
  preparePaths(paths);
  const until = Date.now() + patienceMs;
  for (;;) {
    const lock = tryBoth(paths);
    if (lock && !(await listens(paths.socket))) {
      removeStaleSocket(paths.socket);
      writeOwner(paths);
      return withOwnerRemoved(paths, lock);
    }
    lock?.release();
    if ((await listens(paths.socket)) || (await ownerListens(paths))) return undefined;
    if (Date.now() >= until) throw ownerHangs(paths);
    await pause(20 + Math.random() * 60);
  }
}

function tryBoth(paths: Paths): Lock | undefined {
  const data = tryLock(paths.lock);
  if (!data || ON_WINDOWS) return data;
  let socket: Lock | undefined;
  try {
    socket = tryLock(`${paths.socket}.lock`);
  } finally {
    if (!socket) data.release();
  }
  if (!socket) return undefined;
  const both = [socket, data];
  return { release: () => both.forEach((lock) => void lock.release()) };
}

async function listens(socketPath: string): Promise<boolean> {
  const socket = await tryConnect(socketPath);
  socket?.destroy();
  return socket !== undefined;
}

async function ownerListens(paths: Paths): Promise<boolean> {
  const owner = readOwner(paths);
  return owner !== undefined && owner.socket !== paths.socket && (await listens(owner.socket));
}

/** Only ever a socket: a file that somebody else put there is not ours to delete. */
function removeStaleSocket(path: string): void {
  if (ON_WINDOWS) return;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isSocket()) {
    throw new Error(`${path} is in the way and is not a socket. Remove it.`);
  }
  rmSync(path);
}

function writeOwner(paths: Paths): void {
  const owner: Owner = {
    pid: process.pid,
    version: VERSION,
    socket: paths.socket,
    startedAt: Date.now(),
  };
  writeFileSync(ownerFile(paths), JSON.stringify(owner), { mode: 0o600 });
}

function withOwnerRemoved(paths: Paths, lock: Lock): Lock {
  return {
    release: () => {
      rmSync(ownerFile(paths), { force: true });
      lock.release();
    },
  };
}

function ownerHangs(paths: Paths): OwnerDoesNotAnswer {
  const owner = readOwner(paths);
  const who = owner ? `process ${owner.pid}, at ${owner.socket}` : 'another process';
  return new OwnerDoesNotAnswer(
    `${paths.lock} is held by ${who}, which does not answer. End that process; or, where it runs on another machine that shares this folder, set BURNRATE_HOME to a local one.`,
  );
}
