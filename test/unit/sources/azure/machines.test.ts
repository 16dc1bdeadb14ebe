import { identify } from '@burnrate/shared/metering/identity.ts';
import { aliasesOf } from '@burnrate/shared/sources/kubernetes/clouds.ts';
import { NodeObject } from '@burnrate/shared/sources/kubernetes/objects.ts';
import { describe, expect, test } from 'vitest';
import { lookingAt, only } from '../open_account.ts';
import { azureOf, forbidden } from './cloud.ts';
import { openAzure, TOKEN, withCloud } from './open.ts';
import { card, event, pool, price, publicAddress, sku, vm } from './resources.ts';

const A100 = 'Standard_NC24ads_A100_v4';

describe('an Azure machine', () => {
  const machine = vm('a100', A100, { tags: { owner: 'ada@example.com' } });

  test('is a node under every name that others have for it', () => {
    const nic = card(machine, '10.0.0.4');
    const resources = [machine, nic, publicAddress(nic, '20.1.2.3')];
    const skus = [sku(A100, { GPUs: '1', vCPUs: '24', MaxResourceVolumeMB: '65536' })];
    return withCloud({ resources, skus }, (seen) => {
      const id = machine.id.toLowerCase();
      expect(only(seen.nodes)).toMatchObject({
        id: `azure:Research:${id}`,
        name: 'a100',
        // The second is what Kubernetes calls it.
        aliases: [
          id,
          `azure://${id}`,
          '5c0d55a7-c407-4ed6-bf7d-ddb810267c85',
          'a100',
          '10.0.0.4',
          '20.1.2.3',
        ],
        gpus: { count: 1, model: 'NVIDIA A100 80GB' },
        cores: 24,
        state: 'running',
        owner: 'ada@example.com',
        mine: true,
        priceKey: { provider: 'azure', instanceType: A100, region: 'eastus', market: 'on-demand' },
      });
      expect(only(seen.jobs)).toMatchObject({ name: 'a100', level: 'machine', state: 'running' });
    });
  });

  test('tells by Azure Monitor what it sends and writes, minute by minute, once they are settled', () => {
    const moved = {
      a100: {
        'Network Out Total': [700, 0, 5, 6, 7, 8, 9, 9, 9, 9],
        'Network In Total': [30],
        'Disk Write Bytes': [1.4],
      },
    };
    const skus = [sku(A100, { GPUs: '1', vCPUs: '24' })];
    return withCloud({ resources: [machine], skus, moved }, ({ traffic = [], nodes }) => {
      const since = Date.parse('2026-11-25T11:50:00Z');
      const of = { node: only(nodes).id, device: 'all' };
      expect(traffic[0]).toEqual({
        ...of,
        since,
        at: since + 60_000,
        sent: 700,
        received: 30,
        written: 1,
      });
      // It is noon: the last minutes may grow yet. None sent is known, too.
      expect(traffic.map(({ sent }) => sent)).toEqual([700, 0, 5, 6, 7, 8]);
      expect(traffic[1]).not.toHaveProperty('received');
    });
  });

  test.each([
    ['runs', 'running', 'running'],
    ['starts', 'starting', 'starting'],
    ['is being shut down, which is not free', 'stopping', 'running'],
    ['is stopped but holds its place, which is not free', 'stopped', 'running'],
    ['gives its place up', 'deallocating', 'stopping'],
    ['has given its place up', 'deallocated', 'stopped'],
    ['has a state unheard of', 'dreaming', 'running'],
  ])('that %s', (_, power, state) =>
    withCloud({ resources: [vm('a', A100, { power })] }, (seen) => {
      const node = only(seen.nodes);
      expect(node.state).toBe(state);
      expect(node.labels['azure:power']).toEqual(
        power === 'stopped' ? expect.stringContaining('charged for') : undefined,
      );
      expect(seen.jobs).toHaveLength(state === 'stopped' ? 0 : 1);
      // What is charged for and does nothing is as idle as it can be.
      expect(seen.samples?.map(({ utilization }) => utilization)).toEqual(
        power === 'stopped' ? [0] : [],
      );
      if (power === 'stopped') expect(only(seen.jobs).name).toBe('a (stopped, still charged for)');
    }),
  );

  test.each([
    ['that was only ever created', [], '2026-11-20T08:00:00Z', undefined],
    [
      'that was started again, since that start was asked for',
      [
        event('start/action', '2026-11-25T06:01:00Z', {
          correlationId: 'two',
          caller: 'bob@example.com',
        }),
        event('start/action', '2026-11-25T06:00:00Z', {
          correlationId: 'two',
          caller: 'bob@example.com',
          status: { value: 'Started' },
        }),
        event('deallocate/action', '2026-11-24T20:00:00Z'),
        event('start/action', '2026-11-24T06:00:00Z', { correlationId: 'one' }),
      ],
      '2026-11-25T06:00:00Z',
      'bob@example.com',
    ],
    [
      'whose latest start failed, since the one before',
      [
        event('start/action', '2026-11-25T06:00:00Z', { status: { value: 'Failed' } }),
        event('start/action', '2026-11-24T06:00:00Z'),
      ],
      '2026-11-24T06:00:00Z',
      'ada@example.com',
    ],
  ])('%s, is paid for since then, and whose it is follows', (_, events, since, by) =>
    withCloud({ resources: [vm('a', A100)], events: { a: events } }, (seen) => {
      const node = only(seen.nodes);
      expect(node.launchedAt).toBe(Date.parse(since));
      expect(node.owner).toBe(by ?? 'ada@example.com');
      expect(node.mine).toBe(by !== 'bob@example.com');
    }),
  );

  test.each([
    ['was never given a place', { provisioningState: 'Failed' }, 'stopped'],
    ['is being made', { provisioningState: 'Creating' }, 'starting'],
    ['does not say', {}, 'running'],
  ])('that %s, and has no power state', (_, changes, state) =>
    withCloud(
      { resources: [vm('a', A100, { properties: { extended: {}, ...changes } })] },
      (seen) => {
        expect(only(seen.nodes).state).toBe(state);
      },
    ),
  );

  test('whose size was written otherwise has the price of its size', () => {
    const resources = [vm('a', A100.toLowerCase())];
    const skus = [sku(A100, { GPUs: '1', vCPUs: '24' })];
    return withCloud({ resources, skus, prices: [price(A100, 3.673)] }, (seen) => {
      expect(only(seen.quotes).rate.microsPerHour).toBe(3_673_000);
    });
  });

  test('that is older than the activity log is nobody’s who merely changed it', () => {
    const properties = { timeCreated: '2026-01-01T00:00:00Z' };
    const events = { a: [event('write', '2026-11-20T00:00:00Z', { caller: 'bob@example.com' })] };
    return withCloud({ resources: [vm('a', A100, { properties })], events }, (seen) => {
      expect(only(seen.nodes)).toMatchObject({
        owner: 'ada@example.com',
        launchedAt: Date.parse('2026-01-01T00:00:00Z'),
      });
    });
  });

  test('of which nobody may read the activity log began at a time nobody knows', () => {
    const whole = azureOf(TOKEN, { resources: [vm('a', A100)] });
    const opening = openAzure((ask) => (ask.call.includes('eventtypes') ? forbidden : whole(ask)));
    return lookingAt(opening, (seen) => {
      expect(only(seen.nodes).launchedAt).toBeUndefined();
      expect(only(seen.partial).kind).toBe('denied');
    });
  });

  test('of a pool of AKS is one with its Kubernetes node, spot, and nobody’s own', () =>
    withCloud({ resources: pool('aks-gpu-vmss', 'Standard_NC4as_T4_v3', 'Spot') }, (seen) => {
      expect(only(seen.nodes)).toMatchObject({
        name: 'aks-gpu-vmss000000',
        aliases: expect.arrayContaining([
          expect.stringMatching(
            /^azure:\/\/\/subscriptions\/.*\/aks-gpu-vmss\/virtualmachines\/0$/,
          ),
        ]),
        gpus: { count: 1, model: 'NVIDIA T4' },
        priceKey: { market: 'spot' },
        launchedAt: Date.parse('2026-11-24T08:00:00Z'),
        scheduled: true,
        mine: false,
      });
    }));

  test('of a pool of AKS counts once where Kubernetes shows it, too', () => {
    const [set, first] = pool('aks-gpu-vmss', 'Standard_NC4as_T4_v3');
    if (!set || !first) throw new Error('a pool has a machine');
    const second = { ...first, id: first.id.replace(/0$/, '1') };
    return withCloud({ resources: [set, first, second] }, ({ nodes = [] }) => {
      const asKubernetes = nodes.map((node, index) => {
        // Kubernetes on Azure spells the group in its own way.
        const id = (index === 0 ? first : second).id.replace('ml-rg', 'ML-RG');
        const aliases = aliasesOf(
          NodeObject.parse({
            metadata: { name: `node-${index}`, uid: `${index}` },
            spec: { providerID: `azure://${id}` },
            status: {},
          }),
        );
        const account = 'kubernetes:train';
        return {
          ...node,
          id: `${account}:${index}`,
          source: 'kubernetes',
          account,
          name: `node-${index}`,
          aliases,
        };
      });
      const fleet = identify([...nodes, ...asKubernetes]);
      expect(fleet.nodes.map(({ id }) => id)).toEqual(nodes.map(({ id }) => id));
      expect(fleet.resolve('node-1')?.id).toBe(nodes[1]?.id);
    });
  });

  test.each([
    ['an owner tag names somebody else', { owner: 'bob@example.com' }, {}, false],
    ['an owner tag has the first part of an address', { owner: 'Ada' }, {}, true],
    [
      'an owner tag has another address with the same first part',
      { owner: 'ada@other.org' },
      {},
      false,
    ],
    ['burnrate.yaml says so', { owner: 'team-7' }, { mine: ['team-7'] }, true],
    ['no tag names anybody', {}, {}, true],
    ['no tag names anybody and that is not enough', {}, { untaggedAreMine: false }, false],
  ])('is mine or not where %s', (_, tags, section, mine) =>
    withCloud(
      { resources: [vm('a', A100, { tags })] },
      (seen) => {
        expect(only(seen.nodes).mine).toBe(mine);
      },
      section,
    ),
  );

  test('is one job with the others of its cluster', () =>
    withCloud(
      {
        resources: ['head', 'worker'].map((name) =>
          vm(name, A100, { tags: { 'skypilot-cluster-name': 'train' } }),
        ),
      },
      (seen) => {
        expect(only(seen.jobs)).toMatchObject({ name: 'train', shares: [{}, {}] });
      },
    ));

  test('is found by the plain lists where Resource Graph is not allowed', () => {
    const there = vm('a', A100);
    const whole = azureOf(TOKEN, { resources: [there] });
    const { extended, ...properties } = there.properties as Record<string, object>;
    const plain = { ...there, properties };
    const statuses = [{ code: 'PowerState/deallocated' }];
    const opening = openAzure((ask) => {
      if (ask.call.includes('ResourceGraph')) return forbidden;
      if (/\/(virtualMachineScaleSets|workspaces)$/.test(ask.call))
        return { body: '{"value": []}' };
      if (!ask.call.endsWith('/virtualMachines')) return whole(ask);
      const view = { ...plain, properties: { instanceView: { statuses } } };
      return { body: JSON.stringify({ value: [ask.query.has('statusOnly') ? view : plain] }) };
    });
    return lookingAt(opening, (seen) => {
      expect(extended).toBeDefined();
      expect(only(seen.nodes)).toMatchObject({ name: 'a', state: 'stopped', gpus: { count: 1 } });
      expect(only(seen.partial).message).toContain('ResourceGraph');
    });
  });
});
