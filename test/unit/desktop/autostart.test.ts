import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  autostart,
  autostartFile,
  setStartsAtLogin,
  startsAtLogin,
} from '@burnrate/desktop/autostart.ts';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'burnrate-autostart-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = autostartFile({ XDG_CONFIG_HOME: folder });

test('it is where desktops look', () => {
  expect(file).toBe(join(folder, 'autostart', 'burnrate.desktop'));
  const home = autostartFile({ HOME: '/home/ada', XDG_CONFIG_HOME: 'relative' });
  expect(home).toBe(join('/home/ada', '.config', 'autostart', 'burnrate.desktop'));
});

test('it is switched on and off again', async () => {
  expect(await startsAtLogin(file)).toBe(false);
  await setStartsAtLogin(file, true, ['/opt/Burnrate/burnrate-desktop', '--hidden']);
  expect(await startsAtLogin(file)).toBe(true);
  expect(readFileSync(file, 'utf8')).toContain(
    'Exec="/opt/Burnrate/burnrate-desktop" "--hidden"\n',
  );
  await setStartsAtLogin(file, false, []);
  expect(existsSync(file)).toBe(false);
  await setStartsAtLogin(file, false, []);
});

test('a login item keeps what it has set, and fails where the file cannot be written', async () => {
  const item = await autostart(file, ['/opt/burnrate']);
  expect(item.isOn()).toBe(false);
  await item.set(true);
  expect(item.isOn()).toBe(true);
  expect((await autostart(file, [])).isOn()).toBe(true);
  await item.set(false);
  expect(await startsAtLogin(file)).toBe(false);
  const hindered = await autostart(join(folder, 'none', 'burnrate.desktop'), ['/opt/burnrate']);
  writeFileSync(join(folder, 'none'), '');
  await expect(hindered.set(true)).rejects.toThrow();
  expect(hindered.isOn()).toBe(false);
});

test("what a desktop's own settings switched off is off", async () => {
  for (const line of ['Hidden=true', 'X-GNOME-Autostart-enabled=false']) {
    writeFileSync(file, `[Desktop Entry]\nType=Application\nExec=x\n${line}\n`);
    expect(await startsAtLogin(file)).toBe(false);
  }
});

test('a path of any characters comes out of Exec as it went in', async () => {
  const program = '/home/ada/my "$apps`/100% \\burn';
  await setStartsAtLogin(file, true, [program]);
  const exec = /^Exec=(.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  // As the specification reads it: a string's escapes, then the quotes, then the field codes.
  const unescaped = exec.replaceAll('\\\\', '\\');
  const unquoted = unescaped.replace(/^"|"$/g, '').replace(/\\(["`$\\])/g, '$1');
  const expanded = unquoted.replace(/%(.)/g, (_, code) => (code === '%' ? '%' : ''));
  expect(expanded).toBe(program);
});
