import { describe, expect, test } from 'vitest';
import { only, planOf, stopOf } from '../open_account.ts';
import { at, NEOCLOUDS } from './open.ts';

describe('a GPU Droplet of DigitalOcean', () => {
  const { machine } = NEOCLOUDS.digitalocean;

  test('costs what its size does; all pages are read', () =>
    at('digitalocean', [machine(), machine({ id: 2, networks: { v4: [] } })], (seen) => {
      expect(seen.nodes).toHaveLength(2);
      expect(seen.nodes?.[0]).toMatchObject({
        id: 'digitalocean:default:3164444',
        aliases: ['digitalocean://3164444', '104.236.32.182'],
        gpus: { count: 8, model: 'NVIDIA H100' },
        cores: 160,
        launchedAt: Date.parse('2026-11-20T18:37:44Z'),
        priceKey: { provider: 'digitalocean', instanceType: 'gpu-h100x8-640gb', region: 'tor1' },
        rate: { microsPerHour: 23_920_000, provenance: 'quoted' },
      });
    }));

  test('that is powered off is still charged for, and says so', () =>
    at('digitalocean', [machine({ status: 'off' })], (seen) => {
      expect(only(seen.nodes)).toMatchObject({
        state: 'running',
        labels: { 'digitalocean:status': 'off, which is charged for as if it ran' },
      });
    }));

  test('is destroyed, since merely off it would go on costing; volumes are kept and cost', () => {
    const droplets = [machine()];
    return at('digitalocean', droplets, async (seen, place) => {
      const plan = await planOf(place, only(seen.jobs));
      expect(plan).toMatchObject({
        action: expect.stringContaining('merely off, it would go on costing $23.92 an hour'),
        reversible: false,
        loses: [expect.stringContaining('2046 GB')],
        keeps: [expect.stringContaining('Its volume'), expect.stringContaining('Its snapshot')],
      });
      await stopOf(place, only(seen.jobs));
      expect(droplets).toEqual([]);
    });
  });
});
