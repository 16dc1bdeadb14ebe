import { readFileSync, writeFileSync } from 'node:fs';
import type { Demo } from '@burnrate/shared/cli/demo.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { settle } from '../integration/fleet/settled.ts';
import { scenarioFile, Watch } from '../integration/fleet/watch.ts';
import { until } from '../unit/collector/live.ts';
import { Distorted, type Trouble } from './distorted.ts';
import { expectTrue, folderForEach, PER_HOUR, scenarioOf, trainer } from './truth.ts';

const PATIENCE_MS = 90_000;
/** Distorted answers to wait for, where no failure need be seen. */
const HITS = 6;

const scenario = scenarioOf([trainer('one', -50), trainer('two', -100), trainer('three', -150)]);

const folder = folderForEach();
let aws = new Distorted();
let exporters = new Distorted();
beforeEach(() => {
  aws = new Distorted();
  exporters = new Distorted();
});
afterEach(() => {
  aws.close();
  exporters.close();
});

/** The collector asks through what distorts; whoever plays an owner asks the fleet itself. */
async function distort({ env, fleet, paths }: Demo): Promise<void> {
  const cloud = await aws.before(fleet.aws);
  for (const name of Object.keys(env)) if (name.startsWith('AWS_ENDPOINT_URL')) env[name] = cloud;
  const endpoints = await Promise.all(fleet.exporters.map((url) => exporters.before(url)));
  const config = parse(readFileSync(paths.config, 'utf8'));
  writeFileSync(paths.config, stringify({ sources: { ...config.sources, dcgm: { endpoints } } }));
}

const begin = () => Watch.begin({ speed: 60, scenario: scenarioFile(folder(), scenario) }, distort);

/** None is in a pause, either: a last reading of one would look like a job that does nothing. */
const isWell = ({ accounts, jobs, at }: Snapshot, since: number) =>
  jobs.length === scenario.machines.length &&
  accounts.every(({ state }) => state === 'ok') &&
  jobs.every(({ activityAt, activity }) => (activityAt ?? 0) > since && (activity ?? 0) > 0.5) &&
  at > since;

/** Nobody is told that a job does no work, or does it badly, for what could not be read. */
const falseAlarms = (seen: readonly Snapshot[]) =>
  seen.flatMap(({ alerts, jobs }) =>
    alerts
      .filter(({ subject, state }) => state === 'firing' && jobs.some(({ id }) => id === subject))
      .map(({ title }) => title),
  );

/** Whose failure must be said: only the cloud's answers are halved (see README.md). */
const failing = (trouble: Trouble) => (trouble === 'halved' ? ['aws'] : ['aws', 'dcgm']);

const troubles: Trouble[] = process.env.CI
  ? ['hanging', 'storm', 'halved']
  : ['hanging', 'dripping', 'storm', 'broken', 'halved'];

test('whatever becomes of every answer, a face is served, nothing is made up, and no charge is lost', async () => {
  await using watch = await begin();
  const { pid } = watch.link.welcome;
  await watch.until('all machines', (snapshot) => isWell(snapshot, 0));
  for (const trouble of troubles) {
    aws.begin(trouble);
    exporters.begin(trouble === 'halved' ? 'none' : trouble);
    const seen = await watch.until(`a failure to be said while ${trouble}`, ({ accounts }) =>
      failing(trouble).every((source) =>
        accounts.some((one) => one.source === source && one.failure !== undefined),
      ),
    );
    for (const { failure } of seen.accounts) if (failure) expect(failure.remedy).not.toBe('');
    // Its jobs stay, at their rate, and a question is answered.
    expect(seen.jobs.map(({ rate }) => rate.micros)).toEqual([PER_HOUR, PER_HOUR, PER_HOUR]);
    const { at } = seen;
    const history = await watch.link.request('history', {
      from: at - 3_600_000,
      to: at,
      stepMs: 60_000,
    });
    expect(history.series.length).toBeGreaterThan(0);
    aws.begin('none');
    exporters.begin('none');
    // A person asks again: the pauses between questions have grown.
    await watch.link.request('refresh', {});
    await watch.until(`all to be well after ${trouble}`, (snapshot) => isWell(snapshot, at));
    expect(falseAlarms(watch.seen), trouble).toEqual([]);
  }
  // An exporter's numbers may be any, and so may what is made of them; who costs what is not for exporters to say.
  exporters.begin('flipped');
  await until('answers with flipped bits', () => exporters.hits >= HITS, PATIENCE_MS);
  exporters.begin('none');
  const { at } = watch.seen.at(-1) ?? { at: 0 };
  await watch.until('all to be well after flipped bits', (snapshot) => isWell(snapshot, at));

  expect(watch.link.welcome.pid).toBe(pid);
  for (const { asked } of (await watch.account()).instances) expect(asked).toEqual([]);
  expectTrue(await settle(watch));
});

test('a cloud whose answers have flipped bits neither ends the collector nor is stopped by it', async () => {
  await using watch = await begin();
  const { pid } = watch.link.welcome;
  const { at } = await watch.until('all machines', (snapshot) => isWell(snapshot, 0));
  aws.begin('flipped');
  await until('answers with flipped bits', () => aws.hits >= HITS, PATIENCE_MS);
  aws.begin('none');
  const names = scenario.machines.map(({ name }) => name);
  await watch.until(
    'the true machines at their true rate',
    (snapshot) =>
      names.every((name) =>
        snapshot.jobs.some(
          (job) =>
            snapshot.at > at &&
            job.name === name &&
            job.state === 'running' &&
            job.rate.micros === PER_HOUR,
        ),
      ) && snapshot.accounts.every(({ state }) => state === 'ok'),
  );
  expect(watch.link.welcome.pid).toBe(pid);
  for (const { asked } of (await watch.account()).instances) expect(asked).toEqual([]);
});
