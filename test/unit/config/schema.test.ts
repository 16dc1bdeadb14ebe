import { readFileSync } from 'node:fs';
import { rulesFrom } from '@burnrate/shared/alerts/index.ts';
import { schemasOf } from '@burnrate/shared/collector/accounts.ts';
import { isRule, RULES } from '@burnrate/shared/config/alerts.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import { keysOf, type Part, waysOf } from '@burnrate/shared/config/keys.ts';
import { loadConfig } from '@burnrate/shared/config/load.ts';
import { configSchema } from '@burnrate/shared/config/schema.ts';
import { invoiceReaders } from '@burnrate/shared/invoices/index.ts';
import { invoiceSections } from '@burnrate/shared/invoices/sections.ts';
import { registry } from '@burnrate/shared/sources/index.ts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const sources = await Promise.all(Object.values(registry).map((load) => load()));
const schema = configSchema(schemasOf(sources));
const accepts = new Ajv2020({ strict: false, formats: { uri: true } }).compile(schema);

/** What both say of the same text: the editor's schema and the collector itself. */
function verdicts(text: string): { schema: boolean; collector: boolean } {
  const { mistakes, ignored } = loadConfig('burnrate.yaml', text, schemasOf(sources));
  return {
    schema: accepts(parse(text) ?? {}),
    collector: mistakes.length === 0 && ignored.length === 0,
  };
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
  'alerts: { off: [nonsense] }',
  'invoices: { nowhere: {} }',
  'invoices: { gcp-bigquery: { tabel: p.d.t } }',
])('what the collector refuses the schema refuses too: %s', (text) => {
  expect(verdicts(text)).toEqual({ schema: false, collector: false });
});

test('every source has its section', () => {
  const { sources } = schema.properties as Record<string, Part>;
  expect(Object.keys(sources?.properties ?? {})).toEqual(Object.keys(registry));
});

test('every reader of bills has its section', () => {
  expect([...invoiceSections.keys()].sort()).toEqual(Object.keys(invoiceReaders).sort());
  const { invoices } = schema.properties as Record<string, Part>;
  expect(Object.keys(invoices?.properties ?? {})).toEqual([...invoiceSections.keys()]);
});

test('the rules that can be turned off are those that there are', () => {
  const ids = rulesFrom(defaultConfig).map(({ id }) => id);
  expect(ids.filter((id) => !isRule(id))).toEqual([]);
  expect(new Set(ids.filter((id) => !id.startsWith('budget ')))).toEqual(new Set(RULES));
});

/** Every key of burnrate.yaml with what may stand at it, those of maps in lists and of prices too. */
function everyKey(part: Part, path = ''): [string, Part][] {
  return waysOf(part).flatMap((way) => [
    ...keysOf(way).flatMap(([key, at]): [string, Part][] => [
      [`${path}.${key}`, at],
      ...everyKey(at, `${path}.${key}`),
    ]),
    ...[way.items, way.additionalProperties].flatMap((inside) =>
      typeof inside === 'object' && !Array.isArray(inside) ? everyKey(inside, `${path}.*`) : [],
    ),
  ]);
}

test('every key says what it means, and every number in what it is counted', () => {
  const keys = everyKey(schema);
  expect(keys.length).toBeGreaterThan(150);
  expect(keys.filter(([, { description }]) => !description).map(([path]) => path)).toEqual([]);
  const units =
    /US dollars|seconds|minutes|days|bytes|share|from 0 to 1|so many times|port|most jobs/i;
  const numbers = keys.filter(([, { type }]) => type === 'number' || type === 'integer');
  expect(numbers.length).toBeGreaterThan(20);
  expect(
    numbers.filter(([, { description }]) => !units.test(description ?? '')).map(([path]) => path),
  ).toEqual([]);
});
