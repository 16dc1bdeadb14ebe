import { dueTogether } from '@burnrate/shared/alerts/gathering.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import { MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';

const NOW = 1_800_000_000_000;

function alert(number: number, more: Partial<Alert> = {}): Alert {
  return {
    id: `idle:job-${number}`,
    rule: 'idle',
    subject: `job-${number}`,
    subjectKind: 'job',
    state: 'firing',
    severity: 'warning',
    title: `job-${number} is idle`,
    detail: '',
    evidence: [],
    microsPerHour: 1_000_000,
    microsWasted: 0,
    since: NOW - 20 * SECOND,
    firedAt: NOW,
    acknowledged: false,
    ...more,
  };
}

const some = (count: number, more: Partial<Alert> = {}, from = 0) =>
  Array.from({ length: count }, (_, index) => alert(from + index, more));
const { firedAt: _, ...unfired } = alert(0);
const pending = (count: number, more: Partial<Alert> = {}) =>
  some(count, {}, 100).map(({ id, subject }) => ({
    ...unfired,
    id,
    subject,
    state: 'pending' as const,
    ...more,
  }));

test('a few are said at once, each alone', () => {
  expect(dueTogether(some(3), NOW).map((group) => group.length)).toEqual([1, 1, 1]);
  expect(dueTogether([], NOW)).toEqual([]);
});

test('many are said in one', () => {
  expect(dueTogether(some(1000), NOW).map((group) => group.length)).toEqual([1000]);
});

test('the first of a storm waits for those that are about to fire with it, and not for ever', () => {
  const storm = [...some(2), ...pending(30)];
  expect(dueTogether(storm, NOW)).toEqual([]);
  expect(dueTogether(storm, NOW + 15 * SECOND).map((group) => group.length)).toEqual([1, 1]);
  expect(dueTogether(some(32), NOW + 5 * SECOND).map((group) => group.length)).toEqual([32]);
});

test('what pends for another reason delays nothing', () => {
  const loading = pending(30, { since: NOW - 5 * MINUTE });
  const stalled = pending(30, { rule: 'stalled' });
  expect(dueTogether([alert(1), ...loading, ...stalled], NOW)).toHaveLength(1);
});

test('what is snoozed, acknowledged or already shown counts for nothing', () => {
  const silent = [
    ...some(5, { acknowledged: true }),
    ...some(5, { snoozedUntil: NOW + MINUTE }),
    ...some(5, { claimedBy: 'vscode' }),
  ];
  expect(dueTogether([...silent, alert(99)], NOW).flat()).toEqual([alert(99)]);
});
