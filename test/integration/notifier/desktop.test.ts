import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { showOnDesktop } from '@burnrate/shared/collector/notifier.ts';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Home, snapshotWhere, until } from '../../unit/collector/live.ts';
import { daemonMissing, NotificationDaemon } from './daemon.ts';

const missing = await daemonMissing();
if (missing) console.log(`skipped: ${missing}`);
afterEach(() => {
  vi.unstubAllEnvs();
});

describe.skipIf(missing !== undefined)('the notifications of the collector itself', () => {
  test('with no face open, an idle job is shown on the desktop, once', async () => {
    using daemon = await NotificationDaemon.start();
    await using home = new Home(daemon.env);
    const folder = home.folder('lab');
    home.configure({
      sources: { processes: { folders: [folder], pricePerHour: 32 } },
      alerts: { idle: { forSeconds: 1, startupMinutes: 0.01 } },
    });
    writeFileSync(join(folder, 'busy'), '0');
    const { id } = home.job(folder, { name: 'train <b>llama</b> & "co"' });
    home.start();
    const title = /^train <b>llama<\/b> & "co" is idle/;
    const shown = await until('a notification', async () => {
      const all = await daemon.shown();
      return all.length > 0 && all;
    });
    expect(shown[0]).toMatchObject({ app: 'Burnrate', title: expect.stringMatching(title) });
    expect(shown[0]?.body).toMatch(/\$\d+\.\d+ wasted so far\.$/);

    // A face that comes later finds it claimed, and no tick shows it again.
    const face = await home.connect({ hello: { face: 'cli', version: '0.1.0', notifies: false } });
    const now = await snapshotWhere(face, 'the alert', (one) => one.alerts[0]?.state === 'firing');
    expect(now.alerts[0]?.subject).toBe(id);
    const claim = await face.request('claimAlerts', { ids: [now.alerts[0]?.id ?? ''] });
    expect(claim.granted).toEqual([]);
    await snapshotWhere(face, 'some ticks more', (one) => one.id > now.id + 5);
    expect(await daemon.shown()).toHaveLength(1);
  });

  test.each([
    ['a dash', '--help', '-u critical'],
    ['marks of a shell', '$(touch /tmp/x) `id` "; id', "$HOME '!' \\"],
    ['markup', '<b>a</b>', '<img src="file:///etc/passwd"> a < b && c > d &amp;'],
    ['control characters', 'a\u0007b\u001b[31m', 'one\ntwo\ttabs'],
  ])('a text with %s is shown as it is', async (_what, title, message) => {
    using daemon = await NotificationDaemon.start();
    for (const [name, value] of Object.entries(daemon.env)) vi.stubEnv(name, value);
    await showOnDesktop(title, message);
    const [shown, ...more] = await daemon.shown();
    expect(more).toEqual([]);
    const readAs = (text: string) =>
      text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    const visible = (text: string) =>
      text.replace('\u0007b\u001b[31m', ' b').replace(/[\n\t]/g, ' ');
    expect(shown?.title).toBe(visible(title));
    expect(readAs(shown?.body ?? '')).toBe(visible(message));
  });

  test('a desktop without a notification service is an error with its reason', async () => {
    vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', 'unix:path=/nonexistent/bus');
    await expect(showOnDesktop('title', 'text')).rejects.toThrow('notify-send');
  });
});
