import type { Sample } from '@burnrate/shared/model/sample.ts';
import { type Clock, systemClock } from '@burnrate/shared/model/time.ts';
import { Rhythm } from '@burnrate/shared/sources/dcgm/rhythm.ts';
import type { Connection } from '@burnrate/shared/sources/source.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { gpu, metrics, openExporters, startExporter, status } from './exporter.ts';

const START = Date.UTC(2026, 0, 5);
const EVERY_MS = 5_000;

/** What a write of an exporter, and an ask, may be off their times by in what follows. */
const JITTER_MS = 150;

/** An exporter, by what it has written at an instant, asked whenever its rhythm allows. */
class Watched {
  readonly rhythm = new Rhythm();
  readonly asked: number[] = [];
  /** Of each write that was seen, when it was. */
  readonly seen = new Map<number, number>();
  readonly everyMs: number;
  written: (at: number) => number;
  #at = START;
  #last: number | undefined;

  constructor(written: (at: number) => number, everyMs = EVERY_MS) {
    this.written = written;
    this.everyMs = everyMs;
  }

  /** Asks so often; each time that part of the time in which it may be asked next. */
  ask(times: number, parts: readonly number[]): void {
    for (let time = 0; time < times; time += 1) {
      const { from, to } = this.rhythm.next(this.everyMs);
      const first = Math.max(this.#at, from);
      this.#at = first + (Math.max(first, to) - first) * (parts[time % parts.length] ?? 0);
      expect(this.rhythm.isDue(this.#at, this.everyMs)).toBe(true);
      const write = this.written(this.#at);
      this.rhythm.answered(this.#at, this.#at, write !== this.#last);
      this.asked.push(this.#at);
      if (!this.seen.has(write)) this.seen.set(write, this.#at);
      this.#last = write;
    }
  }
}

/** Writes each `everyMs`, each time off by what the list says, -1 to 1. */
function writes(everyMs: number, phase = 0, jitter: readonly number[] = [0]) {
  const off = (write: number) => JITTER_MS * (jitter[write % jitter.length] ?? 0);
  return (at: number) => {
    const write = Math.floor((at + phase) / everyMs);
    if (at + phase < write * everyMs + off(write)) return write - 1;
    return at + phase >= (write + 1) * everyMs + off(write + 1) ? write + 1 : write;
  };
}

/** Within what time each write is seen: of one that writes seldom, within a quarter of its period. */
function seenWithin(writesMs: number, everyMs = EVERY_MS): number {
  return Math.max(everyMs, writesMs / 4);
}

const part = fc.double({ min: 0, max: 1, noNaN: true });

test('of an exporter that keeps its rhythm, each write is seen as if it were asked each time, or within a quarter of its period', () => {
  fc.assert(
    fc.property(
      fc.noBias(
        fc.record({
          everyMs: fc.integer({ min: 3_000, max: 8_000 }),
          // Of one that is nearly in step with who asks, several writes in a row come late.
          percent: fc.integer({ min: 100, max: 1_000 }),
          phase: fc.nat(120_000),
          parts: fc.array(part, { minLength: 50, maxLength: 50 }),
          jitter: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 17 }),
        }),
      ),
      ({ everyMs, percent, phase, parts, jitter }) => {
        const writesMs = (everyMs * percent) / 100;
        const watched = new Watched(writes(writesMs, phase, jitter), everyMs);
        watched.ask(150, parts);
        const [first = 0] = watched.seen.keys();
        for (const [write, at] of watched.seen) {
          if (write === first) continue;
          // None is left out, and none is seen later.
          expect(watched.seen.has(write - 1) || writesMs < everyMs + 2 * JITTER_MS).toBe(true);
          const wrote = write * writesMs - phase;
          expect(at - wrote).toBeLessThanOrEqual(seenWithin(writesMs, everyMs) + 2 * JITTER_MS);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('one that collects each 30 s, as dcgm-exporter does, is asked little more than once for each', () => {
  const watched = new Watched(writes(30_000, 7_000, [0.4, -0.8, 0.1]));
  watched.ask(30, [0.9, 0.3]);
  const [before = 0] = watched.asked.slice(-1);
  watched.ask(400, [0.9, 0.3, 0]);
  const [last = 0] = watched.asked.slice(-1);
  expect((last - before) / 400).toBeGreaterThan(30_000 / 1.25);
});

test('nobody is left unasked for more than 40 s, however seldom it writes', () => {
  for (const seconds of [60, 600]) {
    const watched = new Watched(writes(seconds * 1000));
    watched.ask(600, [0.2, 1]);
    const gaps = watched.asked.map((at, index) => at - (watched.asked[index - 1] ?? at));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(40_000);
  }
});

test.each([1, 4, 12, 20, 28])('one that begins to write each %i s is soon asked so', (seconds) => {
  const watched = new Watched(writes(30_000));
  watched.ask(100, [1]);
  watched.written = (at) => 1e9 + writes(seconds * 1000)(at);
  watched.seen.clear();
  watched.ask(60, [1]);
  const late = [...watched.seen]
    .slice(-20)
    .map(([write, at]) => at - (write - 1e9) * seconds * 1000);
  expect(Math.max(...late)).toBeLessThanOrEqual(seenWithin(seconds * 1000));
});

test('one that was started anew, and writes at other moments, is soon seen as soon again', () => {
  const watched = new Watched(writes(30_000));
  watched.ask(100, [1]);
  watched.written = writes(30_000, 20_000);
  watched.ask(20, [1]);
  watched.seen.clear();
  watched.ask(60, [1]);
  const late = [...watched.seen].slice(1).map(([write, at]) => at - (write * 30_000 - 20_000));
  expect(Math.max(...late)).toBeLessThanOrEqual(seenWithin(30_000));
});

test('one that kept no rhythm at first is soon known by the one that it keeps then', () => {
  const first = [3_000, 11_000, 47_000, 60_000];
  const watched = new Watched((at) =>
    at < START + 90_000
      ? -first.filter((moment) => at < START + moment).length
      : writes(30_000)(at - START),
  );
  watched.ask(60, [1]);
  watched.asked.length = 0;
  watched.ask(30, [1]);
  const [from = 0, to = 0] = [watched.asked[0], watched.asked.at(-1)];
  expect((to - from) / 29).toBeGreaterThan(20_000);
});

test('until when an answer stood is told of what came when it was expected, not of a surprise', () => {
  const watched = new Watched(writes(30_000));
  watched.ask(100, [1]);
  const [last = 0] = watched.asked.slice(-1);
  const early = watched.rhythm.answered(last + 12_000, last + 12_000, true);
  expect(early).toBeUndefined();
  const usual = new Watched(writes(30_000));
  usual.ask(100, [1]);
  const { to } = usual.rhythm.next(EVERY_MS);
  const stood = usual.rhythm.answered(to, to, usual.written(to) !== usual.written(last));
  expect(to - (stood ?? 0)).toBeGreaterThan(0);
  expect(to - (stood ?? 0)).toBeLessThan(10_000);
});

test('after a failure, after a night, and after the clock was set back, it is asked as at first', () => {
  const due = (watched: Watched, at: number) => watched.rhythm.isDue(at, EVERY_MS);
  const [rested, failed, slept] = [0, 1, 2].map(() => {
    const watched = new Watched(writes(30_000));
    watched.ask(60, [1]);
    return watched;
  }) as [Watched, Watched, Watched];
  const [last = 0] = rested.asked.slice(-1);
  expect(due(rested, last + EVERY_MS)).toBe(false);
  expect(due(rested, START)).toBe(true);
  failed.rhythm.startOver(last);
  expect(due(failed, last + EVERY_MS)).toBe(true);
  const morning = last + 8 * 3_600_000;
  slept.rhythm.answered(morning, morning, true);
  expect(due(slept, morning + EVERY_MS)).toBe(true);
});

/** Turns up to a little earlier than asked for each time, as a lane's are. */
function turns(count: number, everyMs: number, spread: readonly number[]): number[] {
  let at = START;
  return Array.from({ length: count }, (_, index) => {
    at += everyMs * (0.97 + 0.03 * (spread[index % spread.length] ?? 0));
    return at;
  });
}

/** An exporter that collects each 30 s of a clock, and writes which time that was. */
function startWriting({ now }: Clock) {
  return startExporter((request, response) =>
    metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 90, DCGM_FI_DEV_FB_USED: usedAt(now()) }))(
      request,
      response,
    ),
  );
}

/** MiB. */
function usedAt(at: number): number {
  return Math.floor(at / 30_000) % 1000;
}

function look(connection: Connection, eager = false) {
  return connection.observe({
    what: new Set(['telemetry']),
    everyMs: EVERY_MS,
    wanted: [],
    eager,
    signal: AbortSignal.timeout(15_000),
  });
}

test('what stood until its exporter wrote at its time is told as of then, too', async () => {
  let now = START;
  const clock = { ...systemClock, now: () => now };
  const exporter = await startWriting(clock);
  const connection = await openExporters({ endpoints: [exporter.address] }, bareMachine({ clock }));
  const used = (at: number) => usedAt(at) * 1024 * 1024;
  try {
    let twice = 0;
    for (let time = 0; time < 60; time += 1) {
      const { samples = [], nextAt } = await look(connection);
      expect(samples.at(-1)).toMatchObject({ at: now, memoryUsed: used(now) });
      if (samples.length === 2) {
        twice += 1;
        const [before] = samples as [Sample];
        expect(before.memoryUsed).toBe(used(now - 30_000));
        expect(before.at).toSatisfy(Number.isInteger);
        expect(used(before.at)).toBe(before.memoryUsed);
        expect(now - before.at).toBeLessThanOrEqual(seenWithin(30_000) + 500);
      }
      if (time < 59) now = Math.max(now + 1, Math.ceil(nextAt?.to ?? 0));
    }
    expect(twice).toBeGreaterThan(20);
    // Where something may be amiss each is asked, whether or not it can have written anew.
    const asked = exporter.asked.length;
    now += 1000;
    expect((await look(connection)).samples).toEqual([]);
    expect((await look(connection, true)).samples).toHaveLength(1);
    expect(exporter.asked.length - asked).toBe(1);
    // The doctor counts each GPU once, and who asks next is told all the same.
    now = Math.ceil(now / 30_000) * 30_000;
    const checks = await connection.diagnose(AbortSignal.timeout(15_000));
    expect(checks[1]?.message).toContain('1 GPU');
    now += EVERY_MS;
    expect((await look(connection)).samples).toEqual([
      expect.objectContaining({ at: now, memoryUsed: used(now) }),
    ]);
  } finally {
    await connection.close?.();
    await exporter.close();
  }
});

test('the doctor tells of exporters that read their GPUs seldom, once that is known', async () => {
  let now = START;
  const clock = { ...systemClock, now: () => now };
  const [seldom, often] = await Promise.all([
    startWriting(clock),
    startExporter((request, response) =>
      metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: Math.floor(now / EVERY_MS) % 100 }))(request, response),
    ),
  ]);
  const endpoints = [seldom.address, often.address];
  const connection = await openExporters({ endpoints }, bareMachine({ clock }));
  const pace = async () => {
    const checks = await connection.diagnose(AbortSignal.timeout(15_000));
    expect(checks.every(({ ok }) => ok)).toBe(true);
    return checks.flatMap(({ message }) => (message.includes('seen as much later') ? message : []));
  };
  try {
    expect(await pace()).toEqual([]);
    for (const until = START + 300_000; now < until; now += EVERY_MS) await look(connection);
    const [message, ...others] = await pace();
    expect(message).toMatch(/^1 exporter reads its GPUs about every (29|30|31) s only/);
    expect(message).toContain('--collect-interval 5000');
    expect(others).toEqual([]);
  } finally {
    await connection.close?.();
    await Promise.all([seldom.close(), often.close()]);
  }
});

test('one that writes more often than it is asked is asked as often as was said', () => {
  for (const seconds of [1, 3, 5]) {
    const watched = new Watched(writes(seconds * 1000, 300, [0.5, -0.2]));
    watched.ask(300, [0, 0.4]);
    const gaps = watched.asked.slice(1).map((at, index) => at - (watched.asked[index] ?? at));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.9 * EVERY_MS);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(EVERY_MS);
  }
});

test.each<[string, Parameters<typeof startExporter>[0]]>([
  ['fails', status(404)],
  ['makes no sense in part', metrics(`${gpu({ DCGM_FI_DEV_GPU_UTIL: 90 })}DCGM_FI_DEV_FB_USED{\n`)],
])(
  'while those that are well are not due, another one that %s is said each time',
  async (_, answer) => {
    let now = START;
    const clock = { ...systemClock, now: () => now };
    const good = await startWriting(clock);
    const bad = await startExporter(answer);
    const connection = await openExporters(
      { endpoints: [good.address, bad.address] },
      bareMachine({ clock }),
    );
    try {
      for (const at of turns(60, EVERY_MS, [0.5])) {
        now = at;
        const { samples, partial } = await look(connection);
        expect(samples?.length).toBeLessThanOrEqual(3);
        expect(partial?.map(({ message }) => message)).toEqual([
          expect.stringContaining(bad.address),
        ]);
      }
      expect(bad.asked).toHaveLength(60);
      expect(good.asked.length).toBeLessThan(40);
      // The doctor asks all.
      await connection.diagnose(AbortSignal.timeout(15_000));
      expect(bad.asked).toHaveLength(61);
    } finally {
      await connection.close?.();
      await Promise.all([good.close(), bad.close()]);
    }
  },
);
