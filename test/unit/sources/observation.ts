import type { Account } from '@burnrate/shared/model/account.ts';
import { Job } from '@burnrate/shared/model/job.ts';
import { Leftover } from '@burnrate/shared/model/leftover.ts';
import { Node } from '@burnrate/shared/model/node.ts';
import { Progress } from '@burnrate/shared/model/progress.ts';
import { PriceKey, Rate } from '@burnrate/shared/model/rate.ts';
import { Sample } from '@burnrate/shared/model/sample.ts';
import {
  type Observable,
  type Observation,
  type Source,
  SourceError,
} from '@burnrate/shared/sources/source.ts';
import { expect } from 'vitest';

export const OBSERVABLES: readonly Observable[] = [
  'nodes',
  'jobs',
  'telemetry',
  'prices',
  'leftovers',
];

/** No machine or job is older; seconds taken for milliseconds would be. */
const YEAR_2000 = Date.UTC(2000, 0, 1);

/** The parts that an observation holds, by the words in which they are asked for. */
export function lists(observation: Observation): Observable[] {
  const parts = {
    nodes: observation.nodes,
    jobs: observation.jobs,
    telemetry: observation.samples,
    prices: observation.quotes,
    leftovers: observation.leftovers,
  };
  return OBSERVABLES.filter((what) => parts[what] !== undefined);
}

/** What must not differ between two readings of a system at rest. */
export function identity(observation: Observation) {
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  return {
    nodes: observation.nodes
      ?.map(({ id, launchedAt, state }) => ({ id, launchedAt, state }))
      .sort(byId),
    jobs: observation.jobs
      ?.map(({ id, startedAt, shares }) => ({ id, startedAt, shares }))
      .sort(byId),
    gpus: observation.samples?.map(({ node, gpu }) => `${node} ${gpu}`).sort(),
    prices: observation.quotes?.map(({ key }) => JSON.stringify(key)).sort(),
    leftovers: observation.leftovers?.map(({ id }) => id).sort(),
  };
}

/** Fails unless every part of an observation keeps the contract. */
export function checkObservation(
  observation: Observation,
  source: Pick<Source, 'id'>,
  account: Account,
  asked: ReadonlySet<Observable>,
): void {
  expect(Number.isSafeInteger(observation.at)).toBe(true);
  expect(observation.at).toBeGreaterThan(YEAR_2000);
  for (const what of lists(observation))
    expect(asked.has(what), `${what} was not asked for`).toBe(true);
  for (const error of observation.partial ?? []) {
    expect(error).toBeInstanceOf(SourceError);
    expect(error.account).toBe(account.id);
  }
  checkNodes(observation, source, account);
  checkJobs(observation, source, account);
  checkLeftovers(observation, source, account);
  for (const sample of observation.samples ?? []) {
    exactly(Sample, sample);
    expect(sample.at).toBeGreaterThan(YEAR_2000);
    expectHost(sample.node, observation, source);
  }
  // What jobs count comes with the telemetry, and only where that was asked for.
  if (observation.progress) expect(asked.has('telemetry')).toBe(true);
  for (const progress of observation.progress ?? []) {
    exactly(Progress, progress);
    expect(progress.at).toBeGreaterThan(YEAR_2000);
  }
  for (const quote of observation.quotes ?? []) {
    exactly(PriceKey, quote.key);
    exactly(Rate, quote.rate);
    expect(quote.rate.basis).not.toBe('');
  }
}

function checkNodes(observation: Observation, source: Pick<Source, 'id'>, account: Account): void {
  const nodes = observation.nodes ?? [];
  expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
  for (const node of nodes) {
    exactly(Node, node);
    expect(node.source).toBe(source.id);
    expect(node.account).toBe(account.id);
    expect(node.id.startsWith(`${account.id}:`), `${node.id} is named by its account`).toBe(true);
    expect(node.name).not.toBe('');
    for (const alias of node.aliases) {
      expect(alias).toBe(alias.toLowerCase().trim());
      expect(alias).not.toBe('');
    }
    expectOrder(node.launchedAt, node.endedAt);
  }
}

function checkJobs(observation: Observation, source: Pick<Source, 'id'>, account: Account): void {
  const jobs = observation.jobs ?? [];
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(jobs.length);
  for (const job of jobs) {
    exactly(Job, job);
    expect(job.source).toBe(source.id);
    expect(job.account).toBe(account.id);
    expect(job.id).toBe(`${account.id}:${job.nativeId}`);
    expect(job.name).not.toBe('');
    expectOrder(job.startedAt, job.endedAt);
    if (job.state === 'running') expect(job.shares.length).toBeGreaterThan(0);
    for (const share of job.shares) expectHost(share.node, observation, source);
  }
}

function checkLeftovers(
  { leftovers = [] }: Observation,
  source: Pick<Source, 'id'>,
  account: Account,
): void {
  expect(new Set(leftovers.map(({ id }) => id)).size).toBe(leftovers.length);
  for (const leftover of leftovers) {
    exactly(Leftover, leftover);
    expect(leftover.source).toBe(source.id);
    expect(leftover.account).toBe(account.id);
    expect(leftover.id.startsWith(`${account.id}:`)).toBe(true);
    expect(leftover.name).not.toBe('');
    expect(leftover.remove).not.toBe('');
    if (leftover.rate) expect(leftover.rate.basis).not.toBe('');
    expectOrder(leftover.since, undefined);
  }
}

/** Valid, and with no property beyond the schema's: a stray one would be lost on its way. */
function exactly(schema: { parse(value: unknown): unknown }, value: unknown): void {
  expect(schema.parse(value)).toEqual(value);
}

/** A name under this source must be a node it showed; any other is a host's, for others to know. */
function expectHost(name: string, observation: Observation, source: Pick<Source, 'id'>): void {
  expect(name.trim()).not.toBe('');
  const nodes = observation.nodes;
  if (!nodes || !name.startsWith(`${source.id}:`)) return;
  expect(nodes.map(({ id }) => id)).toContain(name);
}

function expectOrder(start: number | undefined, end: number | undefined): void {
  if (start !== undefined) expect(start).toBeGreaterThan(YEAR_2000);
  if (end !== undefined) expect(end).toBeGreaterThan(YEAR_2000);
  if (start !== undefined && end !== undefined) expect(end).toBeGreaterThanOrEqual(start);
}
