import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { elect, OwnerDoesNotAnswer } from '@burnrate/shared/collector/election.ts';
import { tryLock } from '@burnrate/shared/collector/lock.ts';
import { ensurePrivateFolder, UnsafeFolder } from '@burnrate/shared/collector/private_folder.ts';
import { tryConnect } from '@burnrate/shared/protocol/launch.ts';
import { expect, test } from 'vitest';
import { exitOf, Home, isAlive, kill, until } from './live.ts';

const POSIX = process.platform !== 'win32';

test('twenty processes at once yield exactly one collector, time after time', async () => {
  await using home = new Home();
  for (let round = 1; round <= 2; round += 1) {
    const children = Array.from({ length: 20 }, () => home.start());
    const ends = children.map((child) => exitOf(child));
    await until(
      'nineteen to step back',
      () => children.filter((child) => child.exitCode === null).length <= 1,
      120_000,
    );
    const alive = children.filter((child) => child.exitCode === null);
    expect(alive).toHaveLength(1);
    expect(await home.collectorPid()).toBe(alive[0]?.pid);
    // The odd rounds leave a stale socket behind, the even ones none.
    alive[0]?.kill(round % 2 === 1 ? 'SIGKILL' : 'SIGTERM');
    await Promise.all(ends);
    const codes = children.filter((child) => child !== alive[0]).map((child) => child.exitCode);
    expect(new Set(codes)).toEqual(new Set([0]));
  }
  expect(home.log().match(/info collector .* started/g)).toHaveLength(2);
}, 240_000);

test('a socket that a killed collector left is taken over', async () => {
  await using home = new Home();
  const first = await home.connect();
  const { pid } = first.welcome;
  await first.close();
  kill(pid, 'SIGKILL');
  await until('its end', async () => {
    const socket = await tryConnect(home.paths.socket);
    socket?.destroy();
    return !socket;
  });
  if (POSIX) expect(statSync(home.paths.socket).isSocket()).toBe(true);
  const second = await home.connect();
  expect(second.welcome.pid).not.toBe(pid);
});

test.skipIf(!POSIX)('the socket and all else is for this user alone', async () => {
  await using home = new Home();
  await home.connect();
  expect(statSync(home.paths.socket).mode & 0o777).toBe(0o600);
  for (const file of [home.paths.lock, home.paths.log, home.paths.database]) {
    expect(statSync(file).mode & 0o077).toBe(0);
  }
});

test.skipIf(!POSIX)('a folder that others could write to is refused', async () => {
  await using home = new Home();
  const open = join(home.path, 'open');
  mkdirSync(open);
  chmodSync(open, 0o770);
  expect(() => ensurePrivateFolder(open)).toThrow(UnsafeFolder);
  expect(() => ensurePrivateFolder(open)).toThrow(/chmod 700/);
  if (process.getuid?.() === 0) {
    const foreign = join(home.path, 'foreign');
    mkdirSync(foreign, { mode: 0o700 });
    chownSync(foreign, 12_345, 12_345);
    expect(() => ensurePrivateFolder(foreign)).toThrow(/belongs to user 12345/);
  }
  ensurePrivateFolder(join(home.path, 'new'));
  expect(statSync(join(home.path, 'new')).mode & 0o777).toBe(0o700);

  chmodSync(home.path, 0o777);
  expect(await exitOf(home.start())).toBe(2);
  chmodSync(home.path, 0o700);
  expect(home.log()).toContain('Other users may write');
});

test('a lock is free as soon as its holder lets go, and never before', async () => {
  await using home = new Home();
  const path = join(home.path, 'a.lock');
  const held = tryLock(path);
  expect(held).toBeDefined();
  expect(tryLock(path)).toBeUndefined();
  held?.release();
  const again = tryLock(path);
  expect(again).toBeDefined();
  again?.release();
});

test('an owner that holds the lock and answers nowhere is named, and not robbed', async () => {
  await using home = new Home();
  const held = tryLock(home.paths.lock);
  await expect(elect(home.paths, 300)).rejects.toThrow(OwnerDoesNotAnswer);
  await expect(elect(home.paths, 300)).rejects.toThrow(/BURNRATE_HOME/);
  held?.release();
  const lock = await elect(home.paths, 300);
  expect(lock).toBeDefined();
  lock?.release();
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it in order', async (signal) => {
  await using home = new Home();
  const child = home.start();
  await home.collectorPid();
  const link = await home.connect();
  expect(link.welcome.pid).toBe(child.pid);
  await link.close();
  child.kill(signal);
  expect(await exitOf(child)).toBe(0);
  expect(await tryConnect(home.paths.socket)).toBeUndefined();
  if (POSIX) expect(statSync(home.paths.socket, { throwIfNoEntry: false })).toBeUndefined();
  expect(home.log()).toContain(`ending: ${signal}`);
});

test('it ends when no face has been there for a while, and not while one is', async () => {
  await using home = new Home({ BURNRATE_IDLE_EXIT_MS: '700' });
  const link = await home.connect();
  const { pid } = link.welcome;
  await until('two idle times', () => undefined, 1500).catch(() => undefined);
  expect(isAlive(pid)).toBe(true);
  expect(link.connected).toBe(true);
  await link.close();
  await until('its end', () => !isAlive(pid));
  expect(home.log()).toContain('no face is connected');
});

test('it stays without a face while a job of mine runs, and ends after it', async () => {
  await using home = new Home({ BURNRATE_IDLE_EXIT_MS: '700' });
  const folder = home.folder('a');
  home.configure({ sources: { processes: { folders: [folder] } } });
  const { child } = home.job(folder, { name: 'train' });
  const link = await home.connect();
  await until('the job', async () => (await link.request('snapshot', {})).jobs.length === 1);
  const { pid } = link.welcome;
  await link.close();
  await until('three idle times', () => undefined, 2100).catch(() => undefined);
  expect(isAlive(pid)).toBe(true);
  child.kill();
  await until('its end', () => !isAlive(pid));
});
