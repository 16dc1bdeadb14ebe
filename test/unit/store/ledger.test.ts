import type { Charge } from '@burnrate/shared/model/charge.ts';
import { DAY, HOUR, type Instant, type Interval, MINUTE } from '@burnrate/shared/model/time.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import type Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chargeOf, hourly, JOB, MIDNIGHT, NODE, NOON, Place } from './place.ts';

const ALL: Interval = { from: 0, to: NOON + 1000 * DAY };

const sum = (charges: readonly { micros: number }[]) =>
  charges.reduce((all, { micros }) => all + micros, 0);

function total(store: Store, interval: Interval = ALL): number {
  return sum([...store.totals(interval).values()]);
}

/** What hours and days say, against the sums of the charges that they are made of. */
function rollupsAreSums(raw: Database.Database): void {
  for (const [table, step, ms] of [
    ['charge_hour', 'hour', HOUR],
    ['charge_day', 'day', DAY],
  ]) {
    const kept = raw
      .prepare(
        `SELECT ${step} AS step, node, job, flags, micros, parts FROM ${table} ORDER BY 1, 2, 3, 4`,
      )
      .all();
    const summed = raw
      .prepare(
        `SELECT from_ms / ${ms} AS step, node, job, flags, sum(micros) AS micros, count(*) AS parts
         FROM charge WHERE superseded_by IS NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
      )
      .all();
    expect(kept).toEqual(summed);
  }
}

const minute = (from: number, to: number) => fc.integer({ min: from, max: to });

/** A write of some minutes of one node: charges of two jobs, without overlap in any. */
const anyWrite = fc
  .record({
    node: fc.constantFrom('aws:dev:i-1', 'aws:dev:i-2'),
    from: minute(0, 300),
    length: minute(1, 200),
    pieces: fc.array(
      fc.record({
        job: fc.constantFrom('a', 'b'),
        skip: minute(0, 20),
        length: minute(1, 90),
        micros: fc.integer({ min: 0, max: 50_000_000 }),
        provenance: fc.constantFrom('list' as const, 'quoted' as const),
        uncertain: fc.boolean(),
      }),
      { maxLength: 8 },
    ),
  })
  .map(({ node, from, length, pieces }) => {
    const interval = { from: NOON + from * MINUTE, to: NOON + (from + length) * MINUTE };
    const next = new Map<string, Instant>();
    const charges = pieces.flatMap(({ job, skip, length: minutes, micros, ...rest }): Charge[] => {
      const begin = (next.get(job) ?? interval.from) + skip * MINUTE;
      const end = Math.min(begin + minutes * MINUTE, interval.to);
      if (end <= begin) return [];
      next.set(job, end);
      return [chargeOf(begin, end, micros, { jobId: job, nodeId: node, ...rest })];
    });
    return { node, interval, charges };
  });

test('a write makes its interval what it says, and leaves every sum outside of it alone', () => {
  fc.assert(
    fc.property(fc.array(anyWrite, { minLength: 1, maxLength: 8 }), (writes) => {
      using place = new Place();
      const { store } = place.open();
      const raw = place.raw();
      for (const { node, interval, charges } of writes) {
        const sums = () => {
          const of = (from: Instant, to: Instant) =>
            sum(
              store
                .charges({ from, to }, { nodeId: node })
                .map((charge) => cutTo(charge, from, to)),
            );
          return [of(0, interval.from), of(interval.to, ALL.to)];
        };
        const other = store.charges(ALL).filter(({ nodeId }) => nodeId !== node);
        const before = sums();
        store.writeCharges(node, interval, charges);
        const after = sums();
        for (const side of [0, 1]) {
          // What straddled an edge was cut there, and rounded once.
          expect(Math.abs((after[side] ?? 0) - (before[side] ?? 0))).toBeLessThanOrEqual(4);
        }
        expect(sum(store.charges(interval, { nodeId: node }))).toBe(sum(charges));
        expect(store.charges(ALL).filter(({ nodeId }) => nodeId !== node)).toEqual(other);

        const rows = raw.prepare('SELECT count(*) FROM charge').pluck().get();
        store.writeCharges(node, interval, charges);
        expect(raw.prepare('SELECT count(*) FROM charge').pluck().get()).toBe(rows);
      }
      rollupsAreSums(raw);
      expect(total(store)).toBe(sum(store.charges(ALL)));
    }),
    { numRuns: 40 },
  );
});

function cutTo(charge: Charge, from: Instant, to: Instant): { micros: number } {
  const begin = Math.max(charge.from, from);
  const part = (Math.min(charge.to, to) - begin) / (charge.to - charge.from);
  return { micros: Math.round(charge.micros * Math.max(0, part)) };
}

test('totals of any partition of time make up the whole', () => {
  fc.assert(
    fc.property(fc.array(anyWrite, { maxLength: 6 }), fc.array(minute(0, 700)), (writes, cuts) => {
      using place = new Place();
      const { store } = place.open();
      for (const { node, interval, charges } of writes) store.writeCharges(node, interval, charges);
      const edges = [0, ...cuts.map((at) => NOON + at * MINUTE + 7).sort((a, b) => a - b), ALL.to];
      const parts = edges
        .slice(1)
        .map((to, index) => total(store, { from: edges[index] ?? 0, to }));
      expect(parts.reduce((a, b) => a + b, 0)).toBe(total(store));
      expect(total(store)).toBe(sum(store.charges(ALL)));
    }),
    { numRuns: 40 },
  );
});

test('what is superseded is kept beside what took its place, and when', () => {
  using place = new Place();
  const { store } = place.open();
  const interval = { from: NOON, to: NOON + HOUR };
  store.writeCharges(NODE, interval, [chargeOf(NOON, NOON + HOUR, 900)]);
  place.now = NOON + 5 * HOUR;
  store.writeCharges(NODE, interval, [chargeOf(NOON, NOON + HOUR, 700, { provenance: 'billed' })]);
  const rows = place
    .raw()
    .prepare(
      'SELECT micros, revision.at FROM charge LEFT JOIN revision ON revision.id = superseded_by ORDER BY charge.id',
    )
    .all();
  expect(rows).toEqual([
    { micros: 900, at: NOON + 5 * HOUR },
    { micros: 700, at: null },
  ]);
  expect(store.totals(interval).get(JOB)).toMatchObject({ micros: 700, provenance: 'billed' });
});

test('an edge through a charge cuts it, and keeps its sum', () => {
  using place = new Place();
  const { store } = place.open();
  store.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, [
    chargeOf(NOON, NOON + HOUR, 1_000_001),
  ]);
  store.writeCharges(NODE, { from: NOON + 20 * MINUTE, to: NOON + 30 * MINUTE }, []);
  expect(
    store.charges(ALL).map(({ from, to, micros }) => [from - NOON, to - NOON, micros]),
  ).toEqual([
    [0, 20 * MINUTE, 333_333],
    [30 * MINUTE, HOUR, 500_001],
  ]);
});

test('a charge of another node, or outside of the interval, is refused and nothing is written', () => {
  using place = new Place();
  const { store } = place.open();
  const interval = { from: NOON, to: NOON + HOUR };
  const good = chargeOf(NOON, NOON + MINUTE, 5);
  for (const bad of [
    chargeOf(NOON, NOON + MINUTE, 5, { nodeId: 'aws:dev:i-2' }),
    chargeOf(NOON - 1, NOON + MINUTE, 5),
    chargeOf(NOON, NOON + HOUR + 1, 5),
    chargeOf(NOON + MINUTE, NOON + MINUTE, 5),
    chargeOf(NOON, NOON + MINUTE, 0.5),
  ]) {
    expect(() => store.writeCharges(NODE, interval, [good, bad])).toThrow();
  }
  const overlapping = chargeOf(NOON + 30_000, NOON + 2 * MINUTE, 5);
  expect(() => store.writeCharges(NODE, interval, [good, overlapping])).toThrow(/overlaps/);
  expect(store.charges(ALL)).toEqual([]);
  expect(store.meteredThrough(NODE)).toBeUndefined();
});

test('a redo begins where it cuts no charge, however they interlock', () => {
  using place = new Place();
  const { store } = place.open();
  const at = (minutes: number) => NOON + minutes * MINUTE;
  store.writeCharges(NODE, { from: NOON, to: at(60) }, [
    chargeOf(at(0), at(20), 1, { jobId: 'a' }),
    chargeOf(at(20), at(60), 1, { jobId: 'a' }),
    chargeOf(at(10), at(30), 1, { jobId: 'b' }),
    chargeOf(at(30), at(60), 1, { jobId: 'b' }),
  ]);
  expect(store.seam(NODE, at(15))).toBe(at(0));
  expect(store.seam(NODE, at(45))).toBe(at(0));
  expect(store.seam(NODE, at(60))).toBe(at(60));
  expect(store.seam(NODE, at(0))).toBe(at(0));
  expect(store.seam('unknown', at(15))).toBe(at(15));
});

test('what was metered until when is known after retention too', () => {
  using place = new Place();
  const { store } = place.open({ retention: { minuteDays: 1, hourDays: 3 } });
  const end = NOON + 5 * HOUR;
  store.writeCharges(NODE, { from: NOON, to: end }, hourly(NOON, 5));
  expect(store.meteredThrough(NODE)).toBe(end);
  store.compact(NOON + 2 * DAY);
  expect(store.meteredThrough(NODE)).toBe(end);
  store.compact(NOON + 30 * DAY);
  expect(store.meteredThrough(NODE)).toBeGreaterThanOrEqual(end);
});

test('retention drops what is older, and only that; no total of days changes', () => {
  using place = new Place();
  const days = 10;
  const { store } = place.open({ retention: { minuteDays: 2, hourDays: 5 } });
  const raw = place.raw();
  const whole = { from: MIDNIGHT, to: MIDNIGHT + days * DAY };
  store.writeCharges(NODE, whole, hourly(MIDNIGHT, 24 * days));
  const first = { from: MIDNIGHT, to: MIDNIGHT + HOUR };
  store.writeCharges(NODE, first, [chargeOf(first.from, first.to, 17)]);
  const byDay = () =>
    Array.from({ length: days }, (_, day) =>
      total(store, { from: MIDNIGHT + day * DAY, to: MIDNIGHT + (day + 1) * DAY }),
    );
  const before = byDay();
  const hours = (day: number) =>
    Array.from({ length: 24 }, (_, hour) => {
      const from = MIDNIGHT + day * DAY + hour * HOUR;
      return total(store, { from, to: from + HOUR });
    });
  const [day6, day9] = [hours(6), hours(9)];

  for (const now of [MIDNIGHT + days * DAY + 3 * HOUR, MIDNIGHT + days * DAY]) {
    store.compact(now);
    expect(byDay()).toEqual(before);
    expect(hours(6)).toEqual(day6);
    expect(hours(9)).toEqual(day9);
    const oldest = (sql: string) => raw.prepare(sql).pluck().get();
    expect(oldest('SELECT min(from_ms) FROM charge')).toBe(MIDNIGHT + 8 * DAY);
    expect(oldest('SELECT min(hour) FROM charge_hour')).toBe((MIDNIGHT + 5 * DAY) / HOUR);
    expect(oldest('SELECT min(day) FROM charge_day')).toBe(MIDNIGHT / DAY);
    expect(oldest('SELECT count(*) FROM revision')).toBe(0);
  }
  // What was rolled up is final: a redo over it changes only what is kept in full.
  store.writeCharges(NODE, whole, []);
  expect(byDay()).toEqual([...before.slice(0, 8), 0, 0]);
  expect(raw.prepare('PRAGMA integrity_check').pluck().get()).toBe('ok');
});

test('a late charge for days that hold nothing yet is kept by the day', () => {
  using place = new Place();
  const { store } = place.open({ retention: { minuteDays: 2, hourDays: 5 } });
  store.compact(MIDNIGHT + 10 * DAY);
  const charges = hourly(MIDNIGHT + 6 * DAY, 72);
  store.writeCharges(NODE, { from: MIDNIGHT + 6 * DAY, to: MIDNIGHT + 9 * DAY }, charges);
  expect(total(store)).toBe(sum(charges));
  const old = hourly(MIDNIGHT, 3);
  store.writeCharges(NODE, { from: MIDNIGHT, to: MIDNIGHT + 3 * HOUR }, old);
  expect(total(store)).toBe(sum(charges) + sum(old));
});
