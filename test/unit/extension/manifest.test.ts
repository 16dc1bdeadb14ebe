import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '@burnrate/shared/protocol/version.ts';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../../extension/', import.meta.url));
const read = (name: string) => readFileSync(`${folder}${name}`, 'utf8');
const manifestText = read('package.json');
const manifest = JSON.parse(manifestText);
const texts = JSON.parse(read('package.nls.json'));
const bundle = JSON.parse(read('l10n/bundle.l10n.json'));
const sources = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .map(read)
  .join('\n');

test('every text of the manifest is there, and none is left over', () => {
  const named = [...manifestText.matchAll(/"%([\w.]+)%"/g)].map(([, name]) => name);
  expect(new Set(Object.keys(texts))).toEqual(new Set(named));
});

test('every command of the manifest is handled, and every handler is in the manifest', () => {
  const handlers = read('commands.ts').split('return {')[1] ?? '';
  const handled = [...handlers.matchAll(/^ {4}(\w+): (?:async )?\(/gm)].map(([, name]) => name);
  const declared = manifest.contributes.commands.map(({ command }: { command: string }) => command);
  expect(new Set(declared)).toEqual(new Set(handled.map((name) => `burnrate.${name}`)));
});

test('menus, links and welcome texts name only commands that exist', () => {
  const declared = new Set(
    manifest.contributes.commands.map(({ command }: { command: string }) => command),
  );
  const named = [
    ...Object.values<{ command: string }[]>(manifest.contributes.menus).flatMap((items) =>
      items.map(({ command }) => command),
    ),
    ...[...JSON.stringify(texts).matchAll(/command:(burnrate\.\w+)/g)].map(([, name]) => name),
    ...[...sources.matchAll(/executeCommand\('(burnrate\.\w+)'/g)].map(([, name]) => name),
  ];
  for (const name of named) expect(declared).toContain(name);
});

test('every setting that is read is declared, and every declared one is read', () => {
  const uses = sources.matchAll(
    /getConfiguration\('burnrate'\)\s*\.get(?:<\w+>)?\(\s*'(\w+)',\s*('[^']*'|false|true)/g,
  );
  const declared = manifest.contributes.configuration.properties;
  const read = new Set<string>();
  for (const [, name = '', fallback = ''] of uses) {
    read.add(`burnrate.${name}`);
    expect(fallback.replaceAll("'", '')).toBe(String(declared[`burnrate.${name}`].default));
  }
  expect(read).toEqual(new Set(Object.keys(declared)));
});

test('every text that can be translated is in the bundle for translators', () => {
  const faces = join(folder, '..', 'shared', 'faces');
  const words = readdirSync(faces).map((name) => readFileSync(join(faces, name), 'utf8'));
  const used = [
    ...[sources, ...words].join('\n').matchAll(/(?<![\w.])t\(\s*'((?:[^'\\]|\\.)*)'/g),
  ].map(([, text]) => text);
  expect(new Set(Object.keys(bundle))).toEqual(new Set(used));
});

test('no words reach a person but those that can be translated', () => {
  const shown = [
    /\bshow(?:Information|Warning|Error)Message\(\s*['"`]/g,
    /\b(?:title|placeHolder|prompt|detail|tooltip|description|label): ['"`](?=[^'"`]*\p{L}{2})/gu,
    /\.(?:tooltip|name|text) = ['"`](?=\p{L})/gu,
    /\bthrow new Error\(\s*['"`]/g,
  ].flatMap((pattern) => [...sources.matchAll(pattern)].map(([text]) => text));
  // The product's own name is the same in every language.
  expect(shown).toEqual([".name = '"]);
});

test('each translation has every text, with the same places for names and the same links', () => {
  const marks = (text: string) =>
    [...text.matchAll(/\{\d+\}|\(command:[^)]*\)/g)].map(([mark]) => mark).toSorted();
  for (const [english, german] of [
    [texts, JSON.parse(read('package.nls.de.json'))],
    [bundle, JSON.parse(read('l10n/bundle.l10n.de.json'))],
  ]) {
    expect(Object.keys(german)).toEqual(Object.keys(english));
    for (const [key, text] of Object.entries<string>(english)) {
      expect(marks(german[key]), key).toEqual(marks(text));
    }
    const same = Object.keys(english).filter((key) => german[key] === english[key]);
    expect(
      same.filter((key) => !['1 GPU', '{0} GPUs', 'ID', 'view.jobs', '{0} jobs'].includes(key)),
    ).toEqual([]);
  }
});

test('the version is the one that the collector is greeted with', () => {
  expect(manifest.version).toBe(VERSION);
});
