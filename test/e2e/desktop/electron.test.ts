import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PAGE_URL } from '@burnrate/desktop/page_channel.ts';
import { _electron, type ElectronApplication } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Home, isAlive } from '../../unit/collector/live.ts';

const APP = fileURLToPath(new URL('../../../desktop', import.meta.url));
const module = new URL('../../../shared/bootstrap/electron.mjs', import.meta.url).href;
const { electronBinary } = (await import(module)) as {
  electronBinary(options: { say(line: string): void }): Promise<string | undefined>;
};
let why = '';
const executablePath = await electronBinary({
  say: (line) => {
    why = line;
  },
});
const hasScreen = process.platform !== 'linux' || Boolean(process.env.DISPLAY);
const missing = executablePath === undefined ? 'no Electron binary' : hasScreen ? '' : 'no display';
// A job of continuous integration that is there for this test must not pass without it.
if (missing && process.env.BURNRATE_REQUIRE_ELECTRON) throw new Error(`${missing}. ${why}`);
if (missing) console.warn(`skipped: ${missing}. ${why}`);

/** The app in Electron itself: what the other tests, which run everywhere, cannot show. */
describe.skipIf(missing !== '')('the tray app in Electron', () => {
  const home = new Home({ BURNRATE_SOURCES: 'local', XDG_CONFIG_HOME: '/nonexistent' });
  const sandbox = process.platform === 'linux' ? ['--no-sandbox'] : [];
  let app: ElectronApplication;

  beforeAll(async () => {
    const env = { ...(process.env as Record<string, string>), ...home.env };
    const args = [...sandbox, APP];
    app = await _electron.launch({ ...(executablePath && { executablePath }), args, env });
  });
  afterAll(async () => {
    await app?.close();
    await home[Symbol.asyncDispose]();
  });

  // A machine without a GPU has nothing to show; the foot comes with the first snapshot.
  test('shows its page, isolated, in a window', async () => {
    const page = await app.firstWindow();
    await page.waitForURL(PAGE_URL);
    await page.locator('footer').first().waitFor();
    const seen = await page.evaluate(() => ({
      bridge: Object.keys((globalThis as { burnrate?: object }).burnrate ?? {}).toSorted(),
      node: 'require' in globalThis || 'process' in globalThis,
    }));
    expect(seen).toEqual({ bridge: ['onMessage', 'post'], node: false });
  });

  test('has started the collector as a process of its own, by its flag', async () => {
    const pid = await home.collectorPid();
    expect(pid).not.toBe(app.process().pid);
    expect(isAlive(pid)).toBe(true);
    if (process.platform === 'linux') {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('--collector');
    }
  });

  test('opens no other page, and no other window', async () => {
    const page = await app.firstWindow();
    const opened = await page.evaluate(() => window.open('https://example.com/') !== null);
    expect(opened).toBe(false);
    await page.evaluate(() => {
      location.href = 'https://example.com/';
    });
    await page.locator('footer').first().waitFor();
    expect(page.url()).toBe(PAGE_URL);
    expect(app.windows()).toHaveLength(1);
  });

  test('leaves the collector running when it quits', async () => {
    const pid = await home.collectorPid();
    await app.close();
    expect(isAlive(pid)).toBe(true);
  });
});
