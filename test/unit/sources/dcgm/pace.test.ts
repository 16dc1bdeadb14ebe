import { acceleratedClock, type Clock } from '@burnrate/shared/model/time.ts';
import { endpointsOf } from '@burnrate/shared/sources/dcgm/endpoint.ts';
import { phasesOf } from '@burnrate/shared/sources/dcgm/pace.ts';
import type { Connection, ObserveRequest } from '@burnrate/shared/sources/source.ts';
import { afterEach, expect, test, vi } from 'vitest';
import { bareMachine } from '../bare.ts';
import { type Exporter, gpu, metrics, openExporters, startExporter } from './exporter.ts';

const SECOND = 1000;
/** In which the turns of a round of 4 s come. */
const STEPS = 20;
/** Exporters that are read at the same time. */
const AT_ONCE = 32;
const undo: (() => Promise<void> | undefined)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

/** A clock that stands still until it is told to go on. */
class StoppedClock implements Clock {
  readonly speed = 1;
  #now = 1_800_000_000_000;
  readonly #tasks = new Set<{ due: number; task: () => void }>();
  readonly now = () => this.#now;

  readonly after = (delayMs: number, task: () => void) => {
    const entry = { due: this.#now + delayMs, task };
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  };

  get waiting(): number {
    return this.#tasks.size;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const entry of this.#tasks) {
      if (entry.due <= this.#now && this.#tasks.delete(entry)) entry.task();
    }
  }

  /** Sets it, as a person or NTP does: what waits is not woken. */
  step(ms: number): void {
    this.#now += ms;
    for (const entry of this.#tasks) entry.due += ms;
  }
}

/** So many exporters, and an account that reads them by this clock. */
async function fleet(count: number, clock: Clock) {
  const exporter: Exporter = await startExporter(metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 10 })));
  undo.push(() => exporter.close());
  const endpoints = Array.from({ length: count }, (_, id) => `http://${exporter.address}/${id}`);
  const settings = { endpoints, timeoutSeconds: 6 };
  const connection = await openExporters(settings, bareMachine({ clock }));
  undo.push(() => connection.close?.());
  return { exporter, connection, count };
}

function look(connection: Connection, request: Partial<ObserveRequest>) {
  return connection.observe({
    what: new Set(['telemetry'] as const),
    wanted: [],
    signal: AbortSignal.timeout(60_000),
    ...request,
  });
}

/** Lets time pass in steps until it is read; how many were asked by the end of each. */
async function asked(
  { exporter, connection, count }: Awaited<ReturnType<typeof fleet>>,
  clock: StoppedClock,
  everyMs: number,
): Promise<{ counts: number[]; order: (string | undefined)[] }> {
  exporter.asked.splice(0);
  let isRead = false;
  const reading = look(connection, { everyMs }).finally(() => {
    isRead = true;
  });
  const counts: number[] = [];
  // Whoever can go on without time passing has done so: all that read wait, or nobody is left.
  const settled = () =>
    vi.waitUntil(
      () => {
        const left = count - exporter.asked.length;
        return isRead || (left > 0 && clock.waiting === Math.min(left, AT_ONCE));
      },
      { timeout: 60_000, interval: 5 },
    );
  await settled();
  while (!isRead) {
    counts.push(exporter.asked.length);
    clock.advance(everyMs / 25);
    await settled();
  }
  counts.push(exporter.asked.length);
  expect((await reading).partial).toBeUndefined();
  return { counts, order: exporter.asked.map(({ url }) => url) };
}

test('many exporters are asked evenly over the time until they are asked again, each at its own', async () => {
  const clock = new StoppedClock();
  const place = await fleet(160, clock);
  const first = await asked(place, clock, 5 * SECOND);
  expect(first.counts.at(-1)).toBe(160);
  // 4 s of the five, in steps of 200 ms.
  expect(first.counts).toEqual(Array.from({ length: STEPS }, (_, step) => 8 * (step + 1)));
  const ids = first.order.map((url) => Number(url?.slice(1)));
  // Neighbours in the list are not asked together, and each has the same turn the next time.
  expect(ids.slice(0, AT_ONCE)).not.toEqual(ids.slice(0, AT_ONCE).toSorted((a, b) => a - b));
  const second = await asked(place, clock, 5 * SECOND);
  for (const step of Array.from({ length: STEPS }).keys()) {
    const part = ({ order }: typeof first) => new Set(order.slice(step * 8, step * 8 + 8));
    expect(part(second)).toEqual(part(first));
  }
});

test('few exporters, and those that the doctor asks, are asked at once', async () => {
  const clock = new StoppedClock();
  const few = await fleet(64, clock);
  expect((await look(few.connection, { everyMs: 60 * SECOND })).partial).toBeUndefined();
  expect(few.exporter.asked).toHaveLength(64);
  const many = await fleet(65, clock);
  const checks = await many.connection.diagnose(AbortSignal.timeout(60_000));
  expect(checks[0]?.message).toBe('65 of 65 exporters answered');
});

test('a clock that is set back, and an account that is closed, end the wait', async () => {
  const clock = new StoppedClock();
  const { exporter, connection } = await fleet(100, clock);
  const reading = look(connection, { everyMs: SECOND });
  await expect.poll(() => clock.waiting, { timeout: 30_000 }).toBe(AT_ONCE);
  clock.step(-86_400_000);
  clock.advance(SECOND);
  expect((await reading).partial).toBeUndefined();
  expect(exporter.asked).toHaveLength(100);
  const closed = new AbortController();
  const given = look(connection, { everyMs: SECOND, signal: closed.signal });
  await expect.poll(() => clock.waiting, { timeout: 30_000 }).toBe(AT_ONCE);
  const began = performance.now();
  closed.abort(new Error('the account was closed'));
  await expect(given).rejects.toThrow('the account was closed');
  expect(clock.waiting).toBe(0);
  // At once: a reading that nobody ends is over after 11 s.
  expect(performance.now() - began).toBeLessThan(8 * SECOND);
});

test('an account that was closed before asks nobody, and none leaves a timer behind', async () => {
  const { exporter, connection } = await fleet(3, new StoppedClock());
  const timers = () => process.getActiveResourcesInfo().filter((of) => of === 'Timeout').length;
  const before = timers();
  const reason = new Error('the account was closed');
  const given = look(connection, { everyMs: SECOND, signal: AbortSignal.abort(reason) });
  await expect(given).rejects.toThrow(reason.message);
  const [check] = await connection.diagnose(AbortSignal.abort(reason));
  expect(check).toMatchObject({ capability: 'connect', ok: false });
  expect(exporter.asked).toHaveLength(0);
  await look(connection, { everyMs: SECOND, signal: new AbortController().signal });
  expect(timers()).toBeLessThanOrEqual(before);
});

test('in a world that runs faster the round is as much shorter', async () => {
  const clock = acceleratedClock(1_800_000_000_000, Date.now(), 600);
  const { connection } = await fleet(100, clock);
  const from = clock.now();
  const { samples } = await look(connection, { everyMs: 300 * SECOND });
  expect(samples).toHaveLength(100);
  expect(clock.now() - from).toBeGreaterThan(200 * SECOND);
});

test('turns are apart by the same time, whatever the names are', () => {
  const endpoints = endpointsOf(Array.from({ length: 250 }, (_, id) => `gpu-${id}:9400`));
  const phases = [...phasesOf(endpoints).values()].toSorted((a, b) => a - b);
  expect(phases).toEqual(Array.from({ length: 250 }, (_, rank) => rank / 250));
  expect([...phasesOf(endpoints.toReversed())]).toEqual([...phasesOf(endpoints)]);
});
