import { needsOf, quantity } from '@burnrate/shared/sources/kubernetes/amounts.ts';
import { gpusOf } from '@burnrate/shared/sources/kubernetes/gpus.ts';
import { toJob } from '@burnrate/shared/sources/kubernetes/jobs.ts';
import { PodObject } from '@burnrate/shared/sources/kubernetes/objects.ts';
import { podOf } from '@burnrate/shared/sources/kubernetes/pods.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pod } from './objects.ts';

test.each([
  ['500m', 0.5],
  ['2', 2],
  ['1e3', 1000],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['100k', 100_000],
  ['', 0],
  ['many', 0],
  [undefined, 0],
])('the quantity %s is %d', (text, value) => {
  expect(quantity(text)).toBe(value);
});

test('a pod needs what its containers need together, or its largest beginning', () => {
  const needing = (cpu: string, restartPolicy?: string) => ({
    restartPolicy,
    resources: { requests: { cpu }, limits: {} },
  });
  const spec = {
    containers: [needing('1'), needing('2')],
    initContainers: [needing('1', 'Always'), needing('2500m')],
  };
  expect(needsOf(spec).cpu).toBe(4);
  expect(needsOf({ ...spec, initContainers: [needing('9')] }).cpu).toBe(9);
});

/** How a node's GPUs may be cut or lent out: its labels, and its capacity by resource. */
const cuts = fc
  .record({
    gpus: fc.integer({ min: 1, max: 16 }),
    replicas: fc.integer({ min: 2, max: 10 }),
    slice: fc.constantFrom(1, 2, 3, 4, 7),
  })
  .chain(({ gpus, replicas, slice }) =>
    fc.constantFrom(
      { gpus, labels: {}, capacity: { 'nvidia.com/gpu': gpus } },
      { gpus, labels: {}, capacity: { 'amd.com/gpu': gpus } },
      {
        gpus,
        labels: { 'nvidia.com/gpu.replicas': String(replicas) },
        capacity: { 'nvidia.com/gpu': gpus * replicas },
      },
      {
        gpus,
        labels: { 'nvidia.com/gpu.replicas': String(replicas) },
        capacity: { 'nvidia.com/gpu.shared': gpus * replicas },
      },
      {
        gpus,
        labels: { 'nvidia.com/gpu.product': `NVIDIA-H100-80GB-HBM3-MIG-${slice}g.10gb` },
        capacity: { 'nvidia.com/gpu': gpus * Math.floor(7 / slice) },
      },
      {
        gpus,
        labels: { 'nvidia.com/mig.strategy': 'mixed', 'nvidia.com/gpu.count': String(gpus) },
        capacity: {
          'nvidia.com/mig-3g.40gb': gpus,
          'nvidia.com/mig-2g.20gb': gpus,
          'nvidia.com/mig-1g.10gb': 2 * gpus,
        },
      },
    ),
  );

test('pods that fit on a node never hold more than its GPUs, and all of them hold all', () => {
  fc.assert(
    fc.property(cuts, fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 40 }), (cut, sizes) => {
      const capacity: Record<string, number> = { ...cut.capacity };
      const gpus = gpusOf(
        cut.labels,
        Object.fromEntries(
          Object.entries(capacity).map(([name, amount]) => [name, String(amount)]),
        ),
      );
      expect(gpus.count).toBe(cut.gpus);
      const machines = new Map([['n', gpus]]);
      const free = { ...capacity };
      const held: number[] = [];
      const place = (resource: string, amount: number, index: number) => {
        free[resource] = (free[resource] ?? 0) - amount;
        const thing = pod(`p-${index}`, { on: 'n', limits: { [resource]: String(amount) } });
        const one = podOf(PodObject.parse(thing), false);
        if (!one) throw new Error('a pod with GPUs is kept');
        const top = { ...one.meta, apiVersion: 'v1', kind: 'Pod', namespace: 'ml' };
        const ownership = { owner: undefined, mine: false, because: 'x' };
        const job = toJob(
          { top, pods: [one], waits: false },
          { account: 'kubernetes:x', ownership, machines },
        );
        held.push(...job.shares.map((share) => share.gpus ?? Number.NaN));
      };
      const names = Object.keys(free);
      for (const [index, size] of sizes.entries()) {
        const resource = names[index % names.length] ?? '';
        if ((free[resource] ?? 0) >= size) place(resource, size, index);
      }
      const sum = () => held.reduce((a, b) => a + b, 0);
      expect(sum()).toBeLessThanOrEqual(cut.gpus + 1e-9);
      for (const share of held) expect(share).toBeGreaterThan(0);
      for (const resource of names)
        if ((free[resource] ?? 0) > 0) place(resource, free[resource] ?? 0, 99);
      expect(sum()).toBeCloseTo(cut.gpus, 6);
    }),
  );
});
