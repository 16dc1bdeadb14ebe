import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { expect, onTestFinished, test } from 'vitest';
import { snapshotWhere } from '../../unit/collector/live.ts';
import { kubeconfig } from '../../unit/sources/kubernetes/machine.ts';
import { node, pod } from '../../unit/sources/kubernetes/objects.ts';
import { startApi, type Thing } from '../../unit/sources/kubernetes/server.ts';
import { fluidstackInstance } from '../../unit/sources/neoclouds/clouds.ts';
import { NEOCLOUDS } from '../../unit/sources/neoclouds/open.ts';
import { jobNamed } from '../fleet/watch.ts';
import { Rented } from './home.ts';

const HOUR = 3_600_000;
const AN_HOUR_AGO = Date.now() - HOUR;
const H100 = { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' };

/** A node of eight GPUs that has been there for an hour. */
function machine(name: string, address: string): Thing {
  const made = node(name, { labels: H100, addresses: [['InternalIP', address]] });
  made.metadata.creationTimestamp = new Date(AN_HOUR_AGO).toISOString();
  return made;
}

const gpus = (count: number) => ({
  at: AN_HOUR_AGO,
  limits: { 'nvidia.com/gpu': String(count) },
});
const rateOf = (snapshot: Snapshot, name: string) => jobNamed(snapshot, name).rate;

test('a cluster that FluidStack leases costs what burnrate.yaml says, and an instance of its in it counts once', async () => {
  const api = await startApi([
    machine('leased-1', '10.4.0.11'),
    // An instance that was rented by the hour, and has joined the cluster.
    machine('joined-1', '38.80.122.9'),
    pod('pretrain', { on: 'leased-1', ...gpus(6) }),
    pod('finetune', { on: 'joined-1', ...gpus(8) }),
  ]);
  onTestFinished(() => api.close());
  const { fluidstack } = NEOCLOUDS;
  await using home = new Rented({
    BURNRATE_SOURCES: 'fluidstack,kubernetes',
    ...fluidstack.env,
  });
  const config = join(home.path, 'kubeconfig');
  writeFileSync(config, kubeconfig(api), { mode: 0o600 });
  Object.assign(home.env, { HOME: home.path, KUBECONFIG: config });
  const instance = fluidstackInstance({ created_at: new Date(AN_HOUR_AGO).toISOString() });
  const url = await home.serve(fluidstack.cloudOf([instance]));
  const configure = (prices: object) =>
    home.configure({
      sources: { fluidstack: { url }, kubernetes: { unlabelledAreMine: true, ...prices } },
    });

  // FluidStack's API tells of no leased machine: without a price its cost is unknown, and no zero.
  configure({});
  const link = await home.open();
  const unpriced = await snapshotWhere(link, 'both jobs', ({ jobs, rate }) => {
    return jobs.length === 3 && rate.unpriced > 0 && rate.micros > 0;
  });
  expect(unpriced.rate).toMatchObject({ micros: 16_800_000, unpriced: 1 });
  expect(rateOf(unpriced, 'pretrain')).toMatchObject({ micros: 0, unpriced: 1 });

  configure({ prices: { lab: { GPU: 2.5 } } });
  const priced = await snapshotWhere(link, 'a price for all', ({ jobs, rate }) => {
    return jobs.length === 3 && rate.unpriced === 0;
  });
  // Six of eight GPUs at $2.50; the instance at its own price, by both of its names one machine.
  expect(rateOf(priced, 'pretrain')).toMatchObject({ micros: 15_000_000, provenance: 'list' });
  expect(rateOf(priced, 'finetune')).toMatchObject({ micros: 16_800_000, provenance: 'quoted' });
  expect(rateOf(priced, 'train-7b')).toMatchObject({ micros: 0, unpriced: 0 });
  expect(priced.rate.micros).toBe(31_800_000);
  expect(priced.nodes).toHaveLength(2);
  const leased = priced.nodes.find(({ name }) => name === 'leased-1');
  expect(leased?.price?.basis).toBe('your burnrate.yaml');
  // The hour before the price was known is charged for, too.
  const { total } = jobNamed(priced, 'pretrain');
  expect(total.micros).toBeGreaterThanOrEqual(15_000_000);
});
