import { budgetViews } from '@burnrate/shared/alerts/budget_views.ts';
import { ceilingOf } from '@burnrate/shared/alerts/ceiling.ts';
import { Budgets } from '@burnrate/shared/config/budgets.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { jobView, sceneAt } from './scene.ts';

const figure = (dollars: number) => ({
  micros: dollars * 1e6,
  provenance: 'list' as const,
  uncertain: false,
  unpriced: 0,
});

test('faces are told of each budget of a day or a month, near its ceiling or not', () => {
  const jobs = [
    jobView({ id: 'a', name: 'llama', rate: figure(60), today: figure(30), total: figure(90) }),
    jobView({ id: 'b', name: 'other', rate: figure(5), today: figure(10), total: figure(10) }),
  ];
  const ceilings = Budgets.parse([
    { name: 'my day', perDay: 200 },
    { name: 'llamas', perMonth: 400, jobs: 'llama*', action: 'stop' },
    { name: 'each', perJob: 50 },
    { name: 'rate', perHour: 50 },
  ]).map(ceilingOf);
  expect(budgetViews(ceilings, sceneAt(HOUR, jobs, []))).toEqual([
    {
      name: 'my day',
      span: 'day',
      ceiling: 200e6,
      spentMicros: 40e6,
      microsPerHour: 65e6,
      action: 'notify',
    },
    {
      name: 'llamas',
      span: 'month',
      ceiling: 400e6,
      spentMicros: expect.any(Number),
      microsPerHour: 60e6,
      action: 'stop',
    },
  ]);
});
