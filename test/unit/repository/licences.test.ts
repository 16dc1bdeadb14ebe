import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Licences under which a package may be a part of what is given out under MIT. */
const PERMISSIVE = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

interface Locked {
  license?: string;
  dev?: boolean;
  link?: boolean;
}

const lock = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../../package-lock.json', import.meta.url)), 'utf8'),
) as { packages: Record<string, Locked & { resolved?: string }> };

test('every package that is given out has a permissive licence', () => {
  const others = Object.entries(lock.packages)
    .filter(([path, { dev, link }]) => path.includes('node_modules/') && !dev && !link)
    .filter(([, { license }]) => !PERMISSIVE.has(license ?? 'none'))
    .map(([path, { license }]) => `${path}: ${license}`);
  expect(others).toEqual([]);
});

test('the lock file names no registry but the public one', () => {
  const hosts = Object.values(lock.packages).flatMap(({ resolved }) =>
    resolved && URL.canParse(resolved) ? new URL(resolved).host : [],
  );
  expect(new Set(hosts.filter((host) => host !== 'registry.npmjs.org'))).toEqual(new Set());
});
