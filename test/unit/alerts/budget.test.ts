import { budgetRules } from '@burnrate/shared/alerts/budget.ts';
import { ceilingOf, launchCeilings } from '@burnrate/shared/alerts/ceiling.ts';
import { AlertBook } from '@burnrate/shared/alerts/index.ts';
import type { Scene } from '@burnrate/shared/alerts/rule.ts';
import { Budget, Budgets } from '@burnrate/shared/config/budgets.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { JobView } from '@burnrate/shared/model/snapshot.ts';
import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { jobView, sceneAt } from './scene.ts';

const figure = (dollars: number) => ({
  micros: dollars * 1e6,
  provenance: 'list' as const,
  uncertain: false,
  unpriced: 0,
});

/** A job of $60 an hour that has cost so many dollars, in all and today. */
const job = (dollars: number, changes: Partial<JobView> = {}) =>
  jobView({ rate: figure(60), total: figure(dollars), today: figure(dollars), ...changes });

const rulesOf = (budget: Budget) => budgetRules(budget.name, () => [ceilingOf(budget)]);

const find = (
  budget: Parameters<typeof Budget.parse>[0],
  jobs: JobView[],
  scene?: Partial<Scene>,
) =>
  rulesOf(Budget.parse(budget)).flatMap((rule) =>
    rule.evaluate({ ...sceneAt(HOUR, jobs, []), ...scene }).map((finding) => ({
      ...finding,
      rule: rule.id,
    })),
  );

test('a job’s budget is said at a half, at four fifths and when it is spent, each by itself', () => {
  const budget = { name: 'cap', perJob: 100 };
  const said = (dollars: number) => find(budget, [job(dollars)]).map(({ rule }) => rule);
  expect(said(49.99)).toEqual([]);
  expect(said(50)).toEqual(['budget cap 50%']);
  expect(said(80)).toEqual(['budget cap 80%']);
  expect(said(250)).toEqual(['budget cap 100%']);
  const [at80] = find(budget, [job(80)]);
  expect(at80?.title).toBe('train-7b has cost $80.00, 80% of its budget of $100.00');
  expect(at80?.detail).toBe('At $60.00/h it reaches the budget in 20 min.');
  // It is no waste: the page must not count it as such.
  expect(at80?.microsPerHour).toBe(0);
});

test('what has been spent since the ledger was written counts too', () => {
  const budget = { name: 'cap', perJob: 100 };
  expect(find(budget, [job(79.5)], { meteredAt: HOUR - MINUTE })[0]?.rule).toBe('budget cap 80%');
});

test('a day’s budget counts all my jobs that it means, ended ones too, and nobody else’s', () => {
  const jobs = [
    job(30, { id: 'a', name: 'llama-1' }),
    job(25, { id: 'b', name: 'llama-2', state: 'ended', rate: figure(0) }),
    job(900, { id: 'c', name: 'other' }),
    job(900, { id: 'd', name: 'llama-3', mine: false }),
  ];
  const [finding] = find({ name: 'day', perDay: 100, jobs: 'llama-*' }, jobs);
  expect(finding).toMatchObject({ rule: 'budget day 50%', subject: 'budget:day' });
  expect(finding?.evidence[0]).toEqual({ label: 'spent today', value: '$55.00' });
});

test('a pattern’s star is any text, and nothing else in it is special', () => {
  const means = (jobs: string, name: string) =>
    find({ name: 'x', perJob: 1, jobs }, [job(1, { name })]).length > 0;
  expect(means('*', 'a\nb')).toBe(true);
  expect(means('a.c', 'abc')).toBe(false);
  expect(means('a.*', 'a.c')).toBe(true);
  expect(means('(a|b)*', '(a|b)c')).toBe(true);
  expect(means('train', 'train-7b')).toBe(false);
});

test('a stop is announced five minutes ahead, for the moment at which the budget is reached', () => {
  const budget = { name: 'cap', perJob: 100, action: 'stop' } as const;
  const stops = (dollars: number, changes: Partial<JobView> = {}) =>
    find(budget, [job(dollars, changes)]).find(({ rule }) => rule === 'budget cap stop')?.stops;
  expect(stops(94)).toBeUndefined();
  expect(stops(96)).toEqual({ jobIds: ['slurm:lab:42'], at: HOUR + 4 * MINUTE });
  expect(stops(120)).toEqual({ jobIds: ['slurm:lab:42'], at: HOUR });
  expect(stops(96, { state: 'ended' })).toBeUndefined();
  expect(find({ name: 'cap', perJob: 100 }, [job(96)]).some((one) => one.stops)).toBe(false);
});

test('an announced stop keeps its moment up to date, and who acknowledged it', () => {
  const book = new AlertBook(rulesOf(Budget.parse({ name: 'cap', perJob: 100, action: 'stop' })));
  let alerts: Alert[] = [];
  const stopAt = (now: number, dollars: number) => {
    alerts = book.step(sceneAt(now, [job(dollars)], []), alerts);
    return alerts.find(({ stops }) => stops);
  };
  expect(stopAt(HOUR, 96)).toMatchObject({ state: 'firing', stops: { at: HOUR + 4 * MINUTE } });
  alerts = alerts.map((alert) => ({ ...alert, acknowledged: true }));
  const later = stopAt(HOUR + 2 * MINUTE, 97);
  expect(later).toMatchObject({ acknowledged: true, stops: { at: HOUR + 5 * MINUTE } });
});

test('a budget needs one ceiling and a name of its own', () => {
  expect(Budget.safeParse({ name: 'x' }).success).toBe(false);
  expect(Budget.safeParse({ name: 'x', perJob: 1, perDay: 1 }).success).toBe(false);
  expect(Budget.safeParse({ name: 'x', perJob: -1 }).success).toBe(false);
  const twice = [
    { name: 'x', perJob: 1 },
    { name: 'x', perDay: 1 },
  ];
  expect(Budgets.safeParse(twice).success).toBe(false);
  expect(Budgets.safeParse(undefined).data).toEqual([]);
});

test('a budget of an owner or a project counts theirs, and stops mine alone', () => {
  const jobs = [
    job(30, { id: 'a', owner: 'ada', labels: { Project: 'vision' } }),
    job(40, { id: 'b', owner: 'bob', mine: false, labels: { account: 'vision' } }),
    job(90, { id: 'c', owner: 'bob', mine: false, labels: { account: 'speech' } }),
  ];
  const spent = (budget: object) => {
    const all = find({ name: 'x', perDay: 1, action: 'stop', ...budget }, jobs);
    return all.map(({ evidence, stops }) => [evidence[0]?.value, stops?.jobIds]);
  };
  expect(spent({ owner: 'bob' })).toEqual([['$130.00', undefined]]);
  expect(spent({ owner: '*', project: 'vision' })).toEqual([
    ['$70.00', undefined],
    ['$70.00', ['a']],
  ]);
  expect(spent({ project: 'speech' })).toEqual([]);
});

test('a day’s budget counts jobs that ended long ago and are no longer shown', () => {
  const past = { job: job(0, { id: 'gone', state: 'ended' }), micros: 70e6 };
  const spent = () => [past, { job: job(20), micros: 20e6 }];
  const [finding] = find({ name: 'day', perDay: 100 }, [job(20)], { spent });
  expect(finding).toMatchObject({ rule: 'budget day 80%' });
  expect(finding?.evidence[0]).toEqual({ label: 'spent today', value: '$90.00' });
});

test('a rate above its ceiling is said, and stopped five minutes after it was first seen', () => {
  const budget = Budget.parse({ name: 'fast', perHour: 40, action: 'stop' });
  const rules = rulesOf(budget);
  const at = (now: number, dollars: number) =>
    rules.flatMap((rule) => rule.evaluate(sceneAt(now, [job(5, { rate: figure(dollars) })], [])));
  expect(at(HOUR, 40)).toEqual([]);
  const [said, stop] = at(HOUR, 60);
  expect(said?.title).toBe('train-7b costs $60.00/h, more than its ceiling of $40.00/h');
  expect(stop?.stops).toEqual({ jobIds: ['slurm:lab:42'], at: HOUR + 5 * MINUTE });
  expect(at(HOUR + 3 * MINUTE, 60)[1]?.stops?.at).toBe(HOUR + 5 * MINUTE);
  expect(at(HOUR + 4 * MINUTE, 30)).toEqual([]);
  expect(at(HOUR + 6 * MINUTE, 60)[1]?.stops?.at).toBe(HOUR + 11 * MINUTE);
});

test('what a launch may cost counts all of its jobs together, and no others', () => {
  const ceilings = launchCeilings({
    id: 'x',
    source: 'slurm',
    nativeIds: ['77', '77_*'],
    ceiling: 50e6,
    action: 'stop',
    setAt: 0,
  });
  const rules = budgetRules('of its own', () => ceilings);
  const jobs = [
    job(30, { id: 'a', nativeId: '77_1' }),
    job(25, { id: 'b', nativeId: '77_2' }),
    job(90, { id: 'c', nativeId: '778' }),
    job(90, { id: 'd', nativeId: '77_3', source: 'skypilot' }),
    job(90, { id: 'e', nativeId: '77_4', mine: false }),
  ];
  const found = rules.flatMap((rule) => rule.evaluate(sceneAt(HOUR, jobs, [])));
  expect(found.map(({ severity, stops }) => [severity, stops?.jobIds])).toEqual([
    ['critical', undefined],
    ['critical', ['a', 'b']],
  ]);
  expect(found[0]?.title).toBe('train-7b has cost $55.00, 110% of its budget of $50.00');
});

test('a day that will exceed its budget is foretold, and a month by its pace', () => {
  const noon = new Date(2026, 9, 15, 12).getTime();
  const forecast = (budget: object, dollars: number) => {
    const rule = rulesOf(Budget.parse({ name: 'x', ...budget })).find(({ id }) =>
      id.endsWith('forecast'),
    );
    return rule?.evaluate(sceneAt(noon, [job(dollars)], []))[0];
  };
  // 12 h more at $60 an hour.
  expect(forecast({ perDay: 1000 }, 200)).toBeUndefined();
  expect(forecast({ perDay: 900 }, 200)?.detail).toBe(
    'At $60.00/h until midnight it comes to $920.00.',
  );
  expect(forecast({ perDay: 900 }, 950)).toBeUndefined();
  expect(forecast({ perMonth: 300 }, 100)).toBeUndefined();
  expect(forecast({ perMonth: 200 }, 100)?.title).toBe(
    'x will exceed its budget of $200.00 this month',
  );
  expect(forecast({ perJob: 200 }, 100)).toBeUndefined();
});
