import { describe, expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { only, planOf, stopOf } from '../open_account.ts';
import { at, KEY, NEOCLOUDS } from './open.ts';

describe('an instance of Crusoe', () => {
  const { machine } = NEOCLOUDS.crusoe;

  test('is read from every page of every project, by signed requests', () =>
    at(
      'crusoe',
      [machine(), machine({ id: 'cpu', type: 'c1a.4x', network_interfaces: [] })],
      (seen, { service }) => {
        expect(seen.nodes?.map(({ gpus }) => gpus)).toEqual([
          { count: 8, model: 'H100-80GB-SXM-IB' },
          { count: 0 },
        ]);
        expect(seen.nodes?.[0]).toMatchObject({
          aliases: expect.arrayContaining([
            '172.27.16.5',
            'train-7b.us-east1-a.compute.crusoecloud.app',
          ]),
          priceKey: {
            instanceType: 'h100-80gb-sxm-ib.8x',
            region: 'us-east1-a',
            market: 'on-demand',
          },
        });
        // The secret itself goes nowhere.
        expect(JSON.stringify(service.asked)).not.toContain(KEY);
      },
    ));

  test('costs what burnrate.yaml says of its type', () =>
    at(
      'crusoe',
      [machine()],
      (seen) => {
        expect(only(seen.nodes).rate).toMatchObject({
          microsPerHour: 27_200_000,
          provenance: 'list',
          basis: 'your burnrate.yaml',
        });
      },
      { prices: { 'h100-80gb-sxm-ib.8x': 27.2 } },
    ));

  test.each([
    ['STATE_RUNNING', 'running'],
    ['STOPPED', 'stopped'],
    ['ERROR', 'stopped'],
    ['STARTING', 'starting'],
  ])('in %s is %s', (state, expected) =>
    at('crusoe', [machine({ state })], (seen) => {
      expect(only(seen.nodes).state).toBe(expected);
    }),
  );

  test('is stopped, its disks go on costing', () => {
    const instances = [machine()];
    return at('crusoe', instances, async (seen, place) => {
      expect((await planOf(place, only(seen.jobs))).keeps).toEqual([
        'Disk datasets, charged for as before',
      ]);
      await stopOf(place, only(seen.jobs));
      expect(instances[0]?.state).toBe('STOPPING');
    });
  });

  test('has a key that is found in the file of its own tool', async () => {
    const config = `[default]\naccess_key_id="key-id"\nsecret_key="${KEY}"\n\n[other]\nsecret_key=x\n`;
    const { source } = NEOCLOUDS.crusoe;
    const machineOfMine = bareMachine({
      readFile: async (path) => (path.endsWith('.crusoe/config') ? config : undefined),
    });
    const { accounts } = await source.discover(machineOfMine, source.settings.parse(undefined));
    expect(only(accounts).foundIn).toBe('~/.crusoe/config');
  });
});
