import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  isOwnPage,
  isPageUrl,
  PAGE_CHANNEL,
  PAGE_URL,
  pageBridge,
} from '@burnrate/desktop/page_channel.ts';
import { pageFiles } from '@burnrate/desktop/page_files.ts';
import { PageHost } from '@burnrate/desktop/page_host.ts';
import type { HostToPage } from '@burnrate/shared/protocol/page.ts';
import { afterAll, expect, test } from 'vitest';

const own = { url: PAGE_URL, isMainFrame: true, isOwnWindow: true };

test('only the page in the main frame of the own window is listened to', () => {
  expect(isOwnPage(own)).toBe(true);
  for (const other of [
    { isMainFrame: false },
    { isOwnWindow: false },
    { url: undefined },
    { url: 'https://evil.example/' },
    { url: 'burnrate-page://page.evil.example/' },
    { url: 'burnrate-page://page/panel.js' },
    { url: 'file:///page/' },
  ]) {
    expect(isOwnPage({ ...own, ...other })).toBe(false);
  }
});

test('the window may go to its page and nowhere else', () => {
  expect(isPageUrl('burnrate-page://page/')).toBe(true);
  for (const url of ['about:blank', 'burnrate-page://other/', 'burnrate://job/1', '', '//page/']) {
    expect(isPageUrl(url)).toBe(false);
  }
});

const folder = mkdtempSync(join(tmpdir(), 'burnrate-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'panel.js'), 'export {}');
writeFileSync(join(folder, 'panel.css'), 'a{}');
writeFileSync(join(folder, 'secret'), 'no');
const answer = pageFiles(folder);

test('the page comes with a policy that lets its own script run by a nonce that is new each time', async () => {
  const nonces = await Promise.all(
    [1, 2].map(async () => {
      const response = await answer(new Request(PAGE_URL));
      const csp = response.headers.get('content-security-policy') ?? '';
      expect(csp).toMatch(/default-src 'none'; script-src 'nonce-[^']{20,}';/);
      expect(csp).toContain("connect-src 'none'");
      expect(csp).not.toMatch(/unsafe|\*|https?:/);
      const nonce = /'nonce-([^']+)'/.exec(csp)?.[1] ?? 'none';
      expect(await response.text()).toContain(`nonce="${nonce}" src="./panel.js"`);
      return nonce;
    }),
  );
  expect(new Set(nonces).size).toBe(2);
});

test('its two files are there, and nothing else is', async () => {
  const script = await answer(new Request(`${PAGE_URL}panel.js`));
  expect(script.headers.get('content-type')).toContain('javascript');
  expect(await script.text()).toBe('export {}');
  expect((await answer(new Request(`${PAGE_URL}panel.css`))).status).toBe(200);
  for (const path of ['secret', '..%2fsecret', 'panel.js/../secret', 'main.cjs', '%00']) {
    expect((await answer(new Request(`${PAGE_URL}${path}`))).status).toBe(404);
  }
  expect((await answer(new Request(PAGE_URL, { method: 'POST' }))).status).toBe(405);
});

test('the bridge carries messages on its one channel, without the event', () => {
  const sent: unknown[] = [];
  const heard: unknown[] = [];
  let listener: ((event: unknown, message: HostToPage) => void) | undefined;
  const bridge = pageBridge({
    send: (...args) => sent.push(args),
    on: (channel, given) => {
      if (channel === PAGE_CHANNEL) listener = given;
    },
  });
  expect(Object.keys(bridge).toSorted()).toEqual(['onMessage', 'post']);
  bridge.onMessage((...args: unknown[]) => heard.push(args));
  bridge.post({ type: 'ready' });
  listener?.({ sender: 'never seen' }, { type: 'show', jobId: 'a' });
  expect(sent).toEqual([[PAGE_CHANNEL, { type: 'ready' }]]);
  expect(heard).toEqual([[{ type: 'show', jobId: 'a' }]]);
});

test('a job is shown as soon as the page is ready, and once', () => {
  const sent: HostToPage[] = [];
  const link = {
    request: async () => ({}) as never,
    onSnapshot: () => () => {},
    onConnected: () => () => {},
  };
  const host = new PageHost(link, (message) => {
    if (message.type === 'show') sent.push(message);
  });
  host.show('a');
  expect(sent).toEqual([]);
  host.receive({ type: 'ready' });
  expect(sent).toEqual([{ type: 'show', jobId: 'a' }]);
  host.pageGone();
  host.receive({ type: 'ready' });
  expect(sent).toHaveLength(1);
  host.show('b');
  expect(sent.at(-1)).toEqual({ type: 'show', jobId: 'b' });
});
