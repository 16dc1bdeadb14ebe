import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setStartsAtLogin } from '@burnrate/desktop/autostart.ts';
import { hasTrayHost } from '@burnrate/desktop/tray_host.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { desktopMissing, startBus } from '../../integration/notifier/session_bus.ts';
import { until } from '../../unit/collector/live.ts';

const missing = await desktopMissing();
if (missing) console.warn(`skipped: ${missing}`);

/** Owns the name of a tray, as a desktop's panel does. */
const PANEL = `
from gi.repository import Gio, GLib
Gio.bus_own_name(Gio.BusType.SESSION, 'org.kde.StatusNotifierWatcher', 0, None, None, None)
GLib.MainLoop().run()
`;
/** Starts what an entry names, as a desktop does at login. */
const LOGIN = `
import sys
from gi.repository import Gio
Gio.DesktopAppInfo.new_from_filename(sys.argv[1]).launch([], None)
`;
/** The system's own, which has the packages; another may come first on PATH. */
const PYTHON = '/usr/bin/python3';

describe.skipIf(missing !== undefined)('a Linux desktop', () => {
  test('is known to have a tray while something owns its name on the bus', async () => {
    const { bus, address } = await startBus();
    onTestFinished(() => void bus.kill('SIGKILL'));
    const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: address };
    expect(await hasTrayHost('linux', env)).toBe(false);
    const panel = spawn(PYTHON, ['-c', PANEL], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    onTestFinished(() => void panel.kill('SIGKILL'));
    await until('a tray', () => hasTrayHost('linux', env));
    panel.kill('SIGKILL');
    await until('its end', async () => !(await hasTrayHost('linux', env)));
  });

  test('has no tray where there is no bus; macOS and Windows always have one', async () => {
    const env = { PATH: process.env.PATH, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
    expect(await hasTrayHost('linux', env)).toBe(false);
    expect(await hasTrayHost('darwin', env)).toBe(true);
    expect(await hasTrayHost('win32', env)).toBe(true);
  });

  test('starts the app at login, whatever its path is made of', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'burnrate-autostart-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const program = join(folder, 'my "$apps` \\burn');
    const started = join(folder, 'started');
    writeFileSync(program, `#!/bin/sh\nprintf '%s' "$*" > '${started}'\n`, { mode: 0o755 });
    const file = join(folder, 'autostart', 'burnrate.desktop');
    await setStartsAtLogin(file, true, [program, '--hidden']);
    const run = promisify(execFile);
    await run('desktop-file-validate', [file]);
    await run(PYTHON, ['-c', LOGIN, file]);
    await until('the app', () => existsSync(started) && readFileSync(started, 'utf8') !== '');
    expect(readFileSync(started, 'utf8')).toBe('--hidden');
  });
});
