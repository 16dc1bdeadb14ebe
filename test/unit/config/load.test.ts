import { loadConfig } from '@burnrate/shared/config/load.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';

const schemas = new Map<string, z.ZodType>([
  ['local', z.strictObject({ pricePerHour: z.number().positive().optional() }).prefault({})],
]);
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
  ['alerts:\n  idel: {}\n', 2, 9, 'alerts.idel'],
  ['sources:\n  local:\n    pricePerHour: cheap\n', 3, 19, 'sources.local.pricePerHour'],
  ['sources:\n  lokal: {}\n', 2, 10, 'no source "lokal"'],
  ['alerts: [\n', 2, 1, ''],
])('a mistake is reported where it stands: %j', (text, line, column, message) => {
  const [mistake] = load(text).mistakes;
  expect(mistake).toMatchObject({ file: 'burnrate.yaml', line, column });
  expect(mistake?.message).toContain(message);
});

test('the last good configuration stays in force as a whole', () => {
  const good = load('alerts: {idle: {below: 0.5}}\nsources: {local: {pricePerHour: 2}}\n');
  const bad = load('alerts: {idle: {below: 0.4}}\nsources: {local: {pricePerHour: -2}}\n', good);
  expect(bad.mistakes).toHaveLength(1);
  expect(bad.config.alerts.idle.below).toBe(0.5);
  expect(bad.sections.get('local')).toEqual({ pricePerHour: 2 });
});
