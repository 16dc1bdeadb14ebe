import { gone, redoFrom, remember } from '@burnrate/shared/metering/facts.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { jobOf, nodeOf, resolveIn, START } from './given.ts';

const node = nodeOf({ aliases: ['gpu-1'] });
const other = nodeOf({ id: 'aws:dev:i-0fedcba9876543210', name: 'other', aliases: ['gpu-2'] });
const resolve = resolveIn(node, other);
const on = (name: string, changes: Partial<Job> = {}) =>
  jobOf({ shares: [{ node: name }], ...changes });
const at = START + 10 * MINUTE;
const later = START + 20 * MINUTE;

/** What is remembered of reports that follow on one another, each with its time. */
function over(...reports: [Job, number][]): Job {
  let known: { job: Job; seenAt: number } | undefined;
  for (const [job, seenAt] of reports) {
    known = { job: remember(known, job, seenAt, resolve), seenAt };
  }
  if (!known) throw new Error('no report');
  return known.job;
}

test('shares are tied to the machines that their names mean now', () => {
  expect(over([on('gpu-1'), at]).shares).toEqual([{ node: node.id }]);
  expect(over([on('gpu-9'), at]).shares).toEqual([{ node: 'gpu-9' }]);
});

test('a start that is not said is the first sight, and stays so', () => {
  const { startedAt: _, ...unsaid } = on('gpu-1');
  expect(over([unsaid, at], [unsaid, later]).startedAt).toBe(at);
  const { startedAt: __, ...pending } = on('gpu-1', { state: 'pending' });
  expect(over([pending, at]).startedAt).toBeUndefined();
});

test('an end that is not said is the last sight of it', () => {
  const over1 = over([on('gpu-1'), at], [on('gpu-1', { state: 'ended' }), later]);
  expect(over1).toMatchObject({ state: 'ended', endedAt: at });
  expect(
    over([on('gpu-1'), at], [on('gpu-1', { state: 'ended', shares: [] }), later]).shares,
  ).toEqual([{ node: node.id }]);
  expect(gone(on('gpu-1'), at)).toMatchObject({ state: 'ended', endedAt: at });
  expect(gone(on('gpu-1', { state: 'pending' }), at).endedAt).toBeUndefined();
});

test('a job that moved held its first machine until then', () => {
  expect(over([on('gpu-1'), at], [on('gpu-2'), later]).shares).toEqual([
    { node: node.id, from: START, to: later },
    { node: other.id, from: later },
  ]);
});

test('a job that grows by another pod on the same machine holds both from then on', () => {
  const pods = (...names: string[]) =>
    jobOf({ shares: names.map((pod) => ({ node: 'gpu-1', gpus: 1, pod })) });
  expect(over([pods('a'), at], [pods('a', 'b'), later]).shares).toEqual([
    { node: node.id, gpus: 1, pod: 'a' },
    { node: node.id, gpus: 1, pod: 'b', from: later },
  ]);
});

test('a job that was requeued begins anew, whatever its source says of the start', () => {
  const { startedAt: _, ...unsaid } = on('gpu-2');
  const { startedAt: __, ...pending } = { ...on('gpu-1'), state: 'pending' as const, shares: [] };
  const past = { node: node.id, from: START, to: at };
  expect(over([on('gpu-1'), at], [pending, later], [unsaid, START + HOUR])).toMatchObject({
    startedAt: START + HOUR,
    shares: [past, { node: other.id }],
  });
  const again = on('gpu-2', { startedAt: later });
  expect(over([on('gpu-1'), at], [again, START + HOUR]).shares).toEqual([past, { node: other.id }]);
});

test('a sight by a clock that was behind is not taken for another start', () => {
  const behind = START - HOUR;
  expect(over([on('gpu-1'), behind], [on('gpu-1'), at], [on('gpu-1'), later]).shares).toEqual([
    { node: node.id },
  ]);
});

test('the ledger of a machine is redone from where holds on it differ, and of no other', () => {
  const before = on(node.id);
  const change = (after: Job) => [{ before, after }];
  expect(redoFrom(node, change(before), resolve)).toBeUndefined();
  const ended = { ...before, state: 'ended' as const, endedAt: at };
  expect(redoFrom(node, change(ended), resolve)).toBe(at);
  expect(redoFrom(other, change(ended), resolve)).toBeUndefined();
  expect(redoFrom(node, [{ before: undefined, after: before }], resolve)).toBe(START);
  expect(redoFrom(node, change({ ...before, owner: 'eve' }), resolve)).toBe(START);
  expect(redoFrom(node, change({ ...before, name: 'new name' }), resolve)).toBeUndefined();
  const moved = on(other.id);
  expect(redoFrom(other, change(moved), resolve)).toBe(START);
});

test('a machine that comes to be known by another name is redone for those who named it so', () => {
  const job = on('gpu-3');
  const change = [{ before: job, after: job }];
  const named = resolveIn({ ...node, aliases: ['gpu-3'] });
  expect(redoFrom(node, change, named, resolve)).toBe(START);
  expect(redoFrom(node, change, named, named)).toBeUndefined();
});
