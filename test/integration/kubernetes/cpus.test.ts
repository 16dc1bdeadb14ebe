import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { snapshotWhere } from '../../unit/collector/live.ts';
import { kubeconfig } from '../../unit/sources/kubernetes/machine.ts';
import { node, pod, usage } from '../../unit/sources/kubernetes/objects.ts';
import { startApi } from '../../unit/sources/kubernetes/server.ts';
import { jobNamed } from '../fleet/watch.ts';
import { Rented } from '../rented/home.ts';

const AN_HOUR_AGO = Date.now() - 3_600_000;

test('jobs without GPUs cost what their cores do, and are as busy as those', async () => {
  const machine = node('cpu-1', { capacity: {} });
  machine.metadata.creationTimestamp = new Date(AN_HOUR_AGO).toISOString();
  const cores = (cpu: string) => ({ on: 'cpu-1', at: AN_HOUR_AGO, limits: {}, requests: { cpu } });
  const api = await startApi([
    machine,
    pod('loader', cores('24')),
    pod('web', cores('12')),
    usage('loader', ['18'], Date.now()),
    usage('web', ['120m'], Date.now()),
  ]);
  onTestFinished(() => api.close());
  await using home = new Rented({ BURNRATE_SOURCES: 'kubernetes' });
  const config = join(home.path, 'kubeconfig');
  writeFileSync(config, kubeconfig(api), { mode: 0o600 });
  Object.assign(home.env, { HOME: home.path, KUBECONFIG: config });
  const prices = { lab: { CPU: 0.04 } };
  home.configure({
    sources: { kubernetes: { allPods: true, unlabelledAreMine: true, prices } },
  });
  const link = await home.open();
  const seen = await snapshotWhere(
    link,
    'both jobs with their activity',
    ({ jobs }) => jobs.length === 2 && jobs.every(({ activity }) => activity !== undefined),
  );
  // 96 cores at 4 cents an hour, of which they hold a quarter and an eighth.
  expect(jobNamed(seen, 'loader')).toMatchObject({ activity: 0.75, gpus: 0 });
  expect(jobNamed(seen, 'loader').rate.micros).toBe(960_000);
  expect(jobNamed(seen, 'web')).toMatchObject({ activity: 0.01, gpus: 0 });
  expect(jobNamed(seen, 'web').rate.micros).toBe(480_000);
});
