import { DAY, HOUR } from '@burnrate/shared/model/time.ts';
import type { TrafficPart } from '@burnrate/shared/store/traffic.ts';
import { expect, onTestFinished, test } from 'vitest';
import { MIDNIGHT, NODE, NOON, Place } from './place.ts';

function open() {
  const place = new Place();
  onTestFinished(() => place[Symbol.dispose]());
  return place.open({ retention: { minuteDays: 1, hourDays: 2 } }).store;
}

function part(hour: number, changes: Partial<TrafficPart> = {}): TrafficPart {
  const at = MIDNIGHT / HOUR + hour;
  return { hour: at, nodeId: NODE, jobId: 'a', moved: { sent: 5 }, listMicros: 2, ...changes };
}

const ALL = { from: 0, to: MIDNIGHT + 9 * DAY };

test('what is added to an hour adds up, and what was not measured is no zero', () => {
  const { traffic } = open();
  traffic.add([part(1), part(1, { moved: { sent: 7, written: 3 }, listMicros: undefined })]);
  traffic.add([part(2, { jobId: 'b', moved: { read: 0 }, listMicros: undefined })]);
  expect(traffic.sums(ALL, 'a')).toEqual([
    { jobId: 'a', nodeId: NODE, moved: { sent: 12, written: 3 }, listMicros: 2 },
  ]);
  expect(traffic.sums(ALL, 'b')).toEqual([
    { jobId: 'b', nodeId: NODE, moved: { read: 0 }, listMicros: undefined },
  ]);
  expect(traffic.sums(ALL, 'nobody')).toEqual([]);
  const second = { from: MIDNIGHT + 2 * HOUR, to: MIDNIGHT + 3 * HOUR };
  expect(traffic.sums(second).map(({ jobId }) => jobId)).toEqual(['b']);
});

test('hours become days, once, and no byte is lost', () => {
  const store = open();
  const { traffic } = store;
  const hours = Array.from({ length: 60 }, (_, hour) => part(hour, { listMicros: hour }));
  traffic.add(hours);
  const before = traffic.sums(ALL);
  const days = traffic.listByDay(MIDNIGHT / DAY);
  for (let times = 0; times < 2; times += 1) {
    store.compact(MIDNIGHT + 6 * DAY);
    expect(traffic.sums(ALL)).toEqual(before);
    expect(traffic.listByDay(MIDNIGHT / DAY)).toEqual(days);
  }
  expect(days.map(({ listMicros }) => listMicros)).toEqual([276, 852, 642]);
});

test('counters, checkpoints and what bills say come back as they were kept', () => {
  const { traffic } = open();
  const series = {
    account: 'dcgm:exporters',
    nodeId: NODE,
    device: 'eth0',
    at: NOON,
    counts: true,
    values: { sent: 2 ** 50, received: 0 },
  };
  traffic.saveSeries([series]);
  traffic.saveSeries([{ ...series, at: NOON + 1, values: { sent: 2 ** 50 + 1 } }]);
  expect(traffic.series(NOON)).toEqual([
    { ...series, at: NOON + 1, values: { sent: 2 ** 50 + 1 } },
  ]);
  expect(traffic.series(NOON + 2)).toEqual([]);
  const sent = {
    jobId: 'a',
    at: NOON,
    by: 'sent',
    ms: 90_000,
    bytes: 1e12,
    listMicros: 9,
  } as const;
  const written = { jobId: 'a', at: NOON, by: 'written', ms: 10, bytes: 1 } as const;
  traffic.saveCheckpoints([sent, written]);
  expect(traffic.checkpoints(NOON)).toEqual([sent, written]);
  const rest = { account: 'aws:dev', micros: 5, lines: 2 };
  traffic.saveTransfers(7, [{ ...rest, micros: 1 }]);
  const told = { ...rest, internetBytes: 2 ** 50 };
  traffic.saveTransfers(7, [told, { ...rest, nodeId: NODE }]);
  expect(traffic.transfers(7)).toEqual([
    { ...told, day: 7 },
    { ...rest, day: 7, nodeId: NODE },
  ]);
  expect(traffic.transfers(8)).toEqual([]);
});
