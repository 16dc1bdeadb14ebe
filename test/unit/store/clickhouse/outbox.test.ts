import { IDLE } from '@burnrate/shared/model/charge.ts';
import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import type { Batch } from '@burnrate/shared/store/clickhouse/outbox.ts';
import type { NodeHourRow, TableName } from '@burnrate/shared/store/clickhouse/tables.ts';
import { expect, test } from 'vitest';
import { chargeOf, hourly, JOB, MIDNIGHT, NODE, NOON, Place } from '../place.ts';
import { JOB_FACTS, NODE_FACTS } from './facts.ts';

/** A ledger that is followed, and has told all that it holds. */
function followed(place: Place, options: Parameters<Place['open']>[0] = {}) {
  const opened = place.open(options);
  opened.outbox.follow('db:8123/team');
  tellAll(opened.outbox);
  return opened;
}

type Outbox = ReturnType<Place['open']>['outbox'];

function tellAll(outbox: Outbox): Batch['rows'] {
  const rows = [];
  for (;;) {
    const batch = outbox.take(3);
    if (batch.changes.length === 0) return rows;
    rows.push(...batch.rows);
    outbox.told(batch.changes);
  }
}

function hoursIn(rows: Batch['rows']): NodeHourRow[] {
  return rows.flatMap((one) => (one.table === 'node_hour' ? [one.row] : []));
}

const tablesIn = (rows: Batch['rows']): TableName[] => rows.map(({ table }) => table);
const isNoon = ({ hour }: NodeHourRow) => hour === NOON / 1000;

test('a ledger without a team store notes nothing, and has no tables for it', () => {
  using place = new Place();
  const { store } = place.open();
  store.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, hourly(NOON, 1));
  const made = place.raw().prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'team_%'").all();
  expect(made).toEqual([]);
});

test('an hour’s charges are one row, told again as a whole when one of them changes', () => {
  using place = new Place();
  const { store, outbox } = followed(place);
  const minute = (index: number, micros: number, jobId = JOB) =>
    chargeOf(NOON + index * MINUTE, NOON + (index + 1) * MINUTE, micros, { jobId });
  store.writeCharges(NODE, { from: NOON, to: NOON + 2 * MINUTE }, [
    minute(0, 5),
    minute(1, 7),
    { ...minute(1, 2, IDLE), uncertain: true, provenance: 'quoted', owner: 'ada' },
  ]);
  expect(outbox.waiting().changes).toBe(1);
  const [row] = hoursIn(tellAll(outbox));
  expect(row).toMatchObject({
    hour: NOON / 1000,
    node: NODE,
    collector: outbox.collector,
    job: [JOB, JOB, IDLE],
    owner: ['', '', 'ada'],
    start: [0, MINUTE, MINUTE],
    end: [MINUTE, 2 * MINUTE, 2 * MINUTE],
    micros: [5, 7, 2],
    metered: [5, 7, 2],
    flags: [3, 3, 1 + 4],
  });

  store.writeCharges(NODE, { from: NOON + MINUTE, to: NOON + 2 * MINUTE }, [minute(1, 11)]);
  const [next] = hoursIn(tellAll(outbox));
  expect(next).toMatchObject({ job: [JOB, JOB], micros: [5, 11] });
  expect(next?.version).toBeGreaterThan(row?.version ?? Number.POSITIVE_INFINITY);

  store.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, []);
  expect(hoursIn(tellAll(outbox))).toMatchObject([{ job: [], micros: [] }]);
});

test('a tick that was not kept is not told', () => {
  using place = new Place();
  const { store, outbox } = followed(place);
  expect(() =>
    store.tick(() => {
      store.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, hourly(NOON, 1));
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(outbox.waiting().changes).toBe(0);
  expect(tellAll(outbox)).toEqual([]);
});

test('a charge that is as it was is no change', () => {
  using place = new Place();
  const { store, outbox } = followed(place);
  const write = () => store.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, hourly(NOON, 1));
  write();
  tellAll(outbox);
  write();
  expect(outbox.waiting().changes).toBe(0);
});

test('what changes while it is being sent is told again', () => {
  using place = new Place();
  const { store, outbox } = followed(place);
  const write = (micros: number) =>
    store.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, [
      chargeOf(NOON, NOON + HOUR, micros),
    ]);
  write(1);
  const sending = outbox.take(10);
  write(2);
  outbox.told(sending.changes);
  expect(hoursIn(tellAll(outbox))).toMatchObject([{ micros: [2] }]);
});

test('a thousand changes of one hour are one row; a batch is bounded', () => {
  using place = new Place();
  const { store, outbox } = followed(place);
  for (let index = 0; index < 1000; index += 1) {
    const micros = index + 1;
    store.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, [
      chargeOf(NOON, NOON + HOUR, micros),
    ]);
  }
  expect(outbox.waiting().changes).toBe(1);
  store.writeCharges(NODE, { from: NOON, to: NOON + 20 * HOUR }, hourly(NOON, 20));
  const { changes } = outbox.take(7);
  expect(changes).toHaveLength(7);
  expect(changes.map(({ seq }) => seq)).toEqual(
    changes.map(({ seq }) => seq).sort((a, b) => a - b),
  );
});

test('nodes and jobs are told when they change, and not because they were seen', () => {
  using place = new Place();
  const { store, outbox } = followed(place);
  store.saveNodes([NODE_FACTS], NOON);
  store.saveJobs([JOB_FACTS], NOON);
  const [node, job] = tellAll(outbox);
  expect(node).toMatchObject({
    table: 'node',
    row: { id: NODE, name: 'gpu-1', owner: 'ada', mine: 1, gpus: 8, aliases: ['i-1'] },
  });
  expect(JSON.stringify(node)).not.toContain('secret');
  expect(job).toMatchObject({
    table: 'job',
    row: { id: JOB, owner: 'ada', project: 'vision', run: 'train', mine: 1, started_at: NOON },
  });
  store.saveNodes([NODE_FACTS], NOON + MINUTE);
  store.saveJobs([JOB_FACTS], NOON + MINUTE);
  expect(outbox.waiting().changes).toBe(0);
  store.saveJobs([{ ...JOB_FACTS, state: 'ended', endedAt: NOON + HOUR }], NOON + HOUR);
  expect(tellAll(outbox)).toMatchObject([{ row: { state: 'ended', ended_at: NOON + HOUR } }]);
});

test('what a job did of an hour is one row: counters, waste, activity', () => {
  using place = new Place();
  const { store, outbox } = followed(place);
  store.saveProgress(
    [
      { jobId: JOB, counter: 'steps', at: NOON, amount: 3, micros: 30 },
      { jobId: JOB, counter: 'steps', at: NOON + MINUTE, amount: 4, micros: 40 },
      { jobId: JOB, counter: 'tokens', at: NOON, amount: 5000, micros: 30 },
    ],
    [],
  );
  store.addWaste([{ jobId: JOB, cause: 'stalled', at: NOON + 5, micros: 99 }], []);
  expect(tellAll(outbox)).toMatchObject([
    {
      table: 'job_hour',
      row: { hour: NOON / 1000, job: JOB, steps: 7, steps_micros: 70, tokens: 5000, stalled: 99 },
    },
  ]);
});

test('bills change the hours that they are of, long after their charges are gone', () => {
  using place = new Place();
  const { store, outbox } = followed(place, { retention: { minuteDays: 1, hourDays: 3 } });
  store.writeCharges(NODE, { from: NOON, to: NOON + 2 * HOUR }, hourly(NOON, 2));
  tellAll(outbox);
  place.now = NOON + 2 * DAY;
  store.compact(place.now);
  expect(outbox.waiting().changes).toBe(0);
  store.bill(NODE, [{ hour: NOON / HOUR, micros: 777, final: true }]);
  const rows = hoursIn(tellAll(outbox));
  expect(rows).toMatchObject([
    { job: [JOB], micros: [777], metered: [1_000_003], start: [0], end: [HOUR], flags: [0] },
  ]);
});

test('letting go of what is no longer kept is no change', () => {
  using place = new Place();
  const { store, outbox } = followed(place, { retention: { minuteDays: 1, hourDays: 1 } });
  store.writeCharges(NODE, { from: NOON, to: NOON + 30 * HOUR }, hourly(NOON, 30));
  tellAll(outbox);
  place.now = NOON + 30 * DAY;
  store.compact(place.now);
  expect(store.charges({ from: 0, to: place.now })).toEqual([]);
  expect(tellAll(outbox)).toEqual([]);
});

test('a new team store is told the past, the newest first, days as days where no hours are kept', () => {
  using place = new Place();
  const { store, outbox } = place.open({ retention: { minuteDays: 1, hourDays: 2 } });
  store.saveNodes([NODE_FACTS], NOON);
  store.writeCharges(NODE, { from: NOON, to: NOON + 96 * HOUR }, hourly(NOON, 96));
  place.now = NOON + 96 * HOUR;
  store.compact(place.now);
  outbox.follow('db:8123/team');
  expect(outbox.waiting().historyBefore).toBeGreaterThan(place.now);
  const rows = tellAll(outbox);
  expect(outbox.waiting()).toEqual({ changes: 0 });
  expect(tablesIn(rows)[0]).toBe('node');
  const hours = hoursIn(rows);
  const days = hours.map(({ hour }) => Math.floor((hour * 1000) / DAY));
  expect(days).toEqual(days.toSorted((a, b) => b - a));
  const first = hours.find(({ hour }) => hour === MIDNIGHT / 1000);
  expect(first).toMatchObject({ job: [JOB], start: [0], end: [DAY] });
  expect(hours.find(isNoon)).toMatchObject({ job: [], micros: [] });
  const total = hours.flatMap(({ micros }) => micros).reduce((sum, micros) => sum + micros, 0);
  expect(total).toBe(hourly(NOON, 96).reduce((sum, { micros }) => sum + micros, 0));
  expect([...outbox.months().values()].reduce((sum, micros) => sum + micros, 0)).toBe(total);
});

test('years in which nothing was metered are not gone through day by day', () => {
  using place = new Place();
  const { store, outbox } = place.open();
  const long = NOON - 9000 * DAY;
  store.writeCharges(NODE, { from: long, to: long + HOUR }, hourly(long, 1));
  store.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, hourly(NOON, 1));
  outbox.follow('db:8123/team');
  const { changes } = outbox.take(1);
  expect(changes).toMatchObject([{ kind: 'hour', step: NOON / HOUR }]);
  expect(outbox.waiting()).toEqual({ changes: 1, historyBefore: MIDNIGHT });
  outbox.told(changes);
  expect(outbox.take(1).changes).toMatchObject([{ kind: 'hour', step: long / HOUR }]);
});

test('a store that is left is told nothing more; another one is told all', () => {
  using place = new Place();
  const { store, outbox } = followed(place);
  store.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, hourly(NOON, 1));
  outbox.follow(undefined);
  store.writeCharges(NODE, { from: NOON + HOUR, to: NOON + 2 * HOUR }, hourly(NOON + HOUR, 1));
  expect(outbox.waiting().changes).toBe(0);
  outbox.follow('other:8123/team');
  expect(hoursIn(tellAll(outbox))).toHaveLength(2);
});

test('the same store goes on after a restart: what waits still waits, and nothing else', () => {
  using place = new Place();
  const { store, outbox } = followed(place);
  store.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, hourly(NOON, 1));
  const name = outbox.collector;
  store.close();
  const again = place.open();
  again.outbox.follow('db:8123/team');
  expect(again.outbox.collector).toBe(name);
  expect(again.outbox.waiting()).toEqual({ changes: 1 });
});

test('an old copy of a ledger goes on above the numbers that the newer one used', () => {
  using place = new Place();
  const { store, outbox } = followed(place);
  store.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, hourly(NOON, 1));
  outbox.skipTo(1_000_000);
  const [row] = hoursIn(tellAll(outbox));
  expect(row?.version).toBeGreaterThan(1_000_000);
});
