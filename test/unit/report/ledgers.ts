import type { Charge } from '@burnrate/shared/model/charge.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import { type Node, PER_SECOND } from '@burnrate/shared/model/node.ts';
import { DAY, HOUR, type Instant, MINUTE } from '@burnrate/shared/model/time.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import fc from 'fast-check';
import { chargeOf } from '../store/place.ts';

/** A Thursday; the clocks of New York are put back on the Sunday after it. */
export const START: Instant = Date.UTC(2026, 9, 29, 3, 17, 5);
export const END: Instant = START + 6 * DAY;
export const RATE = 32_772_600;

export function jobOf(id: string, changes: Partial<Job> = {}): Job {
  return {
    id,
    source: 'slurm',
    account: 'slurm:lab',
    nativeId: id,
    name: `name of ${id}`,
    owner: 'ada',
    mine: true,
    level: 'scheduler',
    state: 'running',
    shares: [],
    labels: {},
    ...changes,
  };
}

export function nodeOf(id: string, changes: Partial<Node> = {}): Node {
  return {
    id,
    source: 'aws',
    account: 'aws:dev',
    name: `machine ${id}`,
    aliases: [],
    gpus: { count: 8 },
    state: 'running',
    billing: PER_SECOND,
    owner: 'ada',
    mine: true,
    priceKey: {
      provider: 'aws',
      instanceType: 'p4d.24xlarge',
      region: 'us-east-1',
      zone: 'us-east-1b',
      market: 'on-demand',
    },
    labels: { team: 'vision' },
    ...changes,
  };
}

export const JOBS = [
  jobOf('slurm:lab:1'),
  jobOf('slurm:lab:2', { name: '=HYPERLINK("http://evil","x")' }),
  jobOf('slurm:lab:3', { owner: 'bob', mine: false }),
];
export const NODES = [
  nodeOf('aws:dev:i-1'),
  nodeOf('aws:dev:i-2', { owner: 'bob', mine: false }),
  // One that nobody rents out, and whose owner nobody knows.
  bare(nodeOf('slurm:lab:node1', { source: 'slurm', account: 'slurm:lab', mine: true })),
];

function bare({ priceKey: _price, owner: _owner, ...node }: Node): Node {
  return node;
}

/** One that no facts were ever saved of, as after a database was set aside. */
const UNKNOWN = 'vast:acme:77';

/** Charges of each node, one after the other with gaps, over some days. */
export const anyLedger = fc
  .array(
    fc.record({
      nodeId: fc.constantFrom(...NODES.map(({ id }) => id), UNKNOWN),
      jobId: fc.constantFrom(...JOBS.map(({ id }) => id), 'idle', 'runpod:acme:gone'),
      skip: fc.integer({ min: 0, max: 900 }),
      length: fc.integer({ min: 1, max: 400 }),
      micros: fc.integer({ min: 0, max: 900_000_007 }),
      provenance: fc.constantFrom('billed', 'quoted', 'calibrated', 'list'),
      uncertain: fc.boolean(),
      kind: fc.constantFrom('metered', 'minimum'),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((pieces) => {
    const next = new Map<string, Instant>();
    return pieces.flatMap(({ skip, length, micros, ...rest }): Charge[] => {
      const from = (next.get(rest.nodeId) ?? START) + skip * MINUTE;
      const to = Math.min(END, from + length * MINUTE);
      if (to <= from) return [];
      next.set(rest.nodeId, to);
      return [chargeOf(from, to, micros, rest)];
    });
  });

export function fill(store: Store, charges: readonly Charge[]): void {
  store.saveNodes(NODES, START);
  store.saveJobs(JOBS, START);
  for (const { id } of NODES.slice(0, 2)) {
    const rate = { microsPerHour: RATE, provenance: 'list', basis: 'test', asOf: START } as const;
    store.saveRate({ nodeId: id, from: START, rate });
  }
  for (const [nodeId, group] of Map.groupBy(charges, (charge) => charge.nodeId)) {
    store.writeCharges(nodeId, { from: START, to: END + HOUR }, group);
  }
}
