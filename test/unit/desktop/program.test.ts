import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { drawAppIcon, encodeIcns, encodeIco } from '@burnrate/desktop/app_icon.ts';
import { encodePng } from '@burnrate/desktop/bitmap.ts';
import {
  appImageOf,
  collectorLaunch,
  commandOf,
  isCollector,
} from '@burnrate/desktop/collector_launch.ts';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const installed = {
  execPath: '/opt/Burnrate/burnrate-desktop',
  appPath: undefined,
  appImage: undefined,
  noSandbox: false,
};

test('the installed app starts its collector by itself with a flag, never as Node.js', () => {
  const launch = collectorLaunch(installed);
  expect(launch).toEqual({
    command: installed.execPath,
    args: ['--collector'],
    env: { ELECTRON_RUN_AS_NODE: undefined, NODE_OPTIONS: undefined },
  });
  expect(isCollector([launch.command, ...launch.args])).toBe(true);
  expect(isCollector([installed.execPath, '--hidden'])).toBe(false);
});

test('in development Electron is told the folder, before the flag', () => {
  const launch = collectorLaunch({ ...installed, appPath: '/src/desktop', noSandbox: true });
  expect(launch.args).toEqual(['--no-sandbox', '/src/desktop', '--collector']);
});

test('an AppImage is started by its file, which stays when this process ends', () => {
  expect(commandOf({ ...installed, appImage: '/home/ada/Burnrate.AppImage' }).command).toBe(
    '/home/ada/Burnrate.AppImage',
  );
});

test('what is started from the terminal of another AppImage is not taken for it', () => {
  const env = { APPDIR: '/tmp/.mount_x', APPIMAGE: '/home/ada/x.AppImage' };
  expect(appImageOf(env, '/tmp/.mount_x/burnrate-desktop')).toBe('/home/ada/x.AppImage');
  expect(appImageOf(env, '/opt/Burnrate/burnrate-desktop')).toBeUndefined();
  expect(appImageOf({}, '/opt/Burnrate/burnrate-desktop')).toBeUndefined();
});

const file = fileURLToPath(new URL('../../../electron-builder.yml', import.meta.url));
const config = parse(readFileSync(file, 'utf8'));

/** electron-builder's own check of a configuration; it throws with what is wrong. */
const require = createRequire(import.meta.url);
const { validateConfiguration } = require('app-builder-lib/out/util/config/config.js') as {
  validateConfiguration(config: unknown, log: unknown): Promise<void>;
};
const { DebugLogger } = require('builder-util') as { DebugLogger: new (on: boolean) => unknown };

test("electron-builder's own schema accepts the configuration, and refuses a misspelt one", async () => {
  await validateConfiguration(structuredClone(config), new DebugLogger(false));
  const misspelt = { ...config, electronFuses: { ...config.electronFuses, runasNode: false } };
  await expect(validateConfiguration(misspelt, new DebugLogger(false))).rejects.toThrow(
    'electronFuses',
  );
});

test('the app has the name by which Windows knows its notifications', () => {
  const main = readFileSync(new URL('../../../desktop/main.ts', import.meta.url), 'utf8');
  expect(main).toContain(`const APP_ID = '${config.appId}';`);
});

test('the icons of Windows and macOS hold the very images in every size', () => {
  const png = encodePng(drawAppIcon(256));
  expect(png.readUInt32BE(16)).toBe(256);
  const ico = encodeIco();
  const count = ico.readUInt16LE(4);
  const sizes = Array.from({ length: count }, (_, index) => {
    const entry = ico.subarray(6 + 16 * index, 22 + 16 * index);
    const image = ico.subarray(entry.readUInt32LE(12)).subarray(0, entry.readUInt32LE(8));
    expect(image.readUInt32BE(16)).toBe(entry[0] || 256);
    return image.readUInt32BE(16);
  });
  expect(sizes).toContain(16);
  expect(sizes).toContain(256);
  const icns = encodeIcns();
  expect(icns.subarray(0, 4).toString()).toBe('icns');
  expect(icns.readUInt32BE(4)).toBe(icns.length);
  expect(icns.includes(png)).toBe(true);
});
