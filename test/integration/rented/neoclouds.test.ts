import { delimiter } from 'node:path';
import { expect, test } from 'vitest';
import { snapshotWhere } from '../../unit/collector/live.ts';
import {
  digitaloceanOf,
  droplet,
  hyperstackOf,
  machine,
} from '../../unit/sources/neoclouds/clouds.ts';
import { Rented } from './home.ts';
import { installNebius } from './nebius_program.ts';

const KEY = 'key-neocloud-4711';

test('neoclouds cost what they say, or what the catalogue says; a stop ends the money', async () => {
  await using home = new Rented({
    BURNRATE_SOURCES: 'digitalocean,hyperstack,nebius',
    DIGITALOCEAN_ACCESS_TOKEN: KEY,
    HYPERSTACK_API_KEY: KEY,
  });
  const bin = await installNebius(home.path);
  Object.assign(home.env, { HOME: home.path, PATH: `${bin}${delimiter}${process.env.PATH}` });
  const droplets = [droplet()];
  const machines = [machine()];
  home.configure({
    sources: {
      digitalocean: { url: await home.serve(digitaloceanOf(KEY, droplets)) },
      hyperstack: { url: `${await home.serve(hyperstackOf(KEY, machines))}/v1` },
    },
  });
  const link = await home.open();

  // $23.92 and $14.40 by the providers' own word, $30.80 by the list: the sum is as good as that.
  const running = await snapshotWhere(link, 'three priced jobs', ({ jobs, rate }) => {
    return jobs.length === 3 && rate.unpriced === 0;
  });
  expect(running.rate).toMatchObject({ micros: 69_120_000, provenance: 'list' });
  const nebius = running.nodes.find(({ source }) => source === 'nebius');
  expect(nebius?.price?.basis).toMatch(/^catalogue, 2026-\d\d-\d\d, from /);

  for (const { id: jobId } of running.jobs) {
    const { action } = await link.request('planStop', { jobId });
    await link.request('stop', { jobId, action });
  }
  const byNebius = (state: string) =>
    snapshotWhere(link, `the stop at Nebius ${state}`, ({ stops }) =>
      stops.some(({ account, state: is }) => account === 'nebius:default' && is === state),
    );
  await byNebius('confirmed');
  expect(droplets).toEqual([]);
  expect(machines[0]?.status).toBe('HIBERNATING');
  Object.assign(machines[0] ?? {}, { status: 'HIBERNATED' });
  await link.request('refresh', {});
  await snapshotWhere(
    link,
    'all stops confirmed, nothing running',
    ({ stops, rate }) => stops.every(({ state }) => state === 'confirmed') && rate.micros === 0,
  );
});
