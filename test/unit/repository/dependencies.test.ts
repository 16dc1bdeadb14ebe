import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const { auditOf, licencesOf } = (await import(
  new URL('../../../.ci/dependencies.mjs', import.meta.url).href
)) as {
  auditOf: (text: string) => { grave?: number; slight?: number; skipped?: string };
  licencesOf: (lock: unknown) => { byLicence: Map<string, string[]>; refused: string[] };
};

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const LOCK: { packages: Record<string, { hasInstallScript?: boolean }> } = JSON.parse(
  readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
);

/** Packages with a script of their own for when they are installed, and why it need not run. */
const SCRIPTS_LEFT_OUT = [
  '@vscode/vsce-sign', // fetches what signs for the marketplace
  'electron-winstaller', // chooses among its programs for Windows' old installer
  'esbuild', // saves a millisecond of each start
  'node', // run by setup.mjs, where this machine's own is too old
];

test('nothing is compiled or run to be installed: a machine may have Node.js and nothing else', () => {
  expect(readFileSync(join(ROOT, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
  const scripted = Object.entries(LOCK.packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
  expect([...new Set(scripted)].sort()).toEqual(SCRIPTS_LEFT_OUT);
  const native = globSync('node_modules/{*,@*/*}/binding.gyp', { cwd: ROOT }).map(dirname);
  expect(native.map((path) => path.replaceAll('\\', '/'))).toContain('node_modules/better-sqlite3');
  expect(native.filter((path) => !existsSync(join(ROOT, path, 'prebuilds')))).toEqual([]);
});

test('all that is shipped is under a licence that allows it', () => {
  const { byLicence, refused } = licencesOf(LOCK);
  expect(refused).toEqual([]);
  expect(byLicence.get('MIT')?.some((name) => name.startsWith('zod@'))).toBe(true);
});

test('a licence that does not, or none, is refused; what only builds and tests is left out', () => {
  const packages = {
    '': { license: 'GPL-3.0' },
    'node_modules/a': { version: '1.0.0', license: '(GPL-3.0 OR MIT)' },
    'node_modules/b': { version: '2.0.0', license: 'AGPL-3.0' },
    'node_modules/a/node_modules/@x/c': { version: '3.0.0' },
    'node_modules/d': { version: '4.0.0', license: 'MIT AND GPL-2.0' },
    'node_modules/e': { version: '5.0.0', license: 'GPL-3.0', dev: true },
  };
  expect(licencesOf({ packages }).refused).toEqual([
    'b@2.0.0: AGPL-3.0',
    '@x/c@3.0.0: none',
    'd@4.0.0: MIT AND GPL-2.0',
  ]);
});

test('an audit counts what is grave, and one that could not be made is no clean one', () => {
  const vulnerabilities = { low: 1, moderate: 2, high: 3, critical: 4 };
  expect(auditOf(JSON.stringify({ metadata: { vulnerabilities } }))).toEqual({
    grave: 7,
    slight: 3,
  });
  expect(auditOf(JSON.stringify({ message: '405 Method Not Allowed' })).skipped).toMatch(/^405/);
  expect(auditOf('').skipped).toBeDefined();
});
