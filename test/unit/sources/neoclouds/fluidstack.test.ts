import { describe, expect, test } from 'vitest';
import { only, planOf, stopOf } from '../open_account.ts';
import { at, NEOCLOUDS } from './open.ts';

describe('an instance of FluidStack', () => {
  const { machine } = NEOCLOUDS.fluidstack;

  test('costs what its GPUs do now', () =>
    at('fluidstack', [machine()], (seen) => {
      expect(only(seen.nodes)).toMatchObject({
        id: 'fluidstack:default:i-1f6b2a',
        aliases: ['i-1f6b2a', 'fluidstack://i-1f6b2a', '38.80.122.9'],
        gpus: { count: 8, model: 'H100 PCIE 80GB' },
        cores: 252,
        launchedAt: Date.parse('2026-11-20T18:37:44Z'),
        priceKey: { instanceType: '8x H100_PCIE_80GB', region: 'CANADA', market: 'on-demand' },
        // $2.10 for each of eight.
        rate: { microsPerHour: 16_800_000, provenance: 'quoted' },
      });
    }));

  test('is found on whatever page it is', () => {
    const all = Array.from({ length: 23 }, (_, index) => machine({ id: `i-${index}` }));
    return at('fluidstack', all, (seen) => {
      expect(seen.nodes).toHaveLength(23);
    });
  });

  test('that is stopped is charged for as long as it has a price, and says so', () =>
    at(
      'fluidstack',
      [
        machine({ id: 'a', status: 'stopped', current_gpu_hr_cost: 0.5 }),
        machine({ id: 'b', status: 'stopped', current_gpu_hr_cost: 0 }),
        machine({ id: 'c', status: 'terminated' }),
      ],
      (seen) => {
        expect(seen.nodes?.map(({ state }) => state)).toEqual(['running', 'stopped', 'ended']);
        expect(seen.nodes?.[0]?.labels['fluidstack:status']).toContain('charged for all the same');
        expect(seen.nodes?.[0]?.rate?.microsPerHour).toBe(4_000_000);
      },
    ));

  test('is stopped, or deleted where burnrate.yaml says so', async () => {
    const instances = [machine()];
    await at('fluidstack', instances, async (seen, place) => {
      const plan = await planOf(place, only(seen.jobs));
      expect(plan).toMatchObject({ reversible: true, loses: [] });
      expect(plan.equivalent).toMatch(/^curl -X PUT .*\/instances\/i-1f6b2a\/stop$/);
      await stopOf(place, only(seen.jobs));
      expect(instances[0]?.status).toBe('stopping');
    });
    const others = [machine()];
    await at(
      'fluidstack',
      others,
      async (seen, place) => {
        expect((await planOf(place, only(seen.jobs))).loses[0]).toContain('6400 GB');
        await stopOf(place, only(seen.jobs));
        expect(others).toEqual([]);
      },
      { onStop: 'delete' },
    );
  });
});
