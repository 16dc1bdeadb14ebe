import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { updaterOf } from '@burnrate/desktop/app_updater.ts';
import type { MenuLine } from '@burnrate/desktop/menu.ts';
import type { Box } from '@burnrate/desktop/stop_job.ts';
import { consentIn, mayCheck } from '@burnrate/desktop/update_consent.ts';
import { updateLines } from '@burnrate/desktop/update_menu.ts';
import { Updates } from '@burnrate/desktop/updates.ts';
import { type Clock, DAY, MINUTE } from '@burnrate/shared/model/time.ts';
import type * as Runtime from 'builder-util-runtime';
import { expect, onTestFinished, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { until } from '../collector/live.ts';

const require = createRequire(import.meta.resolve('@burnrate/desktop/app_updater.ts'));
const { AppImageUpdater } = require('electron-updater') as typeof import('electron-updater');
const { NodeHttpExecutor } = require('builder-util') as typeof import('builder-util');
const { configureRequestUrl } = require('builder-util-runtime') as typeof Runtime;

/** What the library's executor over Electron does, over Node.js: the library verifies what comes. */
class Executor extends NodeHttpExecutor {
  download(url: URL, destination: string, options: Runtime.DownloadOptions): Promise<string> {
    return options.cancellationToken.createPromise((resolve, reject, onCancel) => {
      const request = { headers: options.headers ?? {} };
      configureRequestUrl(url, request);
      const callback = (error: Error | null) => (error ? reject(error) : resolve(destination));
      this.doDownload(
        request,
        { destination, options, onCancel, callback, responseHandler: null },
        0,
      );
    });
  }
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'burnrate-updates-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A feed as electron-builder writes it, over real HTTP; every path that is asked for is kept. */
async function openFeed(version: string) {
  const program = Buffer.alloc(200_000, version);
  const sha512 = createHash('sha512').update(program).digest('base64');
  const name = `Burnrate-${version}.AppImage`;
  const feed = {
    asked: [] as string[],
    program,
    files: { version, files: [{ url: name, sha512, size: program.length }] },
    url: '',
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    feed.asked.push(path);
    if (path.endsWith('.yml')) response.end(stringify(feed.files));
    else if (path === `/${name}`) response.end(feed.program);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  feed.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => void server.close());
  return feed;
}

/** An installed AppImage of that version: electron-updater itself, with Node.js for Electron's part. */
async function installed(version: string, feedUrl: string) {
  const home = folder();
  const config = join(home, 'app-update.yml');
  writeFileSync(
    config,
    stringify({ provider: 'generic', url: feedUrl, updaterCacheDirName: 'own' }),
  );
  const appImage = join(home, 'Burnrate.AppImage');
  writeFileSync(appImage, 'old');
  vi.stubEnv('APPIMAGE', appImage);
  onTestFinished(() => void vi.unstubAllEnvs());
  const library = new AppImageUpdater(undefined, {
    version,
    name: 'burnrate',
    isPackaged: true,
    appUpdateConfigPath: config,
    userDataPath: home,
    baseCachePath: home,
    whenReady: () => Promise.resolve(),
    relaunch: () => {},
    quit: () => {},
    onQuit: () => {},
  });
  Object.assign(library, { httpExecutor: new Executor() });
  const pending = () => {
    mkdirSync(join(home, 'own', 'pending'), { recursive: true });
    return readdirSync(join(home, 'own', 'pending')).filter((name) => name.endsWith('.AppImage'));
  };
  return { updater: updaterOf(library), home, pending };
}

/** A clock that is moved by hand. */
class HandClock implements Clock {
  readonly speed = 1;
  #now = 0;
  readonly #tasks = new Set<{ at: number; task: () => void }>();
  now = () => this.#now;
  after(delayMs: number, task: () => void) {
    const due = { at: this.#now + delayMs, task };
    this.#tasks.add(due);
    return () => void this.#tasks.delete(due);
  }
  pass(ms: number): void {
    this.#now += ms;
    for (const due of [...this.#tasks].filter(({ at }) => at <= this.#now)) {
      this.#tasks.delete(due);
      due.task();
    }
  }
}

async function scene(
  own: string,
  options: { newest?: string; daily?: boolean; allowed?: boolean } = {},
) {
  const feed = await openFeed(options.newest ?? '0.2.0');
  const { updater, home, pending } = await installed(own, feed.url);
  const boxes: Box[] = [];
  const answers: number[] = [];
  const clock = new HandClock();
  const consent = consentIn(join(home, 'updates.json'));
  if (options.daily) await consent.set(true);
  let installs = 0;
  const updates = new Updates({
    updater: { ...updater, install: () => (installs += 1) },
    consent,
    allowed: () => options.allowed ?? true,
    clock,
    ask: async (box) => {
      boxes.push(box);
      return answers.shift() ?? 0;
    },
    changed: () => {},
  });
  updates.start();
  onTestFinished(() => updates.close());
  const labels = () =>
    [...updateLines(updates).found, ...updateLines(updates).asks].map(
      (one) => (one as MenuLine).label,
    );
  return { feed, updates, boxes, answers, clock, pending, labels, home, installs: () => installs };
}

test('nothing is asked of anybody before a person agrees', async () => {
  const { feed, clock, labels } = await scene('0.1.0');
  clock.pass(3 * DAY);
  expect(labels()).toEqual(['Check for updates…', 'Check for updates daily']);
  expect(feed.asked).toEqual([]);
});

test('where a person has agreed it looks at the start and each day, and fetches nothing by itself', async () => {
  const { feed, updates, clock, boxes, labels, pending } = await scene('0.2.0', { daily: true });
  expect(feed.asked).toEqual([]);
  clock.pass(MINUTE);
  await until('the first look', () => updates.state.type === 'newest');
  expect(feed.asked).toEqual(['/latest-linux.yml']);
  Object.assign(feed.files, { version: '0.3.0' });
  clock.pass(DAY - 1);
  expect(feed.asked).toHaveLength(1);
  clock.pass(1);
  await until('the second look', () => updates.state.type === 'available');
  expect(labels()[0]).toBe('Update to 0.3.0…');
  expect(boxes).toEqual([]);
  expect(pending()).toEqual([]);
});

test('a person who takes it back is no longer asked for, and is understood after a restart', async () => {
  const { feed, updates, clock, home } = await scene('0.1.0', { daily: true });
  await updates.setDaily(false);
  clock.pass(3 * DAY);
  expect(feed.asked).toEqual([]);
  expect(consentIn(join(home, 'updates.json')).daily).toBe(false);
  await updates.setDaily(true);
  expect(consentIn(join(home, 'updates.json')).daily).toBe(true);
});

test('a newer version is fetched, verified and installed, each when the person says so', async () => {
  const { feed, updates, answers, boxes, pending, labels, installs } = await scene('0.1.0');
  answers.push(0);
  await updates.check();
  expect(boxes.map(({ message }) => message)).toEqual(['Burnrate 0.2.0 is there']);
  expect(feed.asked).toEqual(['/latest-linux.yml']);
  answers.push(1, 0);
  await updates.proceed();
  expect(updates.state).toEqual({ type: 'ready', version: '0.2.0' });
  expect(labels()).toEqual(['Restart to update to 0.2.0…', 'Check for updates daily']);
  expect(pending()).toEqual(['Burnrate-0.2.0.AppImage']);
  expect(installs()).toBe(0);
  answers.push(1);
  await updates.proceed();
  expect(installs()).toBe(1);
});

test('what is not what the feed promises is refused, and kept nowhere', async () => {
  const { feed, updates, answers, boxes, pending, installs } = await scene('0.1.0');
  feed.program = Buffer.alloc(200_000, 'evil');
  answers.push(1, 1);
  await updates.check();
  expect(updates.state).toMatchObject({ type: 'failed' });
  expect(boxes.at(-1)).toMatchObject({ type: 'error', message: 'Burnrate could not be updated' });
  expect(boxes.at(-1)?.detail).toMatch(/sha512 checksum mismatch[\s\S]*Try again later/);
  expect(pending()).toEqual([]);
  expect(installs()).toBe(0);
});

test('a feed that does not answer is told to who asked, and stands in the menu for who did not', async () => {
  const { feed, updates, boxes, labels, clock } = await scene('0.1.0', { daily: true });
  Object.assign(feed, { files: 'no feed at all' });
  clock.pass(MINUTE);
  await until('the failure', () => updates.state.type === 'failed');
  expect(boxes).toEqual([]);
  expect(labels()[0]).toBe('Check for updates again… (it failed)');
  await updates.check();
  expect(boxes.map(({ type }) => type)).toEqual(['error']);
});

test('it never goes back to an older version', async () => {
  const { updates, boxes } = await scene('0.2.0', { newest: '0.1.9' });
  await updates.check();
  expect(updates.state).toEqual({ type: 'newest' });
  expect(boxes.map(({ message }) => message)).toEqual(['This is the newest Burnrate']);
});

test('burnrate.yaml can forbid it, for a person who has agreed, too', async () => {
  const { feed, clock, labels } = await scene('0.1.0', { daily: true, allowed: false });
  clock.pass(3 * DAY);
  expect(feed.asked).toEqual([]);
  expect(labels()).toEqual([]);
});

test.each([
  ['', true],
  ['alerts: {}\n', true],
  ['updates: {}\n', true],
  ['updates: { check: true }\n', true],
  ['updates: { check: false }\n', false],
  ['updates: { check: maybe }\n', false],
  ['updates: { check: [\n', false],
])('burnrate.yaml with %j', (text, may) => {
  const file = join(folder(), 'burnrate.yaml');
  expect(mayCheck(file)).toBe(true);
  writeFileSync(file, text);
  expect(mayCheck(file)).toBe(may);
  expect(readFileSync(file, 'utf8')).toBe(text);
});
