import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const { auditOf, licencesOf } = (await import(
  new URL('../../../.ci/dependencies.mjs', import.meta.url).href
)) as {
  auditOf: (text: string) => { grave?: number; slight?: number; skipped?: string };
  licencesOf: (lock: unknown) => { byLicence: Map<string, string[]>; refused: string[] };
};

test('all that is shipped is under a licence that allows it', () => {
  const lock = JSON.parse(
    readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8'),
  );
  const { byLicence, refused } = licencesOf(lock);
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
