import { readFileSync } from 'node:fs';
import { loadConfig } from '@burnrate/shared/config/load.ts';
import { configSchema } from '@burnrate/shared/config/schema.ts';
import { registry } from '@burnrate/shared/sources/index.ts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const sources = await Promise.all(Object.values(registry).map((load) => load()));
const sections = new Map(sources.map(({ id, settings }) => [id, settings]));
const accepts = new Ajv2020({ strict: false, formats: { uri: true } }).compile(
  configSchema(sections),
);

/** What both say of the same text: the editor's schema and the collector itself. */
function verdicts(text: string): { schema: boolean; collector: boolean } {
  const { mistakes } = loadConfig('burnrate.yaml', text, sections);
  return { schema: accepts(parse(text) ?? {}), collector: mistakes.length === 0 };
}

test('the README’s example is well formed, by the schema and by the collector', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  expect(example).toContain('sources:');
  expect(verdicts(example)).toEqual({ schema: true, collector: true });
});

test('an empty file is well formed', () => {
  expect(verdicts('')).toEqual({ schema: true, collector: true });
});

test.each([
  'alerts: { idle: { below: 7 } }',
  'alerts: { idle: { bellow: 0.2 } }',
  'sources: { dcgm: { endpoint: http://one:9400 } }',
  'sources: { nowhere: {} }',
  'retention: { minuteDays: 1.5 }',
])('what the collector refuses the schema refuses too: %s', (text) => {
  expect(verdicts(text)).toEqual({ schema: false, collector: false });
});

test('every source has its section', () => {
  const { properties } = configSchema(sections);
  const { sources } = properties as { sources: { properties: Record<string, unknown> } };
  expect(Object.keys(sources.properties)).toEqual(Object.keys(registry));
});
