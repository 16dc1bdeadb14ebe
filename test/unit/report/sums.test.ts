import type { Charge } from '@burnrate/shared/model/charge.ts';
import { Provenance } from '@burnrate/shared/model/rate.ts';
import { DAY, HOUR } from '@burnrate/shared/model/time.ts';
import { Report, ReportKey } from '@burnrate/shared/protocol/report.ts';
import { focusOf } from '@burnrate/shared/report/focus.ts';
import { pagesOf } from '@burnrate/shared/report/pages.ts';
import { reportOf } from '@burnrate/shared/report/sums.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { chargeOf, Place } from '../store/place.ts';
import { microsOf, readTable, textOf } from './csv_reader.ts';
import { anyLedger, END, fill, JOBS, NODES, START } from './ledgers.ts';

const ZONE = process.env.TZ;
afterEach(() => {
  if (ZONE === undefined) delete process.env.TZ;
  else process.env.TZ = ZONE;
});

const sum = (list: readonly { micros: number }[]) => list.reduce((all, one) => all + one.micros, 0);

function read(store: Store, by: ReportKey, span = { from: START, to: END }, everyones = true) {
  const byHour = by === 'hour';
  const pages = pagesOf((query) => store.costs(query), span, { everyones, byHour });
  return reportOf({ ...span, by, everyones }, pages);
}

test('by hour, each has what was metered in it, in the order of time', async () => {
  using place = new Place();
  const { store } = place.open();
  const noon = Math.floor(START / DAY) * DAY + 12 * HOUR;
  const half = { from: noon + HOUR / 2, to: noon + 2 * HOUR };
  fill(store, [chargeOf(half.from, half.to, 90e6)]);
  const { rows } = await read(store, 'hour', { from: noon, to: noon + 3 * HOUR });
  expect(rows.map(({ key, micros }) => [key, micros])).toEqual([
    [new Date(noon).toISOString(), 30e6],
    [new Date(noon + HOUR).toISOString(), 60e6],
  ]);
});

test('by whatever key, over any time, the rows add up to the ledger to the micro-dollar', async () => {
  const minutes = fc.integer({ min: 0, max: (END - START) / 1000 });
  await fc.assert(
    fc.asyncProperty(
      anyLedger,
      minutes,
      minutes,
      fc.constantFrom('UTC', 'Asia/Kolkata', 'America/New_York'),
      fc.boolean(),
      async (charges, one, other, zone, isOld) => {
        process.env.TZ = zone;
        using place = new Place();
        const { store } = place.open({ retention: { minuteDays: 2, hourDays: 4 } });
        fill(store, charges);
        if (isOld) store.compact(END + DAY);
        const span = {
          from: START + Math.min(one, other) * 1000,
          to: START + Math.max(one, other) * 1000 + 1000,
        };
        const totals = store.totals(span);
        const expected = sum([...totals.values()]);
        for (const by of ReportKey.options) {
          const made = Report.parse(await read(store, by, span));
          expect(made.total.micros).toBe(expected);
          expect(new Set(made.rows.map(({ key }) => key)).size).toBe(made.rows.length);
          for (const field of ['micros', 'uncertainMicros', 'idleMicros'] as const) {
            const rows = made.rows.reduce((all, row) => all + row[field], 0);
            expect(rows).toBe(made.total[field]);
          }
          for (const row of made.rows) {
            const parts = Object.values(row.byProvenance).reduce((all, part) => all + part, 0);
            expect(parts).toBe(row.micros);
          }
        }
        const byJob = await read(store, 'job', span);
        for (const [jobId, { micros }] of totals) {
          const own = byJob.rows.filter(({ key }) => key === jobId || key.startsWith(`${jobId}:`));
          expect(sum(own)).toBe(micros);
        }
        const pages = pagesOf((query) => store.costs(query), span, {
          hourly: true,
          everyones: true,
        });
        const rows = readTable(await textOf(focusOf(pages)));
        expect(microsOf(rows.map(({ BilledCost }) => BilledCost))).toBe(expected);
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);

test('what is not mine is left out, jobs by their owner and idle time by the machine’s', async () => {
  await fc.assert(
    fc.asyncProperty(anyLedger, async (charges) => {
      using place = new Place();
      const { store } = place.open();
      fill(store, charges);
      const others = new Set([...JOBS, ...NODES].filter(({ mine }) => !mine).map(({ id }) => id));
      const isMine = ({ jobId, nodeId }: Charge) => !others.has(jobId === 'idle' ? nodeId : jobId);
      const mine = await read(store, 'owner', undefined, false);
      expect(mine.total.micros).toBe(sum(charges.filter(isMine)));
    }),
    { numRuns: 30 },
  );
}, 60_000);

test('the parts of a sum are the charges that are so: by what they rest on, uncertain, idle', async () => {
  await fc.assert(
    fc.asyncProperty(anyLedger, async (charges) => {
      using place = new Place();
      const { store } = place.open();
      fill(store, charges);
      const { total } = await read(store, 'owner');
      const of = (is: (charge: Charge) => boolean) => sum(charges.filter(is));
      expect(total.uncertainMicros).toBe(of(({ uncertain }) => uncertain));
      expect(total.idleMicros).toBe(of(({ jobId }) => jobId === 'idle'));
      for (const one of Provenance.options) {
        expect(total.byProvenance[one]).toBe(of(({ provenance }) => provenance === one));
      }
    }),
    { numRuns: 30 },
  );
}, 60_000);

test('a day is a local one, also that on which the clocks are put back', async () => {
  process.env.TZ = 'America/New_York';
  using place = new Place();
  const { store } = place.open();
  const from = Date.parse('2026-10-31T00:00:00-04:00');
  const to = Date.parse('2026-11-03T00:00:00-05:00');
  const hours = Array.from({ length: (to - from) / HOUR }, (_, index) =>
    chargeOf(from + index * HOUR, from + (index + 1) * HOUR, 1_000_000, { nodeId: 'aws:dev:i-1' }),
  );
  fill(store, []);
  store.writeCharges('aws:dev:i-1', { from, to }, hours);
  const { rows } = await read(store, 'day', { from, to });
  expect(rows.map(({ key, micros }) => [key, micros / 1_000_000])).toEqual([
    ['2026-10-31', 24],
    ['2026-11-01', 25],
    ['2026-11-02', 24],
  ]);
});

test('each row says what it rests on, what of it is uncertain, and whose idle time it is', async () => {
  using place = new Place();
  const { store } = place.open();
  const [own, bobs] = ['aws:dev:i-1', 'aws:dev:i-2'];
  const charge = (hour: number, micros: number, changes: Partial<Charge>) =>
    chargeOf(START + hour * HOUR, START + (hour + 1) * HOUR, micros, changes);
  fill(store, [
    charge(0, 100, { nodeId: own, jobId: 'slurm:lab:1', provenance: 'quoted' }),
    charge(1, 50, { nodeId: own, jobId: 'slurm:lab:1', uncertain: true }),
    charge(2, 7, { nodeId: own, jobId: 'idle' }),
    charge(0, 9, { nodeId: bobs, jobId: 'idle', provenance: 'calibrated' }),
  ]);
  const none = { billed: 0, quoted: 0, calibrated: 0, list: 0 };
  const { rows, total } = await read(store, 'job');
  expect(rows).toEqual([
    {
      key: 'slurm:lab:1',
      name: 'name of slurm:lab:1',
      owner: 'ada',
      micros: 150,
      byProvenance: { ...none, quoted: 100, list: 50 },
      uncertainMicros: 50,
      idleMicros: 0,
    },
    {
      key: 'idle:bob',
      name: 'idle',
      owner: 'bob',
      micros: 9,
      byProvenance: { ...none, calibrated: 9 },
      uncertainMicros: 0,
      idleMicros: 9,
    },
    {
      key: 'idle:ada',
      name: 'idle',
      owner: 'ada',
      micros: 7,
      byProvenance: { ...none, list: 7 },
      uncertainMicros: 0,
      idleMicros: 7,
    },
  ]);
  expect(total).toEqual({
    micros: 166,
    byProvenance: { billed: 0, quoted: 100, calibrated: 9, list: 57 },
    uncertainMicros: 50,
    idleMicros: 16,
  });
  const keys = async (by: ReportKey) => (await read(store, by)).rows.map(({ key }) => key);
  expect(await keys('owner')).toEqual(['ada', 'bob']);
  expect(await keys('account')).toEqual(['aws:dev']);
  expect(await keys('node')).toEqual([own, bobs]);
  expect(await keys('provenance')).toEqual(['quoted', 'list', 'calibrated']);
});
