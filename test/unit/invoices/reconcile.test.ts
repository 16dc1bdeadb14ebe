import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { InvoiceLine } from '../../../shared/invoices/line.ts';
import { Reconciler } from '../../../shared/invoices/reconcile/reconciler.ts';
import type { Charge } from '../../../shared/model/charge.ts';
import type { Node } from '../../../shared/model/node.ts';
import { DAY, HOUR, MINUTE } from '../../../shared/model/time.ts';
import type { Bills } from '../../../shared/store/bills/bills.ts';
import { openStore } from '../../../shared/store/sqlite.ts';
import type { Store } from '../../../shared/store/store.ts';
import { emptyBills, folder } from './bills.ts';

const START = Date.UTC(2026, 10, 20);
const ID = 'i-0123456789abcdef0';

function node(id = ID, more: Partial<Node> = {}): Node {
  return {
    id: `aws:default:${id}`,
    source: 'aws',
    account: 'aws:default',
    name: 'trainer',
    aliases: [id],
    gpus: { count: 8 },
    state: 'running',
    billing: { incrementMs: 1000, minimumMs: 60_000 },
    mine: true,
    priceKey: {
      provider: 'aws',
      instanceType: 'p4d.24xlarge',
      region: 'us-east-1',
      market: 'on-demand',
    },
    labels: {},
    ...more,
  };
}

function charge(from: number, to: number, micros: number, more: Partial<Charge> = {}): Charge {
  return {
    jobId: 'slurm:c:1',
    nodeId: node().id,
    from,
    to,
    micros,
    provenance: 'list',
    kind: 'metered',
    uncertain: false,
    ...more,
  };
}

function line(from: number, cost: string, more: Partial<InvoiceLine> = {}): InvoiceLine {
  return {
    providerName: 'AWS',
    billingAccountId: '111122223333',
    subAccountId: '444455556666',
    billingCurrency: 'USD',
    billingPeriodStart: Date.UTC(2026, 10),
    billingPeriodEnd: Date.UTC(2026, 11),
    chargeCategory: 'Usage',
    serviceName: 'Amazon Elastic Compute Cloud',
    skuMeter: 'BoxUsage:p4d.24xlarge',
    resourceId: ID,
    regionId: 'us-east-1',
    consumedUnit: 'Hrs',
    consumedQuantity: 1,
    chargePeriodStart: from,
    chargePeriodEnd: from + HOUR,
    billedCost: cost,
    effectiveCost: cost,
    final: false,
    ...more,
  };
}

class Desk {
  readonly store: Store;
  readonly bills: Bills = emptyBills();
  readonly #reconciler: Reconciler;
  #version = 0;

  constructor(now = START + 3 * DAY) {
    const { store } = openStore(join(folder(), 'ledger.db'), { now: () => now });
    onTestFinished(() => store.close());
    this.store = store;
    this.#reconciler = new Reconciler(store, this.bills.connection, () => now);
  }

  meter(charges: readonly Charge[], machine = node()): void {
    this.store.saveNodes([machine], START);
    this.store.saveRate({
      nodeId: machine.id,
      from: START,
      rate: { microsPerHour: 32_000_000, provenance: 'list', basis: 'test', asOf: START },
    });
    const from = Math.min(...charges.map((one) => one.from));
    const to = Math.max(...charges.map((one) => one.to));
    this.store.writeCharges(machine.id, { from, to }, charges);
  }

  bill(
    lines: readonly InvoiceLine[],
    way = { name: 'exports', precision: 9 },
    part = 'november',
  ): void {
    this.take(lines, part, way);
    this.reconcile();
  }

  /** Takes a bill in, to be compared later. */
  take(lines: readonly InvoiceLine[], part: string, way = { name: 'exports', precision: 9 }): void {
    this.#version += 1;
    const span = { from: Date.UTC(2026, 10), to: Date.UTC(2026, 11) };
    this.bills.takePart(
      way,
      { part, version: String(this.#version), asOf: this.#version, span },
      lines,
    );
  }

  reconcile(): void {
    for (const day of this.#reconciler.due()) this.#reconciler.reconcile(day);
  }

  charges(): Charge[] {
    return this.store.charges({ from: START, to: START + 3 * DAY });
  }

  total(): number {
    return this.charges().reduce((sum, { micros }) => sum + micros, 0);
  }

  sums() {
    return this.store.invoiced.sums({ from: START - DAY, to: START + 3 * DAY });
  }
}

test('a machine’s line supersedes what was metered for its hour, by what each job held', () => {
  const desk = new Desk();
  desk.meter([
    charge(START, START + HOUR, 24_000_000),
    charge(START, START + HOUR, 8_000_000, { jobId: 'slurm:c:2' }),
    charge(START + HOUR, START + 2 * HOUR, 32_000_000),
  ]);
  desk.bill([line(START, '20.000001')]);
  expect(
    desk.charges().map(({ jobId, micros, provenance }) => [jobId, micros, provenance]),
  ).toEqual([
    ['slurm:c:1', 15_000_001, 'billed'],
    ['slurm:c:2', 5_000_000, 'billed'],
    ['slurm:c:1', 32_000_000, 'list'],
  ]);
  expect(desk.sums()).toMatchObject({
    billedMicros: 20_000_001,
    meteredMicros: 32_000_000,
    pendingMicros: 32_000_000,
    unmetered: [],
    through: START + DAY,
  });
});

test('what is metered anew keeps to the bill, whole or in part', () => {
  const desk = new Desk();
  const minutes = Array.from({ length: 60 }, (_, index) =>
    charge(START + index * MINUTE, START + (index + 1) * MINUTE, 533_333),
  );
  desk.meter(minutes);
  desk.bill([line(START, '20')]);
  expect(desk.total()).toBe(20_000_000);
  const before = desk.charges();
  desk.store.writeCharges(node().id, { from: START, to: START + HOUR }, minutes);
  expect(desk.charges()).toEqual(before);
  // The second half is found to have been another job's.
  const half = START + HOUR / 2;
  const later = minutes
    .filter(({ from }) => from >= half)
    .map((one) => ({ ...one, jobId: 'slurm:c:9' }));
  desk.store.writeCharges(node().id, { from: half, to: START + HOUR }, later);
  expect(desk.total()).toBe(20_000_000);
  const [mine, theirs] = ['slurm:c:1', 'slurm:c:9'].map((job) =>
    desk
      .charges()
      .filter(({ jobId }) => jobId === job)
      .reduce((sum, { micros }) => sum + micros, 0),
  );
  expect(Math.abs((mine ?? 0) - (theirs ?? 0))).toBeLessThan(50);
  expect(desk.charges().every(({ provenance }) => provenance === 'billed')).toBe(true);
});

test('a corrected bill supersedes the earlier one, and a line that is gone leaves what was metered', () => {
  const desk = new Desk();
  desk.meter([charge(START, START + HOUR, 32_000_000)]);
  desk.bill([line(START, '20')]);
  desk.bill([
    line(START, '18.5'),
    line(START, '-0.5', { chargeClass: 'Correction', consumedQuantity: 0 }),
  ]);
  expect(desk.charges()).toMatchObject([{ micros: 18_000_000, provenance: 'billed' }]);
  expect(desk.sums()).toMatchObject({ billedMicros: 18_000_000, meteredMicros: 32_000_000 });
  desk.bill([]);
  expect(desk.charges()).toMatchObject([{ micros: 32_000_000, provenance: 'list' }]);
});

test('bills in any order, compared at any time, leave the same ledger', () => {
  const minutes = [0, 1].flatMap((job) =>
    Array.from({ length: 12 }, (_, index) =>
      charge(START + index * 10 * MINUTE, START + (index + 1) * 10 * MINUTE, 2_666_660 + job * 7, {
        jobId: `slurm:c:${job}`,
      }),
    ),
  );
  const editions: { part: string; lines: InvoiceLine[] }[] = [
    { part: 'a', lines: [line(START, '0'), line(START + HOUR, '7.77')] },
    { part: 'b', lines: [line(START, '1.2345671')] },
    { part: 'c', lines: [line(START, '-0.1', { chargeClass: 'Correction', consumedQuantity: 0 })] },
    {
      part: 'd',
      lines: [line(START, '0.3', { chargePeriodEnd: START + DAY, consumedQuantity: 2 })],
    },
  ];
  let expected: Charge[] | undefined;
  fc.assert(
    fc.property(
      fc.shuffledSubarray(editions, { minLength: editions.length }),
      fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      fc.integer({ min: 0, max: 11 }),
      (order, [redo, ...compared], from) => {
        const desk = new Desk();
        desk.meter(minutes);
        for (const [index, { part, lines }] of order.entries()) {
          desk.take(lines, part);
          if (compared[index]) desk.reconcile();
          if (!redo) continue;
          const at = START + from * 10 * MINUTE;
          const again = minutes.filter((one) => one.from >= at);
          desk.store.writeCharges(node().id, { from: at, to: START + 2 * HOUR }, again);
        }
        desk.reconcile();
        expected ??= desk.charges();
        expect(desk.charges()).toEqual(expected);
        expect(desk.total()).toBe(9_204_567);
      },
    ),
    { numRuns: 12 },
  );
});

test('a bill of nothing, corrected later, is shared out by what was metered', () => {
  const desk = new Desk();
  desk.meter([
    charge(START, START + HOUR, 24_000_000),
    charge(START, START + HOUR, 8_000_000, { jobId: 'slurm:c:2' }),
  ]);
  desk.bill([line(START, '0')]);
  expect(desk.total()).toBe(0);
  desk.bill([line(START, '20')]);
  expect(desk.charges().map(({ micros }) => micros)).toEqual([15_000_000, 5_000_000]);
  desk.bill([]);
  expect(desk.charges().map(({ micros }) => micros)).toEqual([24_000_000, 8_000_000]);
});

test('comparing again changes nothing, not even what is superseded', () => {
  const desk = new Desk();
  desk.meter([charge(START, START + HOUR, 32_000_000)]);
  const lines = [line(START, '20')];
  desk.bill(lines);
  const rows = () => desk.store.charges({ from: 0, to: START + 9 * DAY });
  const before = rows();
  desk.reconcile();
  desk.bill(lines);
  expect(rows()).toEqual(before);
});

test('a line without a machine is for those of its type, region and market that no line names', () => {
  const desk = new Desk();
  desk.meter([charge(START, START + HOUR, 32_000_000)]);
  for (const id of ['i-0aaaaaaaaaaaaaaa1', 'i-0aaaaaaaaaaaaaaa2']) {
    const other = node(id);
    desk.meter([charge(START, START + HOUR, 32_000_000, { nodeId: other.id })], other);
  }
  const spot = node('i-0aaaaaaaaaaaaaaa3', {
    priceKey: {
      provider: 'aws',
      instanceType: 'p4d.24xlarge',
      region: 'us-east-1',
      market: 'spot',
    },
  });
  desk.meter([charge(START, START + HOUR, 9_000_000, { nodeId: spot.id })], spot);
  const { resourceId: _, ...unnamed } = line(START, '50', { consumedQuantity: 2 });
  desk.bill([line(START, '20'), unnamed]);
  const byNode = desk.charges().map(({ nodeId, micros }) => [nodeId.slice(-1), micros]);
  expect(byNode.sort()).toEqual([
    ['0', 20_000_000],
    ['1', 25_000_000],
    ['2', 25_000_000],
    ['3', 9_000_000],
  ]);
});

test('of a line for more hours than were metered, the rest is unmetered', () => {
  const desk = new Desk();
  desk.meter([charge(START + 20 * HOUR, START + 21 * HOUR, 32_000_000)]);
  desk.bill([line(START, '80', { chargePeriodEnd: START + DAY, consumedQuantity: 4 })]);
  expect(desk.total()).toBe(20_000_000);
  expect(desk.sums().unmetered).toEqual([{ kind: 'compute', micros: 60_000_000 }]);
});

test('an hour whose price moved is as long as any: all of its bill is for what was metered', () => {
  const desk = new Desk();
  desk.meter([
    charge(START, START + HOUR / 2, 16_000_000),
    charge(START + HOUR / 2, START + HOUR, 4_000_000),
  ]);
  desk.store.saveRate({
    nodeId: node().id,
    from: START + HOUR / 2,
    rate: { microsPerHour: 8_000_000, provenance: 'list', basis: 'test', asOf: START },
  });
  desk.bill([line(START, '10')]);
  expect(desk.total()).toBe(10_000_000);
  expect(desk.sums().unmetered).toEqual([]);
});

test('tells what else is on the bill by its kind, and does not count a day twice', () => {
  const desk = new Desk();
  desk.meter([charge(START, START + HOUR, 32_000_000)]);
  const other = (skuMeter: string, cost: string, more: Partial<InvoiceLine> = {}) =>
    line(START, cost, { resourceId: 'vol-1', consumedUnit: 'GB', skuMeter, ...more });
  desk.bill([
    line(START, '20'),
    other('EBS:VolumeUsage.gp3', '3'),
    other('EBS:SnapshotUsage', '2'),
    other('NatGateway-Hours', '1'),
    other('DataTransfer-Out-Bytes', '4', { resourceId: ID }),
    other('Tax', '0.5', { chargeCategory: 'Tax' }),
    other('Credit', '-5', { chargeCategory: 'Credit' }),
    other('EBS:VolumeUsage.gp3', '9', { billingCurrency: 'EUR' }),
  ]);
  // Less precise, of the same account and day.
  desk.bill([line(START, '99')], { name: 'cost explorer', precision: 3 }, 'day');
  expect(desk.total()).toBe(20_000_000);
  expect(desk.sums()).toMatchObject({
    unmetered: [
      { kind: 'egress', micros: 4_000_000 },
      { kind: 'storage', micros: 3_000_000 },
      { kind: 'snapshot', micros: 2_000_000 },
      { kind: 'nat', micros: 1_000_000 },
      { kind: 'tax', micros: 500_000 },
      { kind: 'credit', micros: -5_000_000 },
    ],
    foreign: [{ currency: 'EUR', micros: 9_000_000 }],
  });
});

test('gives calibration its pairs, apart by commitment, with what of one was unused', () => {
  const desk = new Desk();
  desk.meter([
    charge(START, START + HOUR, 32_000_000),
    charge(START + HOUR, START + 2 * HOUR, 32_000_000),
  ]);
  const plan = { commitmentDiscountId: 'plan-1', commitmentDiscountType: 'Savings Plan' };
  desk.bill([
    line(START, '28', { listCost: '32.5', final: true }),
    line(START + HOUR, '16', { ...plan, final: true }),
    line(START, '2', { ...plan, commitmentDiscountStatus: 'Unused', resourceId: 'plan-1' }),
  ]);
  expect(desk.store.matched(0)).toMatchObject([
    { account: 'aws:default', listMicros: 32_500_000, billedMicros: 28_000_000, final: true },
    { commitment: 'plan-1', listMicros: 32_000_000, billedMicros: 16_000_000, final: true },
  ]);
  expect(desk.store.unused(0)).toMatchObject([{ commitment: 'plan-1', micros: 2_000_000 }]);
});

test('an hour that a plan covers in part is two pairs, each with its part of the list price', () => {
  const desk = new Desk();
  desk.meter([charge(START, START + HOUR, 32_000_000)]);
  const plan = { commitmentDiscountId: 'plan-1', consumedQuantity: 0.25 };
  desk.bill([line(START, '21', { consumedQuantity: 0.75 }), line(START, '4', plan)]);
  expect(desk.total()).toBe(25_000_000);
  const pairs = desk.store.matched(0).map((one) => [one.listMicros, one.billedMicros]);
  expect(pairs.sort()).toEqual([
    [24_000_000, 21_000_000],
    [8_000_000, 4_000_000],
  ]);
});

test('a bill that comes when charges are only kept by the hour is taken all the same', () => {
  const desk = new Desk(START + 40 * DAY);
  desk.meter([charge(START, START + HOUR, 32_000_000)]);
  desk.store.compact(START + 40 * DAY);
  desk.bill([line(START, '20')]);
  const total = desk.store.totals({ from: START, to: START + DAY }).get('slurm:c:1');
  expect(total).toMatchObject({ micros: 20_000_000, provenance: 'billed' });
  desk.bill([line(START, '21')]);
  expect(desk.store.totals({ from: START, to: START + 2 * HOUR }).get('slurm:c:1')?.micros).toBe(
    21_000_000,
  );
});
