import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const { listPackage } = require('@electron/asar') as { listPackage(file: string): string[] };
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** How the fuses stand in Electron's own program: a marker, a version, how many, and each state. */
const WIRE = ['dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX', '\u0001\u0009', '101001011'].join('');

/**
 * Packs the built app by electron-builder as it is configured, around a program that holds nothing
 * but Electron's fuses: what goes in and how the fuses are set does not depend on the rest.
 */
describe.skipIf(process.platform !== 'linux')('the packaged app', () => {
  let folder: string;
  let app: string;
  let inside: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'burnrate-package-'));
    const electron = join(folder, 'electron');
    mkdirSync(join(electron, 'resources'), { recursive: true });
    mkdirSync(join(electron, 'locales'));
    for (const name of [
      'LICENSE',
      'LICENSES.chromium.html',
      'locales/en-US.pak',
      'chrome-sandbox',
    ]) {
      writeFileSync(join(electron, name), '');
    }
    writeFileSync(join(electron, 'electron'), WIRE, { mode: 0o755 });
    await run(process.execPath, [join(ROOT, 'desktop', 'make_icons.ts')]);
    const { bin } = require('electron-builder/package.json');
    await run(
      process.execPath,
      [
        require.resolve(`electron-builder/${bin['electron-builder']}`),
        ...['--config', join(ROOT, 'electron-builder.yml'), '--publish=never', '--linux', '--dir'],
        `-c.electronDist=${electron}`,
        `-c.directories.output=${join(folder, 'out')}`,
      ],
      { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 },
    ).catch((error: { stdout?: string }) => {
      throw new Error(`electron-builder failed: ${error.stdout}`, { cause: error });
    });
    app = join(folder, 'out', 'linux-unpacked');
    inside = listPackage(join(app, 'resources', 'app.asar'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('has the bundles, and nothing of node_modules but what they need', () => {
    for (const file of [
      '/package.json',
      '/dist/main.cjs',
      '/dist/preload.cjs',
      '/dist/panel/panel.js',
      '/dist/panel/panel.css',
      '/dist/collector/collector.mjs',
      '/dist/collector/node_modules/better-sqlite3/package.json',
    ]) {
      expect(inside).toContain(file);
    }
    expect(inside.filter((file) => file.startsWith('/node_modules'))).toEqual([]);
    expect(inside.filter((file) => /\.(ts|map)$/.test(file) && !/node_modules/.test(file))).toEqual(
      [],
    );
    const { main } = JSON.parse(readFileSync(join(ROOT, 'desktop', 'package.json'), 'utf8'));
    expect(inside).toContain(join('/', main));
  });

  test('leaves native modules and programs outside the archive', () => {
    const modules = join(app, 'resources/app.asar.unpacked/dist/collector/node_modules');
    expect(existsSync(join(modules, 'better-sqlite3/package.json'))).toBe(true);
    expect(existsSync(join(modules, 'node-notifier/index.js'))).toBe(true);
  });

  test('is no Node.js for others, and runs only the code of its archive', async () => {
    const wire = await getCurrentFuseWire(join(app, 'burnrate-desktop'));
    const isOn = (fuse: FuseV1Options) => String.fromCharCode(Number(wire[fuse])) === '1';
    expect(isOn(FuseV1Options.RunAsNode)).toBe(false);
    expect(isOn(FuseV1Options.EnableNodeOptionsEnvironmentVariable)).toBe(false);
    expect(isOn(FuseV1Options.EnableNodeCliInspectArguments)).toBe(false);
    expect(isOn(FuseV1Options.GrantFileProtocolExtraPrivileges)).toBe(false);
    expect(isOn(FuseV1Options.OnlyLoadAppFromAsar)).toBe(true);
    expect(isOn(FuseV1Options.EnableEmbeddedAsarIntegrityValidation)).toBe(true);
    expect(isOn(FuseV1Options.EnableCookieEncryption)).toBe(true);
  });
});
