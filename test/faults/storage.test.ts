import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Demo } from '@burnrate/shared/cli/demo.ts';
import { pathsFor } from '@burnrate/shared/config/paths.ts';
import { expect, test } from 'vitest';
import { settle } from '../integration/fleet/settled.ts';
import { jobNamed, scenarioFile, Watch } from '../integration/fleet/watch.ts';
import { isAlive, kill, until } from '../unit/collector/live.ts';
import { expectTrue, folderForEach, scenarioOf, trainer } from './truth.ts';

/** Slow enough for a tick that waits for the database to end before the next one is due. */
const SPEED = 20;

const scenario = scenarioOf([trainer('one', -50), trainer('two', -100)]);

const folder = folderForEach();

const begin = (prepare?: (demo: Demo) => unknown) =>
  Watch.begin({ speed: SPEED, scenario: scenarioFile(folder(), scenario) }, prepare);

const metering = (watch: Watch, since = 0) =>
  watch.until(
    'both machines metered, and nothing to complain of',
    ({ jobs, notices, at }) =>
      at > since &&
      notices.every(({ severity }) => severity !== 'critical') &&
      jobs.filter(({ total, stoppable }) => total.micros > 0 && stoppable).length === 2,
  );

/** Another process that holds the database; what it answers lets go. */
async function lock(database: string): Promise<() => Promise<void>> {
  const program = `
    import Database from 'better-sqlite3';
    const database = new Database(${JSON.stringify(database)}, { timeout: 30000 });
    database.exec('BEGIN IMMEDIATE');
    console.log('held');
    process.stdin.once('data', () => process.exit(0));`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
  const ended = once(holder, 'exit');
  await once(createInterface({ input: holder.stdout }), 'line');
  return async () => {
    holder.stdin.end('let go');
    await ended;
  };
}

test('a database that another program holds is said, and made up for when it lets go', async () => {
  await using watch = await begin();
  const { at } = await metering(watch);
  const release = await lock(watch.demo.paths.database);
  const told = await watch.until('the notice', ({ notices }) =>
    notices.some(({ severity }) => severity === 'critical'),
  );
  expect(told.at).toBeGreaterThan(at);
  expect(told.notices.map(({ message }) => message).join()).toContain(watch.demo.paths.log);
  // A stop that cannot be written down is not sent.
  const { id } = jobNamed(told, 'one');
  const { action } = await watch.link.request('planStop', { jobId: id });
  await expect(watch.link.request('stop', { jobId: id, action })).rejects.toThrow(
    /Nothing was stopped/,
  );
  expect((await watch.account()).instances.flatMap(({ asked }) => asked)).toEqual([]);
  await release();
  await metering(watch, told.at);
  expectTrue(await settle(watch));
});

test('a collector that is killed while its database is held comes back when it is free', async () => {
  await using watch = await begin();
  const { at } = await metering(watch);
  const { pid } = watch.link.welcome;
  const release = await lock(watch.demo.paths.database);
  kill(pid, 'SIGKILL');
  await until('its end', () => !isAlive(pid));
  await release();
  // What the one that was killed has sent may still be on its way.
  await watch.until('another collector', ({ collector }) => collector.pid !== pid);
  await metering(watch, at);
  expectTrue(await settle(watch));
});

/** A file system of a few megabytes in place of the collector's home; undefined where not allowed. */
function mount(home: string): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=0700', 'tmpfs', home], {
      stdio: 'pipe',
    });
    return () => execFileSync('umount', ['--lazy', home]);
  } catch {
    // Not root, or not Linux: the test says that it is skipped.
    return undefined;
  }
}

/** Writes until there is no more space. */
function fill(file: string): void {
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

test('a full disk is said, stops nothing unwritten, and is made up for when there is space', async (context) => {
  let unmount: (() => void) | undefined;
  await using watch = await begin(({ paths, env }) => {
    const place = join(folder(), 'disk');
    mkdirSync(place, { mode: 0o700 });
    unmount = mount(place);
    if (!unmount) return;
    // Configuration and credentials stay where they are.
    env.BURNRATE_HOME = place;
    env.BURNRATE_CONFIG = paths.config;
    Object.assign(paths, pathsFor(env));
  });
  if (!unmount) return context.skip('no small file system can be mounted: not root, or not Linux');
  try {
    await metering(watch);
    const ballast = join(folder(), 'disk', 'ballast');
    fill(ballast);
    const told = await watch.until('the notice', ({ notices }) =>
      notices.some(({ severity }) => severity === 'critical'),
    );
    expect(told.notices.map(({ message }) => message).join()).toMatch(/full/);
    const { id } = jobNamed(told, 'one');
    const { action } = await watch.link.request('planStop', { jobId: id });
    await expect(watch.link.request('stop', { jobId: id, action })).rejects.toThrow(
      /Nothing was stopped/,
    );
    expect((await watch.account()).instances.flatMap(({ asked }) => asked)).toEqual([]);
    rmSync(ballast);
    await metering(watch, told.at);
    expectTrue(await settle(watch));
  } finally {
    await watch.link.close();
    await watch.demo.endCollector();
    unmount();
  }
});
