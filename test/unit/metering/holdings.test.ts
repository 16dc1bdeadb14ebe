import { holdings } from '@burnrate/shared/metering/holdings.ts';
import type { Level, Share } from '@burnrate/shared/model/job.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyJobs, jobOf, nodeOf, partsOf, resolveIn, START } from './given.ts';

const node = nodeOf({ cores: 96 });
const cpuNode = nodeOf({ gpus: { count: 0 }, cores: 16 });

function holds(id: string, level: Level, share: Omit<Share, 'node'> = {}) {
  return jobOf({ id, level, shares: [{ node: node.id, ...share }] });
}

test('jobs share a node by the GPUs they hold, and the rest is idle', () => {
  const parts = partsOf(node, [
    holds('a', 'scheduler', { gpus: 4 }),
    holds('b', 'scheduler', { gpus: 1, cores: 90 }),
  ]);
  expect(parts).toEqual({ a: 0.5, b: 0.125, idle: 0.375 });
});

test('cores count where the node has no GPUs, or the job says nothing of them', () => {
  const on = (id: string, cores: number) => jobOf({ id, shares: [{ node: cpuNode.id, cores }] });
  expect(partsOf(cpuNode, [on('a', 4), on('b', 8)])).toEqual({ a: 0.25, b: 0.5, idle: 0.25 });
  expect(partsOf(node, [holds('a', 'scheduler', { cores: 24 })])).toEqual({ a: 0.25, idle: 0.75 });
});

test('neither GPUs nor cores is the whole node; nobody is all idle', () => {
  expect(partsOf(node, [holds('a', 'scheduler')])).toEqual({ a: 1 });
  expect(partsOf(node, [])).toEqual({ idle: 1 });
});

test('a job that holds no GPU of a GPU node costs nothing beside one that holds all', () => {
  expect(
    partsOf(node, [
      holds('a', 'scheduler', { gpus: 8 }),
      holds('b', 'scheduler', { gpus: 0, cores: 8 }),
    ]),
  ).toEqual({ a: 1 });
});

test('too much claimed is scaled down', () => {
  const parts = partsOf(node, [
    holds('a', 'scheduler', { gpus: 8 }),
    holds('b', 'scheduler', { gpus: 8 }),
  ]);
  expect(parts).toEqual({ a: 0.5, b: 0.5 });
});

test('who started the machine holds what closer jobs leave', () => {
  expect(
    partsOf(node, [
      holds('machine', 'machine'),
      holds('python', 'process', { gpuIndexes: [0, 1] }),
    ]),
  ).toEqual({ machine: 0.75, python: 0.25 });
});

test('where a scheduler hands the machine out, what its jobs leave is idle', () => {
  const machine = holds('machine', 'machine');
  expect(partsOf(node, [machine, holds('a', 'scheduler', { gpus: 2 })])).toEqual({
    a: 0.25,
    idle: 0.75,
  });
  expect(partsOf(nodeOf({ scheduled: true }), [machine])).toEqual({ idle: 1 });
  expect(partsOf(node, [machine])).toEqual({ machine: 1 });
});

test('a process takes from the Slurm job it runs in, never twice from the node', () => {
  const process = holds('python', 'process', { gpuIndexes: [3] });
  expect(partsOf(node, [holds('slurm', 'scheduler', { gpus: 4 }), process])).toEqual({
    python: 0.125,
    slurm: 0.375,
    idle: 0.5,
  });
  const named = holds('slurm', 'scheduler', { gpuIndexes: [2, 3], gpus: 2 });
  expect(partsOf(node, [named, process])).toEqual({ python: 0.125, slurm: 0.125, idle: 0.75 });
  const elsewhere = holds('slurm', 'scheduler', { gpuIndexes: [4, 5], gpus: 2 });
  expect(partsOf(node, [elsewhere, process])).toEqual({ python: 0.125, slurm: 0.25, idle: 0.625 });
});

test('two processes on one GPU pay half of it each', () => {
  const on = (id: string) => holds(id, 'process', { gpuIndexes: [7] });
  expect(partsOf(node, [on('a'), on('b')])).toEqual({ a: 0.0625, b: 0.0625, idle: 0.875 });
});

test('two accounts may each have a node of the same name', () => {
  const [one, two] = ['slurm:one', 'slurm:two'].map((account) =>
    nodeOf({ id: `${account}:node1`, source: 'slurm', account, name: 'node1' }),
  );
  if (!one || !two) throw new Error('two nodes');
  const resolve = resolveIn(one, two);
  const job = jobOf({ id: 'slurm:two:1', account: 'slurm:two', shares: [{ node: 'node1' }] });
  expect(holdings(two, [job], resolve).map(({ jobId }) => jobId)).toEqual(['slurm:two:1']);
  expect(holdings(one, [job], resolve).map(({ jobId }) => jobId)).toEqual(['idle']);
});

test('whatever is claimed, parts are whole numbers that make up one node', () => {
  const within = { from: START, to: START + HOUR };
  fc.assert(
    fc.property(anyJobs(node, within), fc.boolean(), (jobs, scheduled) => {
      const parts = holdings({ ...node, scheduled }, jobs, resolveIn(node));
      expect(new Set(parts.map(({ jobId }) => jobId)).size).toBe(parts.length);
      for (const { weight } of parts) expect(Number.isSafeInteger(weight) && weight > 0).toBe(true);
      const sum = parts.reduce((all, { weight }) => all + weight, 0);
      expect(Math.abs(sum - 1e9)).toBeLessThanOrEqual(1001 + parts.length);
    }),
  );
});
