import type { Deed } from '@burnrate/desktop/deed.ts';
import { type MenuItem, type MenuLine, type MenuOptions, menuOf } from '@burnrate/desktop/menu.ts';
import { readoutOf } from '@burnrate/shared/faces/readout.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { expect, test } from 'vitest';
import { aJob, anAlert, aSnapshot, aStop, dollars } from './scene.ts';

function menu(snapshot: Snapshot | undefined, more: Partial<MenuOptions> = {}): MenuItem[] {
  return menuOf({ snapshot, readout: readoutOf(snapshot), startsAtLogin: false, ...more });
}

function linesOf(items: readonly MenuItem[]): MenuLine[] {
  return items.filter((item) => item !== 'separator');
}

function labels(items: readonly MenuItem[]): string[] {
  return linesOf(items).map(({ label }) => label);
}

function submenu(items: readonly MenuItem[], label: string): MenuItem[] {
  const line = linesOf(items).find((one) => one.label.includes(label));
  if (!line?.submenu) throw new Error(`no submenu of ${label} in ${labels(items)}`);
  return line.submenu;
}

function deeds(items: readonly MenuItem[]): Deed[] {
  return linesOf(items).flatMap(({ does, submenu: inner }) => [
    ...(does ? [does] : []),
    ...deeds(inner ?? []),
  ]);
}

test('a job tells what it does and costs, and can be stopped or shown', () => {
  const job = submenu(menu(aSnapshot()), 'llama');
  expect(labels(job)).toEqual([
    '92% · 8 GPUs · $32.00/h (list)',
    '$96.00 (list) so far',
    'Stop…',
    'Budget',
    'Show',
  ]);
  expect(deeds(job).filter(({ type }) => type !== 'setBudget')).toEqual([
    { type: 'stop', jobId: 'aws:me:i-1' },
    { type: 'show', jobId: 'aws:me:i-1' },
    { type: 'show', jobId: 'aws:me:i-1' },
  ]);
});

test('a job is offered round ceilings above what it has cost, and what happens at them', () => {
  const jobId = 'aws:me:i-1';
  const none = submenu(submenu(menu(aSnapshot()), 'llama'), 'Budget');
  expect(labels(none)).toEqual([
    'None',
    ...['$100.00', '$200.00', '$500.00', '$1,000', '$2,000', '$5,000'],
    'Another amount…',
  ]);
  expect(deeds(none)[1]).toEqual({ type: 'setBudget', jobId, ceiling: 100e6, action: 'notify' });
  const cheap = aJob({ total: dollars(0.2), budget: { ceiling: 75e6, action: 'stop' } });
  const set = submenu(submenu(menu(aSnapshot({ jobs: [cheap] })), 'llama'), 'Budget: $75.00');
  const checked = set.flatMap((item) => (item !== 'separator' && item.checked ? item.label : []));
  expect(checked).toEqual(['$75.00', 'Stop it at the ceiling, after a notice']);
  expect(labels(set).slice(0, 5)).toEqual(['None', '$10.00', '$20.00', '$50.00', '$75.00']);
  expect(deeds(set)[0]).toEqual({ type: 'setBudget', jobId, action: 'stop' });
  expect(deeds(set).at(-1)).toEqual({ type: 'setBudget', jobId, ceiling: 75e6, action: 'notify' });
});

test('budgets of a day and a month stand in the menu with what of them is spent', () => {
  const budgets = [
    { name: 'R&D', span: 'day' as const, ceiling: 200e6, spentMicros: 31.2e6, microsPerHour: 0 },
    { name: 'all', span: 'month' as const, ceiling: 900e6, spentMicros: 945e6, microsPerHour: 0 },
  ].map((budget) => ({ ...budget, action: 'notify' as const }));
  expect(labels(menu(aSnapshot({ budgets })))).toEqual(
    expect.arrayContaining([
      'Budget R&&D: $31.20 of $200.00 today (16%)',
      'Budget all: $945.00 of $900.00 this month (105%)',
    ]),
  );
});

test('a job tells what a unit of its work costs', () => {
  const units = [{ counter: 'tokens' as const, total: 2_000_000, micros: 420_000, advancedAt: 0 }];
  const job = submenu(menu(aSnapshot({ jobs: [aJob({ units })] })), 'llama');
  expect(labels(job).slice(0, 3)).toEqual([
    '92% · 8 GPUs · $32.00/h (list) · $0.42 per 1M tokens',
    '$96.00 (list) so far',
    '$0.42 per 1M tokens · 2M tokens',
  ]);
});

test('alerts that were put off step back, and say for how long', () => {
  const later = aSnapshot().at + 3 * 3_600_000;
  const alerts = [
    anAlert({ id: 'a', title: 'one', snoozedUntil: later }),
    anAlert({ id: 'b', title: 'two', acknowledged: true }),
  ];
  const items = menu(aSnapshot({ alerts }));
  expect(labels(items).filter((label) => label.startsWith('⚠'))).toEqual([]);
  expect(labels(submenu(items, '2 alerts put off'))).toEqual([
    'snoozed for 3 h 00 min: one',
    'acknowledged: two',
  ]);
});

test('a job of somebody else says why it cannot be stopped', () => {
  const other = aJob({ mine: false, stoppable: false, unstoppableBecause: 'it belongs to bob' });
  const job = submenu(menu(aSnapshot({ jobs: [other] })), 'llama');
  expect(labels(job)).toContain('Cannot be stopped: it belongs to bob');
  expect(deeds(job).map(({ type }) => type)).toEqual(['show']);
});

test('the head names both sums with where they come from, and the demo', () => {
  expect(labels(menu(aSnapshot({ mode: 'demo' }))).slice(0, 2)).toEqual([
    'DEMO · $32.00 (list) per hour',
    '$118.00 (list) today',
  ]);
});

test('an alert can be snoozed, until it is quiet', () => {
  const alert = anAlert();
  const shown = submenu(menu(aSnapshot({ alerts: [alert] })), 'llama is idle');
  expect(deeds(shown)).toContainEqual({ type: 'snooze', alertIds: [alert.id] });
  for (const quiet of [{ snoozedUntil: 2_000_000 }, { acknowledged: true }]) {
    const items = menu(aSnapshot({ alerts: [{ ...alert, ...quiet }] }));
    expect(labels(items).join()).not.toContain('idle');
  }
});

test('a stop that failed stays, with its reason and remedy, until it is dismissed', () => {
  const failed = submenu(menu(aSnapshot({ stops: [aStop()] })), 'Stopping llama failed');
  expect(labels(failed).slice(0, 2)).toEqual(['AWS refused', 'Ask for ec2:TerminateInstances.']);
  expect(deeds(failed)).toContainEqual({ type: 'dismissStop', stopId: 'stop-1' });
  const dismissed = menu(aSnapshot({ stops: [aStop({ dismissedAt: 2 })] }));
  expect(labels(dismissed).join()).not.toContain('failed');
});

test('the dearest jobs come first, ended ones not at all, and the rest is in the window', () => {
  const jobs = Array.from({ length: 20 }, (_, index) =>
    aJob({ id: `j${index}`, name: `job ${index}`, rate: dollars(index) }),
  );
  const ended = aJob({ id: 'over', name: 'over', state: 'ended' });
  const shown = labels(menu(aSnapshot({ jobs: [...jobs, ended] })));
  expect(shown.filter((label) => label.startsWith('job '))).toHaveLength(15);
  expect(shown.indexOf('job 19')).toBeLessThan(shown.indexOf('job 5'));
  expect(shown).toContain('5 more jobs…');
  expect(shown).not.toContain('over');
});

test('a hostile name is one short line in which nothing is a key mark', () => {
  const name = `a\u001b[31m&b\n\u202egnp.${'x'.repeat(500)}`;
  const [label = ''] = labels(menu(aSnapshot({ jobs: [aJob({ name })] }))).slice(2);
  expect(label).toMatch(/^a&&b gnp\.x+…$/);
  expect([...label].length).toBeLessThanOrEqual(61);
});

test('without a collector it says so, and the app can still be quit', () => {
  const items = menu(undefined);
  expect(labels(items)[0]).toBe('Burnrate: no connection');
  expect(deeds(items)).toContainEqual({ type: 'quit' });
  expect(labels(items).join()).not.toContain('$');
});

test('start at login is a checkbox that asks for the opposite, where it can be had', () => {
  const on = linesOf(menu(aSnapshot(), { startsAtLogin: true }));
  expect(on.find(({ label }) => label === 'Start at login')).toEqual({
    label: 'Start at login',
    checked: true,
    does: { type: 'startAtLogin', on: false },
  });
  expect(labels(menu(aSnapshot(), { startsAtLogin: undefined }))).not.toContain('Start at login');
});

test('a stop that a budget has announced can be called off', () => {
  const stops = { jobIds: ['aws:me:i-1'], at: 5 };
  const alert = submenu(menu(aSnapshot({ alerts: [anAlert({ stops })] })), '⚠');
  expect(deeds(alert)[0]).toEqual({ type: 'keep', alertIds: [anAlert().id] });
  const plain = submenu(menu(aSnapshot({ alerts: [anAlert()] })), '⚠');
  expect(labels(plain)).not.toContain('Keep running');
});
