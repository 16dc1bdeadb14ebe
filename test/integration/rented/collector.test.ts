import { readFileSync } from 'node:fs';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { expect, test } from 'vitest';
import { snapshotWhere } from '../../unit/collector/live.ts';
import { cloudOf, instance as lambdaInstance } from '../../unit/sources/lambda/cloud.ts';
import { pod, runpodOf } from '../../unit/sources/runpod/cloud.ts';
import { instance as vastInstance, vastOf } from '../../unit/sources/vast/cloud.ts';
import { Rented } from './home.ts';

const KEYS = { lambda: 'key-lambda-4711', runpod: 'key-runpod-4711', vast: 'key-vast-4711' };

function jobOf(snapshot: Snapshot, source: string) {
  const job = snapshot.jobs.find((one) => one.source === source);
  if (!job) throw new Error(`no job of ${source}`);
  return job;
}

test('machines of three providers cost what each says, are watched, and are stopped', async () => {
  await using home = new Rented({
    BURNRATE_SOURCES: 'lambda,runpod,vast',
    LAMBDA_API_KEY: KEYS.lambda,
    RUNPOD_API_KEY: KEYS.runpod,
    VAST_API_KEY: KEYS.vast,
  });
  const hourAgo = Date.now() - 3_600_000;
  const instances = [lambdaInstance()];
  const pods = [pod({ lastStartedAt: new Date(hourAgo).toISOString() })];
  const contracts = [vastInstance({ start_date: hourAgo / 1000 })];
  const runpod = await home.serve(
    runpodOf(KEYS.runpod, pods, { xedezhzb9la3ye: { 'GPU-a': 90, 'GPU-b': 10 } }),
  );
  home.configure({
    sources: {
      lambda: { url: `${await home.serve(cloudOf(KEYS.lambda, instances))}/api/v1` },
      runpod: { url: `${runpod}/v1`, telemetryUrl: runpod },
      vast: { url: await home.serve(vastOf(KEYS.vast, contracts)) },
    },
  });
  const link = await home.open();

  const running = await snapshotWhere(
    link,
    'three jobs, and how busy two of them are',
    ({ jobs }) =>
      jobs.length === 3 && jobs.filter(({ activity }) => activity !== undefined).length === 2,
  );
  // $35.92 + $0.69 + $0.8021 an hour, by the providers' own word.
  expect(running.rate).toMatchObject({ micros: 37_412_100, provenance: 'quoted', unpriced: 0 });
  expect(jobOf(running, 'runpod').activity).toBeCloseTo(0.5);
  expect(jobOf(running, 'vast').activity).toBeCloseTo(0.37);
  // What ran before it was first seen is paid for, too, where the provider says since when.
  expect(jobOf(running, 'runpod').total.micros).toBeGreaterThan(689_000);
  expect(jobOf(running, 'vast').total.micros).toBeGreaterThan(801_000);

  for (const source of Object.keys(KEYS)) {
    const { id: jobId } = jobOf(running, source);
    const { action } = await link.request('planStop', { jobId });
    await link.request('stop', { jobId, action });
  }
  const state = (source: string) => (snapshot: Snapshot) =>
    snapshot.stops.find(({ account }) => account === `${source}:default`)?.state;
  await snapshotWhere(link, 'the pod stopped', (one) => state('runpod')(one) === 'confirmed');

  // Lambda and Vast.ai have accepted; they confirm by letting go.
  expect(instances[0]?.status).toBe('terminating');
  expect(contracts[0]?.intended_status).toBe('stopped');
  instances.splice(0);
  Object.assign(contracts[0] ?? {}, { actual_status: 'exited', cur_state: 'stopped' });
  await link.request('refresh', {});
  const ended = await snapshotWhere(
    link,
    'all stops confirmed, nothing running',
    (one) => one.stops.every((stop) => stop.state === 'confirmed') && one.rate.micros === 0,
  );
  expect(ended.stops).toHaveLength(3);

  const kept = JSON.stringify(ended) + home.log() + readFileSync(home.paths.database, 'latin1');
  for (const key of Object.values(KEYS)) expect(kept).not.toContain(key);
});
