import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { InvoiceLane } from '../../../shared/collector/invoice_lane.ts';
import { Invoices } from '../../../shared/collector/invoices.ts';
import type { Log } from '../../../shared/collector/log.ts';
import type { Timetable } from '../../../shared/collector/timetable.ts';
import type { InvoiceLine } from '../../../shared/invoices/line.ts';
import {
  defineReader,
  type InvoiceBatch,
  type ReadRequest,
} from '../../../shared/invoices/reader.ts';
import { DAY, HOUR } from '../../../shared/model/time.ts';
import { SourceError, type Surroundings } from '../../../shared/sources/source.ts';
import { openStore } from '../../../shared/store/sqlite.ts';
import { contents, emptyBills, folder } from '../invoices/bills.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const MONTH = { from: Date.UTC(2026, 10), to: Date.UTC(2026, 11) };
const account = { id: 'aws:default', source: 'aws', name: 'default', foundIn: 'test', options: {} };

function line(hour: number, cost: string): InvoiceLine {
  const from = MONTH.from + hour * HOUR;
  return {
    providerName: 'AWS',
    billingAccountId: '1',
    billingCurrency: 'USD',
    billingPeriodStart: MONTH.from,
    billingPeriodEnd: MONTH.to,
    chargeCategory: 'Usage',
    serviceName: 'Amazon Elastic Compute Cloud',
    chargePeriodStart: from,
    chargePeriodEnd: from + HOUR,
    billedCost: cost,
    effectiveCost: cost,
    final: false,
  };
}

function batch(part: string, lines: InvoiceLine[], more: Partial<InvoiceBatch> = {}): InvoiceBatch {
  return { part, version: '1', asOf: NOW, span: MONTH, lines, complete: true, ...more };
}

type Read = (request: ReadRequest) => AsyncGenerator<InvoiceBatch>;

function readerOf(read: Read) {
  return defineReader({
    id: 'test-reader',
    title: 'Test bills',
    source: 'aws',
    precision: 9,
    cadence: { everyMs: 6 * HOUR, deadlineMs: 60_000 },
    callMicros: 10_000,
    dailyCeilingMicros: 25_000,
    settings: z.unknown(),
    accounts: async (watched) => ({ accounts: [...watched], looked: [] }),
    open: () => ({ read, diagnose: async () => [] }),
  });
}

/** A lane whose reader yields what the test says, over a real store. */
function desk(read: Read) {
  let now = NOW;
  const { store } = openStore(join(folder(), 'ledger.db'), { now: () => now });
  onTestFinished(() => store.close());
  const bills = emptyBills();
  let script = read;
  const reader = readerOf((request) => script(request));
  const lane = new InvoiceLane({
    reader,
    account,
    settings: undefined,
    surroundings: {} as Surroundings,
    store,
    clock: { now: () => now, after: () => () => {}, speed: 1 },
    alone: (work) => work(),
  });
  return {
    bills,
    lane,
    store,
    pass: (ms: number) => {
      now += ms;
    },
    read: (next?: Read) => {
      if (next) script = next;
      return lane.read(bills);
    },
  };
}

test('a part in several batches is taken whole, and its version known the next time', async () => {
  const known: ReadonlyMap<string, string>[] = [];
  const { bills, lane, read } = desk(async function* ({ known: parts }) {
    known.push(parts);
    if (parts.get('2026-11') === '1') return;
    yield batch('2026-11', [line(1, '1')], { complete: false });
    yield batch('2026-11', [line(2, '2')]);
  });
  await read();
  expect(contents(bills)).toHaveLength(2);
  await read();
  expect(known).toEqual([new Map(), new Map([['2026-11', '1']])]);
  expect(contents(bills)).toHaveLength(2);
  expect(lane.failure).toBeUndefined();
  expect(bills.connection.all('SELECT * FROM staged')).toEqual([]);
});

test('a reader that fails in the middle leaves the earlier edition, and is asked again later', async () => {
  const { bills, lane, read, pass } = desk(async function* () {
    yield batch('2026-11', [line(1, '1')]);
  });
  await read();
  const before = contents(bills);
  await read(async function* () {
    yield batch('2026-11', [line(1, '5')], { version: '2', complete: false });
    throw new SourceError('denied', {
      account: account.id,
      message: 'the bucket may not be read',
      remedy: 'Allow s3:GetObject.',
      retryAfterMs: 2 * HOUR,
    });
  });
  expect(contents(bills)).toEqual(before);
  expect(lane.failure).toMatchObject({ kind: 'denied', remedy: 'Allow s3:GetObject.' });
  expect(lane.isDue(NOW + HOUR)).toBe(false);
  pass(2 * HOUR);
  expect(lane.isDue(NOW + 2 * HOUR)).toBe(true);
  await read(async function* () {
    yield batch('2026-11', [line(1, '5')], { version: '2' });
  });
  expect(lane.failure).toBeUndefined();
  expect(contents(bills)).not.toEqual(before);
});

test('a reader spends no more in a day than its ceiling, and goes on the next day', async () => {
  let calls = 0;
  const { lane, read, pass } = desk(async function* ({ spend }) {
    for (const part of ['a', 'b', 'c']) {
      spend();
      calls += 1;
      yield batch(part, []);
    }
  });
  await read();
  expect(calls).toBe(2);
  expect(lane.spentToday()).toBe(20_000);
  expect(lane.failure).toMatchObject({ kind: 'throttled' });
  await read();
  expect(calls).toBe(2);
  pass(DAY);
  expect(lane.spentToday()).toBe(0);
  await read();
  expect(calls).toBe(4);
});

test('a bill is read at its cadence, and not again with each look', async () => {
  const { lane, read } = desk(async function* () {
    yield batch('2026-11', [line(1, '1')]);
  });
  expect(lane.isDue(NOW)).toBe(true);
  await read();
  expect(lane.isDue(NOW + 6 * HOUR - 1)).toBe(false);
  expect(lane.isDue(NOW + 6 * HOUR)).toBe(true);
});

test('a bill that was read by a clock a year ahead is due as soon as that is right again', async () => {
  const { lane, read, pass } = desk(async function* () {
    yield batch('2026-11', [line(1, '1')]);
  });
  pass(365 * DAY);
  await read();
  expect(lane.isDue(NOW + 365 * DAY - HOUR)).toBe(false);
  expect(lane.isDue(NOW)).toBe(true);
});

/** What begins reading bills by one reader, any number of times over the same store. */
function collectorOf(reader: ReturnType<typeof readerOf>, settings: () => Record<string, unknown>) {
  const { store } = openStore(join(folder(), 'ledger.db'), { now: () => NOW });
  onTestFinished(() => store.close());
  const path = join(folder(), 'bills.db');
  return () =>
    new Invoices({
      path,
      store,
      clock: { now: () => NOW, after: () => () => {}, speed: 1 },
      timetable: {} as Timetable,
      surroundings: {} as Surroundings,
      log: { error: () => {} } as unknown as Log,
      accounts: () => [account],
      settings,
      tell: () => {},
      changed: () => {},
      compared: () => {},
      readers: { 'test-reader': { source: 'aws', load: async () => reader } },
    });
}

test('a reader whose section has a mistake reads nothing until that is mended', async () => {
  let reads = 0;
  const reader = {
    ...readerOf(async function* () {
      reads += 1;
      yield batch('2026-11', [line(1, '1')]);
    }),
    settings: z.strictObject({}).prefault({}),
  };
  let section: object = { enabld: false };
  const invoices = collectorOf(reader, () => ({ 'test-reader': section }))();
  await invoices.look();
  expect(reads).toBe(0);
  section = {};
  await invoices.look();
  expect(reads).toBe(1);
  await invoices.close();
});

test('what reading has cost today is told with the bills, and a new collector goes on from there', async () => {
  let calls = 0;
  const given = readerOf(async function* ({ spend }) {
    for (const part of ['a', 'b', 'c']) {
      spend();
      calls += 1;
      yield batch(part, [line(calls, '1')]);
    }
  });
  const collector = collectorOf(given, () => ({}));
  for (const _ of ['first', 'after a restart']) {
    const invoices = collector();
    await invoices.look();
    expect(invoices.view()?.sources).toMatchObject([
      { title: 'Test bills', account: 'aws:default', spentToday: 20_000 },
    ]);
    await invoices.close();
  }
  // The ceiling is the day's, however often the collector begins.
  expect(calls).toBe(2);
});

test('a line that is no amount, or not of its part’s time, is told and not kept', async () => {
  const { bills, lane, read } = desk(async function* () {
    yield batch('2026-11', [line(1, '1'), line(2, 'free')]);
  });
  await read();
  expect(lane.failure).toMatchObject({ kind: 'malformed' });
  expect(lane.failure?.message).toContain('“free” is no amount');
  await read(async function* () {
    yield batch('2026-11', [line(-5, '1')]);
  });
  expect(lane.failure?.message).toContain('is not of its time');
  expect(contents(bills)).toEqual([]);
});
