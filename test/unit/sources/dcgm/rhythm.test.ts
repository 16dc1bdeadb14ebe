import { systemClock } from '@burnrate/shared/model/time.ts';
import { dcgm } from '@burnrate/shared/sources/dcgm/index.ts';
import { Rhythm } from '@burnrate/shared/sources/dcgm/rhythm.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { gpu, metrics, startExporter, status } from './exporter.ts';

const START = Date.UTC(2026, 0, 5);
const EVERY_MS = 5_000;

/** An exporter that collects each `collectsMs`, and who asks it at these instants, where it is due. */
class Watched {
  readonly rhythm = new Rhythm();
  readonly asked: number[] = [];
  /** Of each collection that was seen, when it was. */
  readonly seen = new Map<number, number>();
  readonly #collection: (at: number) => number;

  constructor(collection: (at: number) => number) {
    this.#collection = collection;
  }

  turn(at: number, everyMs = EVERY_MS): void {
    if (!this.rhythm.isDue(at, everyMs)) return;
    this.asked.push(at);
    const collection = this.#collection(at);
    this.rhythm.answered(at, !this.seen.has(collection));
    if (!this.seen.has(collection)) this.seen.set(collection, at);
  }
}

/** Turns up to a little earlier than asked for each time, as a lane's are. */
function turns(count: number, everyMs: number, spread: readonly number[]): number[] {
  let at = START;
  return Array.from({ length: count }, (_, index) => {
    at += everyMs * (0.97 + 0.03 * (spread[index % spread.length] ?? 0));
    return at;
  });
}

test('of an exporter that keeps its rhythm, each collection is seen as soon as if it were asked each time', () => {
  fc.assert(
    fc.property(
      fc.noBias(
        fc.record({
          everyMs: fc.integer({ min: 1_000, max: 8_000 }),
          // Of one that is nearly in step with who asks, several gaps in a row may be too long.
          percent: fc.integer({ min: 100, max: 800 }),
          phase: fc.nat(120_000),
          spread: fc.array(fc.nat(100), { minLength: 50, maxLength: 50 }),
        }),
      ),
      ({ everyMs, percent, phase, spread }) => {
        const collectsMs = (everyMs * percent) / 100;
        const collection = (at: number) => Math.floor((at + phase) / collectsMs);
        const [ours, always] = [new Watched(collection), new Map<number, number>()];
        for (const at of turns(
          200,
          everyMs,
          spread.map((part) => part / 100),
        )) {
          ours.turn(at, everyMs);
          if (!always.has(collection(at))) always.set(collection(at), at);
        }
        expect(ours.seen).toEqual(always);
      },
    ),
    { numRuns: 500 },
  );
});

test('one that collects each 30 s, as dcgm-exporter does, is asked a third as often', () => {
  const watched = new Watched((at) => Math.floor((at + 7_000) / 30_000));
  for (const at of turns(500, EVERY_MS, [0.5])) watched.turn(at);
  expect(watched.asked.length).toBeLessThan(190);
});

test('nobody is left unasked for more than half a minute, however long nothing changes', () => {
  const watched = new Watched((at) => Math.floor(at / 600_000));
  for (const at of turns(2_000, EVERY_MS, [0.2, 0.9])) watched.turn(at);
  const gaps = watched.asked.map((at, index) => at - (watched.asked[index - 1] ?? at));
  expect(Math.max(...gaps)).toBeLessThan(32_000);
});

test('one that begins to write more often is soon asked as often', () => {
  let collectsMs = 30_000;
  const watched = new Watched((at) => Math.floor(at / collectsMs) + 1e9 / collectsMs);
  const all = turns(200, EVERY_MS, [0.5]);
  for (const at of all.slice(0, 100)) watched.turn(at);
  collectsMs = 1_000;
  for (const at of all.slice(100)) watched.turn(at);
  expect(watched.asked.filter((at) => at >= (all[115] ?? 0))).toHaveLength(85);
});

test('after a failure, and after the clock was set back, it is asked', () => {
  const watched = new Watched((at) => Math.floor(at / 30_000));
  const all = turns(60, EVERY_MS, [1]);
  for (const at of all) watched.turn(at);
  const [last = 0] = watched.asked.slice(-1);
  const soon = last + 1_000;
  expect(watched.rhythm.isDue(soon, EVERY_MS)).toBe(false);
  expect(watched.rhythm.isDue(START, EVERY_MS)).toBe(true);
  watched.rhythm.failed();
  expect(watched.rhythm.isDue(soon, EVERY_MS)).toBe(true);
});

test('while those that are well are not due, another one that fails is said for itself', async () => {
  let now = START;
  const clock = { ...systemClock, now: () => now };
  const good = await startExporter((request, response) => {
    const used = Math.floor(now / 30_000) % 1000;
    metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 90, DCGM_FI_DEV_FB_USED: used }))(request, response);
  });
  const bad = await startExporter(status(404));
  const settings = dcgm.settings.parse({ endpoints: [good.address, bad.address] });
  const surroundings = bareMachine({ clock });
  const [account] = (await dcgm.discover(surroundings, settings)).accounts;
  if (!account) throw new Error('no account');
  const connection = dcgm.open(account, surroundings, settings);
  try {
    for (const at of turns(60, EVERY_MS, [0.5])) {
      now = at;
      const { samples, partial } = await connection.observe({
        what: new Set(['telemetry']),
        everyMs: EVERY_MS,
        wanted: [],
        signal: AbortSignal.timeout(15_000),
      });
      expect(samples?.length).toBeLessThanOrEqual(1);
      expect(partial?.map(({ message }) => message)).toEqual([
        expect.stringContaining(bad.address),
      ]);
    }
    expect(bad.asked).toHaveLength(60);
    expect(good.asked.length).toBeLessThan(40);
    // The doctor asks all.
    const checks = await connection.diagnose(AbortSignal.timeout(15_000));
    expect(checks[0]?.message).toBe('1 of 2 exporters answered');
  } finally {
    await connection.close?.();
    await Promise.all([good.close(), bad.close()]);
  }
});
