import { describe, expect, test } from 'vitest';
import { look, only, planOf, stopOf } from '../open_account.ts';
import { at, NEOCLOUDS } from './open.ts';

describe('a cluster of Together', () => {
  const { machine } = NEOCLOUDS.together;

  test('is one job over all of its nodes, at the price that burnrate.yaml names of a GPU', () =>
    at(
      'together',
      [machine()],
      (seen) => {
        expect(seen.nodes?.map(({ rate, gpus }) => [rate?.microsPerHour, gpus.count])).toEqual([
          [17_600_000, 8],
          [17_600_000, 8],
        ]);
        expect(only(seen.jobs)).toMatchObject({
          nativeId: 'cl-4711',
          name: 'train-7b',
          shares: [{ node: 'together:default:node-1' }, { node: 'together:default:node-2' }],
        });
        expect(JSON.stringify(seen)).not.toContain('secret-of-the-cluster');
      },
      { prices: { H100_SXM: 2.2 } },
    ));

  test('is deleted for good; its volumes are kept, and cost', () => {
    const clusters = [machine()];
    return at('together', clusters, async (seen, place) => {
      const plan = await planOf(place, only(seen.jobs));
      expect(plan.reversible).toBe(false);
      expect(plan.keeps).toEqual(['Volume datasets (4 TiB), charged for as before']);
      await stopOf(place, only(seen.jobs));
      expect(only((await look(place)).jobs).state).toBe('stopping');
    });
  });

  test('that is somebody else’s, by its name, is not deleted', () => {
    const clusters = [machine({ cluster_name: 'bob-train' })];
    return at(
      'together',
      clusters,
      async (seen, place) => {
        const job = { ...only(seen.jobs), mine: true };
        await expect(planOf(place, job)).rejects.toThrow(/not yours/);
      },
      { mine: ['ada-'] },
    );
  });
});
