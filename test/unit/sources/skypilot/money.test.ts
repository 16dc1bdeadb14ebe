import { attribute } from '@burnrate/shared/metering/attribution.ts';
import { identify } from '@burnrate/shared/metering/identity.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import { PriceBook } from '@burnrate/shared/pricing/book.ts';
import { describe, expect, test } from 'vitest';
import { jobOf, nodeOf } from '../../metering/given.ts';
import { withWorld } from './open.ts';
import { cluster, LAUNCHED, past, task, world } from './server.ts';

const MS = LAUNCHED * 1000;

/** As the AWS source shows an instance that SkyPilot launched: by its id, addresses and Name tag. */
function instance(id: string, name: string, addresses: string[], type = 'p4d.24xlarge'): Node {
  return nodeOf({
    id: `aws:dev:${id}`,
    name,
    aliases: [id, ...addresses],
    launchedAt: MS,
    priceKey: { provider: 'aws', instanceType: type, region: 'us-east-1', market: 'on-demand' },
    labels: { 'skypilot-cluster-name': 'train-fcd1e5cf' },
  });
}

/** What each job is charged for an hour of each machine at $10. */
function charged(nodes: readonly Node[], jobs: readonly Job[]): Record<string, number> {
  const fleet = identify(nodes);
  const sums: Record<string, number> = {};
  for (const node of fleet.nodes) {
    const rate = { microsPerHour: 10_000_000, provenance: 'list' as const, basis: 'test', asOf: 0 };
    const charges = attribute({
      node,
      jobs,
      rates: [{ nodeId: node.id, from: 0, rate }],
      interval: { from: MS, to: MS + HOUR },
      resolve: fleet.resolve,
    });
    for (const { jobId, micros } of charges) sums[jobId] = (sums[jobId] ?? 0) + micros;
  }
  return sums;
}

describe("the money of a SkyPilot cluster's machines", () => {
  const instances = [
    instance('i-0123456789abcdef0', 'sky-train-fcd1e5cf-head', ['10.0.0.5', '3.4.5.6']),
    instance('i-0123456789abcdef1', 'sky-train-fcd1e5cf-worker', ['10.0.0.6', '3.4.5.7']),
    instance('i-0123456789abcdef2', 'sky-train-fcd1e5cf-worker', ['10.0.0.7', '3.4.5.8']),
  ];
  const grouped = jobOf({
    id: 'aws:dev:skypilot/train-fcd1e5cf',
    source: 'aws',
    account: 'aws:dev',
    level: 'machine',
    startedAt: MS,
    shares: instances.map(({ id }) => ({ node: id })),
  });
  const three = cluster({
    nodes: 3,
    node_names: 'sky-train-fcd1e5cf-head,sky-train-fcd1e5cf-worker,sky-train-fcd1e5cf-worker',
    resources_str_full: '3x(gpus=A100:8, cpus=96, mem=1152, p4d.24xlarge, disk=256)',
  });
  const ssh = ['train', 'train-worker1', 'train-worker2']
    .map((host, index) => `Host ${host}\n  HostName 3.4.5.${[6, 8, 7][index]}\n`)
    .join('');

  test("is counted once, and is the cluster's, also where AWS lists and groups the same machines", () =>
    withWorld(
      world({ clusters: [three] }),
      ({ account }, { nodes = [], jobs = [] }) => {
        expect(nodes).toHaveLength(3);
        const all = [...instances, ...nodes];
        expect(identify(all).nodes.map(({ id }) => id)).toEqual(instances.map(({ id }) => id));
        expect(charged(all, [grouped, ...jobs])).toEqual({ [`${account.id}:train`]: 30_000_000 });
      },
      {},
      { 'generated/ssh/train': ssh },
    ));

  test('is counted once where the workers cannot be told apart: by AWS', () =>
    withWorld(world({ clusters: [three] }), (_, { nodes = [], jobs = [] }) => {
      const sums = charged([...instances, ...nodes], [grouped, ...jobs]);
      expect(Object.values(sums).reduce((a, b) => a + b, 0)).toBe(30_000_000);
    }));

  test("is the cluster's by SkyPilot's own word where no account of the cloud is known", () =>
    withWorld(
      world({ clusters: [cluster()], history: [past()] }),
      ({ account }, { nodes = [], jobs = [], quotes = [] }) => {
        expect(charged(nodes, jobs)).toEqual({ [`${account.id}:train`]: 10_000_000 });
        const book = new PriceBook();
        book.learn(quotes);
        const [node] = identify(nodes).nodes;
        expect(node && book.rateOf(node, Date.now())?.microsPerHour).toBe(21_950_000);
      },
    ));

  test("costs what the cloud says, not SkyPilot's catalogue, where both name a price", () =>
    withWorld(
      world({ clusters: [cluster()], history: [past()] }),
      (_, { nodes = [], quotes = [] }) => {
        const [head] = instances;
        if (!head?.priceKey) throw new Error('no instance');
        const rate = {
          microsPerHour: 7,
          provenance: 'list' as const,
          basis: 'Price List',
          asOf: 1,
        };
        const book = new PriceBook();
        book.learn([{ key: head.priceKey, rate }, ...quotes]);
        const [node] = identify([head, ...nodes]).nodes;
        expect(node && book.rateOf(node, Date.now())?.basis).toBe('Price List');
      },
    ));

  test("of a managed job's machines is the job's alone", () =>
    withWorld(world({ tasks: [task()] }), ({ account }, { nodes = [], jobs = [] }) => {
      const machine = instance(
        'i-0123456789abcdef9',
        'sky-eval-12-x-head',
        ['10.0.0.9'],
        'g5.xlarge',
      );
      const alone = jobOf({
        id: 'aws:dev:i-0123456789abcdef9',
        level: 'machine',
        account: 'aws:dev',
        startedAt: MS,
        shares: [{ node: machine.id }],
      });
      const sums = charged([machine, ...nodes], [alone, ...jobs]);
      expect(Object.values(sums).reduce((a, b) => a + b, 0)).toBe(10_000_000);
      expect(sums[`${account.id}:job/12`]).toBeGreaterThan(9_000_000);
    }));
});
