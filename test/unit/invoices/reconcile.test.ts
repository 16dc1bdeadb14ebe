import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InvoiceLine } from '../../../shared/invoices/line.ts';
import type { Charge } from '../../../shared/model/charge.ts';
import { DAY, HOUR, MINUTE } from '../../../shared/model/time.ts';
import { charge, Desk, line, node, START } from './desk.ts';

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
