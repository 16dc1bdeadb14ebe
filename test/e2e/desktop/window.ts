import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PAGE_URL } from '@burnrate/desktop/page_channel.ts';
import { pageFiles } from '@burnrate/desktop/page_files.ts';
import { PageHost } from '@burnrate/desktop/page_host.ts';
import type { CollectorLink } from '@burnrate/shared/protocol/protocol.ts';
import type { Browser, Page } from 'playwright-core';

/** The tray app as it is shipped; `npm run test:e2e` has built it. */
export const DIST = fileURLToPath(new URL('../../../desktop/dist/', import.meta.url));

/** Chromium itself knows no `burnrate-page:`; the policy's 'self' means this address instead. */
const ADDRESS = PAGE_URL.replace('burnrate-page://page', 'https://page.burnrate.test');

/**
 * The tray's window in a tab of Chromium: the very files and policy, answered by the app's own
 * handler; the shipped preload script, over an `electron` whose two modules pass messages to a
 * real PageHost. What it cannot show is Electron's own part: the isolation of the two worlds.
 */
export async function openWindow(browser: Browser, link: CollectorLink) {
  const page = await browser.newPage({ locale: 'en-US', reducedMotion: 'reduce' });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (/^(error|warning)$/.test(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));

  const channels = new Set<string>();
  const host: PageHost = new PageHost(link, (message) => {
    const channel = [...channels][0] ?? '';
    void hear(page, channel, message);
  });
  await page.exposeFunction('toMain', (channel: string, message: unknown) => {
    channels.add(channel);
    host.receive(message);
  });
  const preload = readFileSync(`${DIST}preload.cjs`, 'utf8');
  await page.addInitScript(`(() => {
    const listeners = new Map();
    globalThis.fromMain = (channel, message) => listeners.get(channel)?.({}, message);
    const electron = {
      contextBridge: { exposeInMainWorld: (name, api) => { globalThis[name] = api; } },
      ipcRenderer: {
        send: (channel, message) => void globalThis.toMain(channel, message),
        on: (channel, listener) => listeners.set(channel, listener),
      },
    };
    const require = (name) => {
      if (name !== 'electron') throw new Error('a sandboxed preload script has no ' + name);
      return electron;
    };
    ${preload}
  })();`);

  const answer = pageFiles(`${DIST}panel`);
  await page.route(`${ADDRESS}**`, async (route) => {
    const url = route.request().url().replace(ADDRESS, PAGE_URL);
    const response = await answer(new Request(url, { method: route.request().method() }));
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    });
  });
  await page.goto(ADDRESS);
  return { page, host, complaints };
}

async function hear(page: Page, channel: string, message: unknown): Promise<void> {
  if (page.isClosed()) return;
  await page
    .evaluate(
      ([name, content]) =>
        (globalThis as unknown as { fromMain(name: unknown, content: unknown): void }).fromMain(
          name,
          content,
        ),
      [channel, message] as const,
    )
    .catch((error: unknown) => {
      // A snapshot may come just as the test closes the tab.
      if (!page.isClosed()) throw error;
    });
}
