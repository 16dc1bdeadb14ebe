import type { Job } from '@burnrate/shared/model/job.ts';
import { Memory } from '@burnrate/shared/sources/slurm/memory.ts';
import { expect, test } from 'vitest';
import { RECORDED_AT as NOW } from './recorded.ts';

const exact = [{ node: 'gpu-1', gpus: 2, gpuIndexes: [1, 2] }];
const vague = [{ node: 'gpu-1' }];

function job(changes: Partial<Job>): Job {
  return {
    id: 'slurm:lab:2',
    source: 'slurm',
    account: 'slurm:lab',
    nativeId: '2',
    name: 'train',
    mine: true,
    level: 'scheduler',
    state: 'running',
    startedAt: NOW - 60_000,
    shares: exact,
    labels: {},
    ...changes,
  };
}

test('a job that is leaving holds what it held', () => {
  const memory = new Memory();
  memory.complete([job({})], NOW);
  const leaving = memory.complete([job({ state: 'stopping', shares: vague })], NOW);
  expect(leaving[0]?.shares).toEqual(exact);
  const ended = job({ state: 'ended', endedAt: NOW, shares: vague });
  expect(memory.complete([ended], NOW)[0]?.shares).toEqual(exact);
  expect(memory.complete([ended], NOW)[0]?.shares).toEqual(exact);
});

test('one that ran again since, under the same number, does not', () => {
  const memory = new Memory();
  memory.complete([job({})], NOW);
  const again = job({ state: 'ended', startedAt: NOW - 10_000, endedAt: NOW, shares: vague });
  expect(memory.complete([again], NOW)[0]?.shares).toEqual(vague);
});

test('a job that is requeued is no longer told of as ended', () => {
  const memory = new Memory();
  memory.complete([job({ state: 'ended', endedAt: NOW })], NOW);
  const { startedAt: _, ...queued } = job({ state: 'pending', shares: [] });
  expect(memory.complete([queued], NOW)).toEqual([queued]);
  expect(memory.complete([], NOW)).toEqual([]);
});

test('it misses a job that held nodes and is no longer listed, and none that waited', () => {
  const memory = new Memory();
  memory.complete([job({}), job({ nativeId: '3', state: 'pending', shares: [] })], NOW);
  expect(memory.misses(new Set(['2']))).toBe(false);
  expect(memory.misses(new Set(['3']))).toBe(true);
});
