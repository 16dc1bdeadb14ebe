import { identify } from '@burnrate/shared/metering/identity.ts';
import { nebius } from '@burnrate/shared/sources/nebius/index.ts';
import type { Source } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { look, lookingAt, only, openAccount, planOf, stopOf } from '../open_account.ts';
import { type NebiusInstance, nebiusInstance, withNebius } from './nebius_tool.ts';
import { KEY, NEOCLOUDS, openNeocloud } from './open.ts';

type Shape = Record<string, unknown>;
type Task = Parameters<typeof lookingAt>[1];

function at(
  name: keyof typeof NEOCLOUDS,
  machines: Shape[],
  task: Task,
  section: Shape = {},
): Promise<void> {
  const cloud = NEOCLOUDS[name];
  return lookingAt(openNeocloud(cloud, cloud.cloudOf(machines), section), task);
}

function atNebius(instances: NebiusInstance[], task: Task, section: Shape = {}): Promise<void> {
  const surroundings = bareMachine(withNebius(instances));
  const opening = openAccount(nebius as Source, () => 'hang', {
    key: KEY,
    surroundings,
    section: () => section,
  });
  return lookingAt(opening, task);
}

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

describe('a machine of Nebius', () => {
  test('is read by its own tool: GPUs and cores of its preset, addresses without their prefix', () =>
    atNebius([nebiusInstance(), nebiusInstance('computeinstance-u00x')], (seen) => {
      expect(seen.nodes?.[0]).toMatchObject({
        aliases: ['computeinstance-e00abc', 'nebius://computeinstance-e00abc'],
        gpus: { count: 8, model: 'H100 SXM' },
        cores: 128,
        state: 'running',
        priceKey: { instanceType: 'gpu-h100-sxm 8gpu-128vcpu-1600gb', region: 'eu-north1' },
        labels: { team: 'vision', 'nebius:project': 'project-e00lab' },
      });
      expect(seen.nodes?.[1]?.priceKey?.region).toBe('us-central1');
      expect(JSON.stringify(seen)).not.toContain('cloud-init');
    }));

  test('is spot where it is preemptible, reserved where it holds a reservation', () =>
    atNebius(
      [
        nebiusInstance('a', {}, { preemptible: { on_preemption: 'STOP' } }),
        nebiusInstance('b', { reservation_id: 'capacityblockgroup-1' }),
      ],
      (seen) => {
        expect(seen.nodes?.map(({ priceKey }) => priceKey?.market)).toEqual(['spot', 'reserved']);
      },
    ));

  test('is stopped; its disk goes on costing', () => {
    const instances = [nebiusInstance()];
    return atNebius(instances, async (seen, place) => {
      const plan = await planOf(place, only(seen.jobs));
      expect(plan.equivalent).toBe('nebius compute instance stop --id computeinstance-e00abc');
      expect(plan.keeps).toEqual(['Its disk, charged for as before']);
      await stopOf(place, only(seen.jobs));
      expect(instances[0]?.status.state).toBe('STOPPING');
    });
  });
});

test('a machine of a provider that is a node of Kubernetes is one machine, paid once', () =>
  at('digitalocean', [NEOCLOUDS.digitalocean.machine()], (seen) => {
    const droplet = only(seen.nodes);
    const node = {
      ...droplet,
      id: 'kubernetes:lab:pool-1',
      source: 'kubernetes',
      account: 'kubernetes:lab',
      name: 'pool-1',
      aliases: ['pool-1', 'digitalocean://3164444'],
      scheduled: true,
    };
    const fleet = identify([node, droplet]);
    expect(fleet.nodes).toHaveLength(1);
    // The number alone is no name: others number their machines, too.
    const stranger = { ...node, aliases: ['3164444'] };
    expect(identify([stranger, droplet]).nodes).toHaveLength(2);
  }));
