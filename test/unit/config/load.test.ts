import { loadConfig } from '@burnrate/shared/config/load.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';

const priced = z.strictObject({ pricePerHour: z.number().positive().optional() }).prefault({});
const schemas = {
  sources: new Map([['local', priced]]),
  invoices: new Map([['bank', z.strictObject({ table: z.string().optional() }).prefault({})]]),
};
const load = (text: string | undefined, previous?: ReturnType<typeof loadConfig>) =>
  loadConfig('burnrate.yaml', text, schemas, previous);

test('an absent or empty file is the defaults', () => {
  for (const text of [undefined, '', '# nothing yet\n']) {
    const loaded = load(text);
    expect(loaded.mistakes).toEqual([]);
    expect(loaded.config.alerts.idle.below).toBe(0.3);
    expect(loaded.sections.get('local')).toEqual({});
  }
});

test.each([
  ['alerts:\n  idle:\n    below: 3\n', 3, 12, 'alerts.idle.below'],
  ['alerts:\n  idel: {}\n', 2, 3, 'alerts.idel'],
  ['budgets: []\nalerts: {off: [], b: 2}\n', 2, 19, 'Unrecognized key: "b"'],
  ['sources:\n  local:\n    pricePerHour: cheap\n', 3, 19, 'sources.local.pricePerHour'],
  ['sources:\n  lokal: {}\n', 2, 3, 'no source "lokal"'],
  ['alerts: [\n', 2, 1, ''],
])('a mistake is reported where it stands: %j', (text, line, column, message) => {
  const [mistake] = load(text).mistakes;
  expect(mistake).toMatchObject({ file: 'burnrate.yaml', line, column });
  expect(mistake?.message).toContain(message);
});

test.each([
  ['alerts:\n  idel: {}\n', 'idle'],
  ['sources: {lokal: {}}\n', 'local'],
  ['sources: {local: {priceperhour: 1}}\n', 'pricePerHour'],
  ['budgets: [{name: a, perDay: 1, action: stpo}]\n', 'stop'],
  ['updates: {check: flase}\n', 'false'],
  ['alerts: {nonsense: 1}\n', undefined],
  ['budgets: [{name: a, perDay: 1, action: explode}]\n', undefined],
  ['retention: {minuteDays: many}\n', undefined],
])('%j: what was meant is said where something is near', (text, meant) => {
  const [mistake] = load(text).mistakes;
  expect(/; did you mean "(.*)"\?$/.exec(mistake?.message ?? '')?.[1]).toBe(meant);
});

test('each key that nothing has is a mistake of its own, where it stands', () => {
  const text = 'budgets:\n  - nam: a\n    perDay: 1\n    acton: stop\n';
  const found = load(text).mistakes.filter(({ wrong }) => wrong === 'key');
  expect(found.map(({ from, to, line }) => [line, text.slice(from, to)])).toEqual([
    [2, 'nam'],
    [4, 'acton'],
  ]);
});

test('the last good configuration stays in force as a whole', () => {
  const good = load('alerts: {idle: {below: 0.5}}\nsources: {local: {pricePerHour: 2}}\n');
  const bad = load('alerts: {idle: {below: 0.4}}\nsources: {local: {pricePerHour: -2}}\n', good);
  expect(bad.mistakes).toHaveLength(1);
  expect(bad.config.alerts.idle.below).toBe(0.5);
  expect(bad.sections.get('local')).toEqual({ pricePerHour: 2 });
});

test.each([
  ['alerts:\n  off: [idle, stlled]\n', 2, 15, 'alerts.off.1: there is no rule "stlled"', 'stalled'],
  ['alerts: {off: [nonsense]}\n', 1, 16, 'known are idle, stalled, io,', undefined],
  ['alerts: {jobs: [{jobs: a, off: [idel]}]}\n', 1, 33, 'alerts.jobs.0.off.0: there is', 'idle'],
  ['invoices:\n  bnak: {}\n', 2, 3, 'no reader of bills "bnak"; known are bank', 'bank'],
  ['invoices:\n  bank: {tabel: x}\n', 2, 10, 'Unrecognized key: "tabel"', 'table'],
  ['invoices:\n  bank: {table: 1}\n', 2, 17, 'invoices.bank.table: Invalid input', undefined],
])('%j is told, and takes nothing else out of force', (text, line, column, message, meant) => {
  const { mistakes, ignored, config } = load(`${text}budgets: [{name: a, perDay: 1}]\n`);
  expect(mistakes).toEqual([]);
  expect(ignored).toMatchObject([{ line, column, message: expect.stringContaining(message) }]);
  expect(/; did you mean "(.*)"\?$/.exec(ignored[0]?.message ?? '')?.[1]).toBe(meant);
  expect(config.budgets).toMatchObject([{ name: 'a', perDay: 1 }]);
});

test('what is ignored is told beside what is not, and a rule of a budget is one', () => {
  const both = load('alerts: {off: [idel, budget a 50%]}\nsources: {local: {pricePerHour: -2}}\n');
  expect(both.mistakes).toHaveLength(1);
  expect(both.ignored).toMatchObject([{ path: ['alerts', 'off', 0], wrong: 'value' }]);
});
