import { describe, expect, test } from 'vitest';
import { look, lookingAt, only, planOf, stopOf } from '../open_account.ts';
import { at, NEOCLOUDS, openNeocloud } from './open.ts';

describe('a machine of Hyperstack', () => {
  const { machine } = NEOCLOUDS.hyperstack;

  test('costs this account’s price of its GPUs', () =>
    at('hyperstack', [machine()], (seen, { service }) => {
      expect(only(seen.nodes)).toMatchObject({
        gpus: { count: 8, model: 'H100-80G-PCIe' },
        cores: 252,
        rate: { microsPerHour: 14_400_000, provenance: 'quoted' },
      });
      expect(service.asked.every(({ authorization }) => authorization === undefined)).toBe(true);
    }));

  test('has no price of the API where it is spot or of a contract, whose price that is not', () =>
    at(
      'hyperstack',
      [
        machine({ flavor: { name: 'n3-H100x8-spot', gpu: 'H100-80G-PCIe', gpu_count: 8 } }),
        machine({ id: 2, contract_id: 12 }),
      ],
      (seen) => {
        expect(seen.nodes?.map(({ rate, priceKey }) => [rate, priceKey?.market])).toEqual([
          [undefined, 'spot'],
          [undefined, 'reserved'],
        ]);
      },
    ));

  test.each([
    ['SHUTOFF', 'running'],
    ['HIBERNATING', 'stopping'],
    ['HIBERNATED', 'stopped'],
    ['ERROR', 'stopped'],
    ['RESTORING', 'starting'],
  ])('that is %s is %s', (status, state) =>
    at('hyperstack', [machine({ status })], (seen) => {
      expect(only(seen.nodes).state).toBe(state);
    }),
  );

  test('is hibernated, which keeps its root disk and loses the ephemeral one', () => {
    const machines = [machine()];
    return at('hyperstack', machines, async (seen, place) => {
      const plan = await planOf(place, only(seen.jobs));
      expect(plan.action).toMatch(/^Hibernate machine train-7b/);
      expect(plan.loses[0]).toContain('ephemeral disk (6500 GB)');
      expect(plan.keeps).toContainEqual(expect.stringContaining('Volume datasets'));
      expect(plan.reversible).toBe(true);
      await stopOf(place, only(seen.jobs));
      expect(machines[0]?.status).toBe('HIBERNATING');
    });
  });

  test('is deleted where burnrate.yaml says so', () => {
    const machines = [machine()];
    return at(
      'hyperstack',
      machines,
      async (seen, place) => {
        await stopOf(place, only(seen.jobs));
        expect(machines).toEqual([]);
      },
      { onStop: 'delete' },
    );
  });

  test('keeps its price while the list of prices cannot be had', () => {
    const cloud = NEOCLOUDS.hyperstack;
    const handler = cloud.cloudOf([machine()]);
    return lookingAt(openNeocloud(cloud, handler), async (_, place) => {
      place.service.on((ask) =>
        ask.call.endsWith('/pricebook') ? { status: 503, body: '' } : handler(ask),
      );
      expect(only((await look(place)).nodes).rate?.microsPerHour).toBe(14_400_000);
    });
  });
});
