import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const require = createRequire(join(root, 'extension', 'package.json'));
/** As vsce reads packages. */
const { readZip } = require('@vscode/vsce/out/zip.js') as {
  readZip(path: string, filter: (name: string) => boolean): Promise<Map<string, Buffer>>;
};
const MAX_MB = 15;

/** What `npm run package -- vsix` makes, for one target like this machine and one unlike it. */
describe.each([
  ['linux-x64', 'linux-x64.node', []],
  ['win32-arm64', 'win32-arm64.node', [/notifu/, /snoretoast/i]],
])('the package for %s', (target, binary, programs) => {
  let path: string;
  let files: Map<string, Buffer>;
  const names = () => [...files.keys()];
  const text = (name: string) => files.get(`extension/${name}`)?.toString('utf8') ?? '';

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, 'shared', 'bootstrap', 'package.mjs'), 'vsix', target],
      { cwd: root },
    );
    path = join(root, /^release\/\S+\.vsix/m.exec(stdout)?.[0] ?? '');
    files = await readZip(path, () => true);
  });

  test('has its own native module and programs, and none of other machines', () => {
    const natives = names().filter((name) => name.endsWith('.node'));
    expect(natives).toHaveLength(1);
    expect(natives[0]).toContain(binary);
    const vendored = names().filter((name) => name.includes('node-notifier/vendor/'));
    if (programs.length === 0) expect(vendored).toEqual([]);
    for (const program of programs) expect(vendored.some((name) => program.test(name))).toBe(true);
    expect(vendored.every((name) => programs.some((program) => program.test(name)))).toBe(true);
  });

  test('has what runs, in two languages, and nothing that only its makers need', () => {
    for (const name of [
      'dist/extension.js',
      'dist/language_client.js',
      'dist/jsonrpc.js',
      'dist/collector/collector.mjs',
      'dist/panel/panel.js',
      'package.nls.json',
      'package.nls.de.json',
      'l10n/bundle.l10n.de.json',
      'media/icon.png',
    ]) {
      expect(names()).toContain(`extension/${name}`);
    }
    expect(names().filter((name) => /\.(ts|map|mjs\.map|vsix|log)$/.test(name))).toEqual([]);
    expect(names().filter((name) => /\/(test|tests|\.github)\//.test(name))).toEqual([]);
    expect(statSync(path).size / 1e6).toBeLessThan(MAX_MB);
  });

  test('is what the marketplaces ask for', () => {
    const manifest = JSON.parse(text('package.json'));
    expect(files.get('extension.vsixmanifest')?.toString()).toContain(`TargetPlatform="${target}"`);
    expect(manifest).toMatchObject({
      publisher: 'burnrate',
      license: 'MIT',
      icon: 'media/icon.png',
    });
    expect(manifest.private).toBeUndefined();
    // A PNG of at least 128 pixels: its width stands in the header.
    expect(files.get('extension/media/icon.png')?.readUInt32BE(16)).toBeGreaterThanOrEqual(128);
    expect(manifest.galleryBanner.color).toMatch(/^#[\da-f]{6}$/);
    expect(text('changelog.md') || text('CHANGELOG.md')).toContain(`## ${manifest.version}`);
    expect(names().some((name) => /^extension\/LICENSE/i.test(name))).toBe(true);
    const readme = text('readme.md') || text('README.md');
    const pictures = [...readme.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)];
    expect(pictures.length).toBeGreaterThanOrEqual(4);
    for (const [, description = '', place = ''] of pictures) {
      expect(description.length, place).toBeGreaterThan(10);
      if (place.startsWith('https://')) continue;
      expect(files.get(`extension/${place}`)?.subarray(1, 4).toString()).toBe('PNG');
    }
  });
});

test("the manifest's pictures of the walkthrough are there", () => {
  const media = readFileSync(join(root, 'extension', 'package.json'), 'utf8').matchAll(
    /"markdown": "([^"]+)"/g,
  );
  const pages = [...media].map(([, page = '']) => page);
  expect(pages).toHaveLength(3);
  for (const page of pages) {
    const shown = [
      ...readFileSync(join(root, 'extension', page), 'utf8').matchAll(/!\[[^\]]+\]\(([^)]+)\)/g),
    ];
    for (const [, picture = ''] of shown) {
      const file = readFileSync(join(root, 'extension', 'media', picture));
      expect(file.subarray(1, 4).toString()).toBe('PNG');
    }
  }
});
