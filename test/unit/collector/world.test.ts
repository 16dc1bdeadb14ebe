import { World } from '@burnrate/shared/collector/world.ts';
import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { SourceError } from '@burnrate/shared/sources/source.ts';
import { expect, test } from 'vitest';
import { jobOf, nodeOf, START } from '../metering/given.ts';
import { accountOf } from './watch_over.ts';

const AWS = 'aws:dev';
const SLURM = 'slurm:lab';
const node = nodeOf();
const job = jobOf();

/** A world in which the node and the job were seen at the start. */
function seen(): World {
  const world = new World();
  world.account(accountOf(AWS));
  world.account(accountOf(SLURM));
  world.observe(AWS, { at: START, nodes: [node] }, START - 1);
  world.observe(SLURM, { at: START, jobs: [job] }, START - 1);
  return world;
}

const stateOf = (world: World) => world.jobs.get(job.id)?.job.state;

test('what a full answer lacks has ended, at the last sight of it', () => {
  const world = seen();
  const at = START + MINUTE;
  const change = world.observe(SLURM, { at, jobs: [] }, at - 1);
  expect(change.jobs).toMatchObject([{ before: job, after: { state: 'ended', endedAt: START } }]);
  world.observe(AWS, { at, nodes: [] }, at - 1);
  expect(world.nodes.get(node.id)).toMatchObject({ node: { state: 'ended' }, seenAt: START });
});

test('what an answer did not speak of, or only in part, or for another account, runs on', () => {
  const world = seen();
  const at = START + MINUTE;
  const partial = new SourceError('denied', { account: SLURM, message: 'one region', remedy: '' });
  world.observe(SLURM, { at, nodes: [] }, at - 1);
  world.observe(SLURM, { at, jobs: [], partial: [partial] }, at - 1);
  world.observe('slurm:other', { at, jobs: [] }, at - 1);
  expect(stateOf(world)).toBe('running');
  expect(world.nodes.get(node.id)?.node.state).toBe('running');
});

test('what began after the question cannot be missing from its answer', () => {
  const world = seen();
  world.observe(SLURM, { at: START + MINUTE, jobs: [] }, START - MINUTE);
  expect(stateOf(world)).toBe('running');
});

test('after the clock was set back, what is missing has ended all the same', () => {
  const world = seen();
  const at = START - HOUR;
  world.observe(SLURM, { at, jobs: [] }, at - 1);
  expect(stateOf(world)).toBe('ended');
});

test('a job that was taken for ended and is listed again runs on as if nothing had been', () => {
  const world = seen();
  world.observe(SLURM, { at: START + MINUTE, jobs: [] }, START + MINUTE - 1);
  world.observe(SLURM, { at: START + 2 * MINUTE, jobs: [job] }, START + 2 * MINUTE - 1);
  expect(world.jobs.get(job.id)?.job).toEqual(job);
});

test('what ended stays in sight for an hour after it was last listed', () => {
  const world = seen();
  const ended = { ...job, state: 'ended' as const, endedAt: START };
  world.observe(SLURM, { at: START + 3 * HOUR, jobs: [ended] }, START + 3 * HOUR - 1);
  world.forget(START + 4 * HOUR);
  expect(world.jobs.has(job.id)).toBe(true);
  world.forget(START + 4 * HOUR + 1);
  expect(world.jobs.has(job.id)).toBe(false);
  world.forget(START + 99 * HOUR);
  expect(world.nodes.has(node.id)).toBe(true);
});

test('a lost account is told of while something of it runs, and forgotten when nothing does', () => {
  const world = seen();
  world.lose(accountOf(SLURM), START);
  expect(world.accounts.get(SLURM)?.failures.get('nodes')).toMatchObject({
    kind: 'not-configured',
    message: 'no longer found (it was in test)',
  });
  expect(stateOf(world)).toBe('running');
  world.observe(SLURM, { at: START + MINUTE, jobs: [] }, START + MINUTE - 1);
  world.lose(accountOf(SLURM), START + HOUR);
  expect(world.accounts.has(SLURM)).toBe(false);
});

test('an answer that could not be taken in is a failure of that account alone', () => {
  const world = seen();
  world.reject(accountOf(AWS), ['nodes'], new TypeError('no such thing'), START);
  expect(world.accounts.get(AWS)?.failures.get('nodes')).toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining('no such thing'),
  });
  expect(world.accounts.get(SLURM)?.failures.size).toBe(0);
});
