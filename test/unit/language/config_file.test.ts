import type { LanguageScene } from '@burnrate/shared/language/features.ts';
import { expect, test } from 'vitest';
import { at } from './config_scene.ts';

test('a mistake is shown where it is', () => {
  const [mistake] = at('alerts:\n  idle:\n    below: 3\n').file.diagnostics();
  expect(mistake).toMatchObject({
    severity: 1,
    range: { start: { line: 2, character: 11 }, end: { line: 2, character: 12 } },
  });
  expect(at('alerts: {}\n').file.diagnostics()).toEqual([]);
});

test('above a budget stands how much of it is spent', () => {
  const text =
    'budgets:\n  - { name: each, perJob: 50 }\n  - name: my day\n    perDay: 200\n  - { name: team, perMonth: 20000 }\n';
  const spent = [
    { name: 'my day', span: 'day', ceiling: 200e6, spentMicros: 31.2e6, microsPerHour: 4.1e6 },
    { name: 'team', span: 'month', ceiling: 2e10, spentMicros: 0, microsPerHour: 0 },
  ].map((budget) => ({ ...budget, action: 'notify' })) as LanguageScene['spent'][number][];
  const lenses = at(text, { spent }).file.lenses();
  expect(lenses.map(({ range, command }) => [range.start.line, command?.title])).toEqual([
    [2, '● $31.20 of $200.00 spent today (16%) · $4.10/h now'],
    [4, '● $0.00 of $20,000 spent this month (0%) · $0.00/h now'],
  ]);
});
