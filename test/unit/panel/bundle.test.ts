import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { builtPanel } from './built.ts';

const { files, remove } = await builtPanel();
afterAll(remove);

const read = (name: string) => readFileSync(join(files, name), 'utf8');

test('the page is one script and one stylesheet, small enough for a sidebar to open at once', () => {
  expect(readdirSync(files).sort()).toEqual(['panel.css', 'panel.js']);
  // The model's schemas alone would treble it: a page takes their types and nothing more.
  expect(read('panel.js').length).toBeLessThan(300_000);
  expect(read('panel.css').length).toBeLessThan(40_000);
});

test('the page asks the network for nothing, and builds no code from text', () => {
  const addresses = read('panel.js').match(/\bhttps?:\/\/[\w.-]+/g) ?? [];
  expect(addresses.filter((address) => address !== 'http://www.w3.org')).toEqual([]);
  expect(read('panel.css')).not.toMatch(/url\(|@import|@font-face/);
  expect(read('panel.js')).not.toMatch(/\beval\(|new Function|\bFunction\(/);
});
