import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registry } from '@burnrate/shared/sources/index.ts';
import { expect, test } from 'vitest';

const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url));

interface SourceFile {
  /** `sources/aws/nodes.ts` */
  path: string;
  /** The folder below `sources`; empty for what all of them share. */
  system: string;
  lines: number;
  /** What it imports of ours, as paths from `shared`. */
  imports: string[];
}

const files = globSync('sources/**/*.ts', { cwd: SHARED }).map((name): SourceFile => {
  const path = name.replaceAll('\\', '/');
  const text = readFileSync(join(SHARED, path), 'utf8');
  const specifiers = text.matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)'/g);
  return {
    path,
    system: path.split('/').length > 2 ? (path.split('/')[1] ?? '') : '',
    lines: text.split('\n').length - 1,
    imports: Array.from(specifiers, ([, specifier = '']) =>
      relative(SHARED, join(SHARED, dirname(path), specifier)).replaceAll('\\', '/'),
    ),
  };
});

/** Folders of sources. Those beside them read formats that several sources meet. */
const SYSTEMS: ReadonlySet<string> = new Set(
  Object.keys(registry).map((id) => id.replaceAll('-', '_')),
);

test('every source is in sight of these tests', () => {
  expect(files.length).toBeGreaterThan(150);
  expect(files.every(({ imports }) => imports.every((one) => !one.startsWith('..')))).toBe(true);
  const systems = new Set(files.map(({ system }) => system));
  expect([...SYSTEMS].filter((system) => !systems.has(system))).toEqual([]);
});

test('no file of a source is longer than 300 lines', () => {
  const long = files
    .filter(({ lines }) => lines > 300)
    .map(({ path, lines }) => `${path}: ${lines}`);
  expect(long).toEqual([]);
});

test('no source imports another', () => {
  const crossing = files.flatMap(({ path, system, imports }) =>
    imports
      .filter((to) => {
        const [folder, other, file] = to.split('/');
        if (folder !== 'sources' || file === undefined || other === undefined) return false;
        // The registry names every source; nothing else that they share knows any.
        if (path === 'sources/index.ts') return false;
        return other !== system && SYSTEMS.has(other);
      })
      .map((to) => `${path} imports ${to}`),
  );
  expect(crossing).toEqual([]);
});

test('a source knows the model and what sources share, and nothing of those who ask it', () => {
  const known = new Set(['sources', 'model', 'config', 'pricing']);
  const astray = files.flatMap(({ path, imports }) =>
    imports.filter((to) => !known.has(to.split('/')[0] ?? '')).map((to) => `${path} imports ${to}`),
  );
  expect(astray).toEqual([]);
});
