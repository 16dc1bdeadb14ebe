import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

interface Options {
  download?: boolean;
  say?: (line: string) => void;
  env?: Record<string, string | undefined>;
  folder?: string;
  note?: string;
  deadlineMs?: number;
}
const module = new URL('../../../shared/bootstrap/electron.mjs', import.meta.url).href;
const { electronBinary, hasDisplay } = (await import(module)) as {
  electronBinary(options: Options): Promise<string | undefined>;
  hasDisplay(env: Record<string, string | undefined>): boolean;
};

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'burnrate-electron-'));
  said = [];
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const DISPLAY = { PATH: process.env.PATH, DISPLAY: ':99' };
const NO_DISPLAY = process.platform === 'linux' ? {} : { SSH_CONNECTION: '1' };

function find(options: Options = {}): Promise<string | undefined> {
  const note = join(folder, 'failed.json');
  return electronBinary({ folder, note, env: DISPLAY, say: (line) => said.push(line), ...options });
}

/** What the package's installer leaves behind. */
const LEAVE = `
  const fs = require('node:fs');
  fs.mkdirSync('dist');
  fs.writeFileSync('dist/electron', '');
  fs.writeFileSync('path.txt', 'electron');
`;

/** A real installer of this name and place, which does what a test wants. */
function installer(script: string): void {
  writeFileSync(join(folder, 'install.js'), script);
}

test('an installed program is found without a word', async () => {
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'dist', 'electron'), '');
  writeFileSync(join(folder, 'path.txt'), 'electron\n');
  expect(await find({ env: NO_DISPLAY })).toBe(join(folder, 'dist', 'electron'));
  expect(said).toEqual([]);
});

test('a program of one’s own is taken, and a wrong one is told', async () => {
  const own = join(folder, 'own');
  const env = { BURNRATE_ELECTRON: own };
  expect(await find({ env })).toBeUndefined();
  expect(said[0]).toContain(own);
  writeFileSync(own, '');
  expect(await find({ env })).toBe(own);
});

describe('where it is absent', () => {
  test('nothing is fetched without a display, or where that is not wanted', async () => {
    installer(LEAVE);
    expect(await find({ env: NO_DISPLAY, download: true })).toBeUndefined();
    expect(await find()).toBeUndefined();
    expect(said).toHaveLength(2);
    expect(existsSync(join(folder, 'dist'))).toBe(false);
  });

  test('its own installer fetches it, also where installing it was put off', async () => {
    installer(`if (!process.env.ELECTRON_SKIP_BINARY_DOWNLOAD) { ${LEAVE} }`);
    const env = { ...DISPLAY, ELECTRON_SKIP_BINARY_DOWNLOAD: '1' };
    expect(await find({ download: true, env })).toBe(join(folder, 'dist', 'electron'));
  });

  test('a failure is told with its reason, and remembered', async () => {
    installer(`console.error(new Error('no route to the host').stack); process.exit(1);`);
    expect(await find({ download: true })).toBeUndefined();
    expect(said.at(-1)).toContain('no route to the host');
    installer(LEAVE);
    expect(await find({ download: true })).toBeUndefined();
    expect(said.at(-1)).toContain('no route to the host');
    rmSync(join(folder, 'failed.json'));
    expect(await find({ download: true })).toBe(join(folder, 'dist', 'electron'));
  });

  test('an installer that hangs is ended at the deadline', async () => {
    installer('setInterval(() => {}, 1000);');
    expect(await find({ download: true, deadlineMs: 300 })).toBeUndefined();
    expect(said.at(-1)).toContain('took longer');
  });
});

test('a display is one of this machine', () => {
  expect(hasDisplay(NO_DISPLAY)).toBe(false);
  expect(hasDisplay(DISPLAY)).toBe(true);
});
