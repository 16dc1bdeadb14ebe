import { identify } from '@burnrate/shared/metering/identity.ts';
import { DAY, HOUR, MINUTE, SECOND, startOfMonth } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { jobOf, nodeOf } from '../metering/given.ts';
import { Bench, GB, JOB, MACHINE, PRICE, PRICED, START } from './traffic_bench.ts';

test('a job’s bytes cost what their tier of the account’s month asks, at most', () => {
  const bench = new Bench();
  for (const gigabytes of [0, 50, 107.3741824, 207.3741824]) bench.minute(gigabytes * GB);
  const egress = bench.egress();
  expect(egress?.total).toEqual({ sent: 207_374_182_400 });
  // The first hundred GiB of a month are free.
  expect(egress?.totalCost).toEqual({
    low: 0,
    high: Math.floor(100 * GB * PRICE * 1e6),
    unpriced: false,
  });
  expect(egress?.todayCost).toEqual(egress?.totalCost);
  expect(bench.meter.transfers()).toEqual([
    {
      account: 'aws:dev',
      sentBytes: 207_374_182_400,
      cost: egress?.totalCost,
      basis: expect.stringMatching(/^list of egress prices, 2026/),
    },
  ]);
});

test('a restart goes on where it was: sums, counters, tiers', () => {
  const bench = new Bench();
  for (const gigabytes of [0, 150, 300]) bench.minute(gigabytes * GB);
  const before = bench.egress();
  bench.meter = bench.restarted();
  expect(bench.egress()).toEqual(before);
  expect(bench.meter.transfers()[0]?.sentBytes).toBe(300 * GB);
  // An hour without a collector: the counter tells what was sent meanwhile.
  bench.now += HOUR;
  bench.minute(400 * GB);
  expect(bench.egress()?.total.sent).toBe(400 * GB);
  const more = (bench.egress()?.totalCost.high ?? 0) - (before?.totalCost.high ?? 0);
  expect(Math.abs(more - 100 * GB * PRICE * 1e6)).toBeLessThan(3);
});

test('what could not be written is written with the next tick', () => {
  const bench = new Bench();
  bench.minute(0);
  bench.meter.take('dcgm:e', MACHINE.id, {
    at: bench.now,
    node: MACHINE.id,
    device: 'eth0',
    sent: 7 * GB,
  });
  expect(() =>
    bench.store.tick(() => {
      bench.meter.meter(bench.now, identify(bench.nodes), bench.jobs);
      bench.meter.store();
      throw new Error('the disk is full');
    }),
  ).toThrow('the disk is full');
  bench.tick();
  expect(bench.restarted().viewOf(JOB.id).egress?.total.sent).toBe(7 * GB);
});

test('a machine without a known price has bytes and no amount; a free one costs nothing', () => {
  const own = nodeOf({ id: 'slurm:lab:n1', account: 'slurm:lab', priceKey: undefined as never });
  const rented = nodeOf({
    id: 'runpod:default:p1',
    account: 'runpod:default',
    priceKey: { ...PRICED, provider: 'runpod' },
  });
  const onOwn = jobOf({ id: 'slurm:lab:1', startedAt: START - HOUR, shares: [{ node: own.id }] });
  const onRented = jobOf({
    id: 'slurm:lab:2',
    startedAt: START - HOUR,
    shares: [{ node: rented.id }],
  });
  const { priceKey: _, ...unpriced } = own;
  const bench = new Bench([unpriced, rented], [onOwn, onRented]);
  for (const sent of [0, 500 * GB]) {
    bench.meter.take('p', rented.id, { at: bench.now, node: rented.id, device: 'eth0', sent });
    bench.minute(sent, own);
  }
  expect(bench.egress(onOwn)).toMatchObject({
    total: { sent: 500 * GB },
    totalCost: { low: 0, high: 0, unpriced: true },
  });
  expect(bench.egress(onOwn)?.totalCost).not.toHaveProperty('likely');
  expect(bench.egress(onRented)?.totalCost).toEqual({
    low: 0,
    likely: 0,
    high: 0,
    unpriced: false,
  });
});

test('checkpoints are told with what they cost, and often', () => {
  const bench = new Bench();
  let sent = 200 * GB;
  bench.minute(sent);
  for (let minute = 1; minute <= 100; minute += 1) {
    sent += 0.1 * GB + (minute % 20 === 0 ? 1_400 * GB : 0);
    bench.minute(sent);
  }
  const { checkpoint } = bench.egress() ?? {};
  expect(checkpoint).toMatchObject({ by: 'sent', everyMs: 20 * MINUTE });
  expect((checkpoint?.bytes ?? 0) / GB).toBeCloseTo(1_400, -1);
  expect(checkpoint?.cost?.low).toBe(0);
  // 1.4 TB at nine cents a GiB.
  expect((checkpoint?.cost?.high ?? 0) / (1_400 * GB * PRICE * 1e6)).toBeCloseTo(1, 1);
  // Between regions it is two cents.
  const { otherRegion = 0, internet } = checkpoint?.to ?? {};
  expect(otherRegion / ((checkpoint?.bytes ?? 0) * 1e6 * (0.02 / 2 ** 30))).toBeCloseTo(1, 4);
  expect(internet).toBe(checkpoint?.cost?.high);
  bench.meter = bench.restarted();
  expect(bench.egress()?.checkpoint).toEqual(checkpoint);
});

test('bills say how far into its tiers the account’s month is', () => {
  const bench = new Bench();
  bench.minute(0);
  const day = Math.floor(START / DAY);
  const price = () => {
    const before = bench.egress()?.totalCost.high ?? 0;
    const sent = bench.egress()?.total.sent ?? 0;
    bench.minute(sent + GB);
    return ((bench.egress()?.totalCost.high ?? 0) - before) / (GB * 1e6) / (1 / 2 ** 30);
  };
  const bill = (nth: number, internetBytes?: number) => {
    const told = internetBytes === undefined ? {} : { internetBytes };
    bench.store.traffic.saveTransfers(nth, [{ account: 'aws:dev', micros: 0, lines: 1, ...told }]);
    bench.meter.learnFromBills(bench.now);
  };
  // Nothing else is known: within the first hundred GiB, which are free.
  expect(price()).toBe(0);
  // The last month's are not this one's.
  bill(Math.floor(startOfMonth(START) / DAY) - 1, 20e12);
  expect(price()).toBe(0);
  // Machines that nobody watches have used these up before, and the first ten terabytes with them.
  bill(day - 2, 200 * GB);
  expect(price()).toBeCloseTo(0.09, 4);
  bill(day - 1, 11e12);
  expect(price()).toBeCloseTo(0.085, 4);
  bench.meter = bench.restarted();
  expect(price()).toBeCloseTo(0.085, 4);
  // A bill that does not count bytes says nothing of them.
  bill(day - 1);
  expect(price()).toBeCloseTo(0.09, 4);
  // A new month begins with nothing, whatever was billed of the last.
  bill(day - 1, 11e12);
  bench.now = Date.UTC(2026, 11, 1, 0, 5);
  bench.minute(bench.egress()?.total.sent ?? 0);
  expect(price()).toBe(0);
});

test('of a billed day the bill counts, and not what stayed within the region', () => {
  const bench = new Bench();
  bench.minute(0);
  // Terabytes were sent, of which next to nothing went to the internet.
  bench.minute(12e12);
  const today = Math.floor(bench.now / DAY);
  const row = { account: 'aws:dev', micros: 0, lines: 1, internetBytes: 150 * GB };
  bench.store.traffic.saveTransfers(today, [row]);
  bench.meter.learnFromBills(bench.now);
  const before = bench.egress()?.totalCost.high ?? 0;
  bench.now += DAY;
  bench.minute(12e12 + 100 * GB);
  const more = (bench.egress()?.totalCost.high ?? 0) - before;
  // The gain began on the day that is billed; had all of it left, it would be at the second tier.
  expect(more / (100 * GB * PRICE * 1e6)).toBeCloseTo(1, 3);
});

test('bills narrow what it costs, and stand beside what was sent', () => {
  const bench = new Bench();
  for (let hour = 0; hour <= 5 * 24; hour += 1) {
    bench.minute(hour * 50 * GB);
    bench.now += HOUR - MINUTE;
  }
  const unbilled = bench.egress()?.totalCost;
  expect(unbilled).toMatchObject({ low: 0 });
  expect(unbilled).not.toHaveProperty('likely');
  const list = new Map(
    bench.store.traffic.listByDay(0).map(({ day, listMicros }) => [day, listMicros]),
  );
  const first = START / DAY - 0.5;
  for (const day of [1, 2, 3].map((nth) => first + nth)) {
    const micros = Math.round((list.get(day) ?? 0) / 10);
    bench.store.traffic.saveTransfers(day, [{ account: 'aws:dev', micros, lines: 4 }]);
  }
  bench.meter.learnFromBills(bench.now);
  const { low, likely = 0, high } = bench.egress()?.totalCost ?? { low: -1, high: -1 };
  expect(likely / (unbilled?.high ?? 0)).toBeCloseTo(0.1, 4);
  expect(high - low).toBeLessThan((unbilled?.high ?? 0) / 100);
  const [transfer] = bench.meter.transfers();
  expect(transfer?.billed).toMatchObject({ days: 3, through: (first + 4) * DAY });
  expect((transfer?.billed?.micros ?? 0) / (transfer?.billed?.listMicros ?? 1)).toBeCloseTo(0.1, 4);
});

test('what jobs sent over a time is told for reports, without what was idle', () => {
  const late = jobOf({ id: 'slurm:lab:9', startedAt: START + 90 * SECOND, shares: JOB.shares });
  const bench = new Bench([MACHINE], [late]);
  for (const gigabytes of [0, 1, 2, 3]) bench.minute(gigabytes * GB);
  const over = bench.meter.over({ from: START, to: START + HOUR });
  expect([...over.keys()]).toEqual([late.id]);
  expect(over.get(late.id)?.moved).toEqual({ sent: 1.5 * GB });
  expect(bench.meter.over({ from: START + HOUR, to: START + DAY }).size).toBe(0);
});
