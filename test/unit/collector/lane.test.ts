import {
  type Answer,
  Lane,
  type LaneOptions,
  pauseAfter,
} from '@burnrate/shared/collector/lane.ts';
import { Timetable } from '@burnrate/shared/collector/timetable.ts';
import type { FailureKind } from '@burnrate/shared/model/account.ts';
import { type Clock, DAY, HOUR, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import { type Observation, SourceError } from '@burnrate/shared/sources/source.ts';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { START } from '../metering/given.ts';

beforeEach(() => vi.useFakeTimers({ now: START }));
afterEach(() => vi.useRealTimers());

const clock: Clock = {
  now: () => Date.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  speed: 1,
};

/** A lane of one account that is asked each minute, and what it told. */
function laneOver(observe: () => Promise<Observation>, changes: Partial<LaneOptions> = {}) {
  const answers: Answer[] = [];
  const asked: number[] = [];
  const lane = new Lane({
    account: 'aws:dev',
    connection: {
      observe: () => {
        asked.push(Date.now() - START);
        return observe();
      },
      diagnose: async () => [],
    },
    observables: ['nodes', 'jobs'],
    cadence: { everyMs: MINUTE, deadlineMs: 5 * SECOND, costMicros: 10_000 },
    clock,
    timetable: new Timetable(clock),
    wanted: () => [],
    maySpend: () => true,
    onAnswer: (answer) => answers.push(answer),
    ...changes,
  });
  lane.ask();
  return { lane, answers, asked };
}

const well = async (): Promise<Observation> => ({ at: Date.now() });

function failing(kind: FailureKind, retryAfterMs?: number) {
  return async (): Promise<Observation> => {
    throw new SourceError(kind, {
      account: 'aws:dev',
      message: `it was ${kind}`,
      remedy: 'mend it',
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  };
}

test('it asks when it is due, and says what each question cost', async () => {
  const { lane, answers, asked } = laneOver(well);
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  expect(asked.length).toBeGreaterThanOrEqual(5);
  expect(asked.length).toBeLessThanOrEqual(6);
  expect(answers.every(({ costMicros, failure }) => costMicros === 10_000 && !failure)).toBe(true);
  lane.close();
  await vi.advanceTimersByTimeAsync(HOUR);
  expect(asked.length).toBe(answers.length);
});

test('a reading that says what it has cost is believed', async () => {
  const { answers } = laneOver(async () => ({ at: Date.now(), costMicros: 370 }));
  await vi.advanceTimersByTimeAsync(SECOND);
  expect(answers.map(({ costMicros }) => costMicros)).toEqual([370]);
});

test.each(['not-configured', 'denied', 'throttled', 'unreachable', 'malformed'] as const)(
  'a failure that is %s is told as such, and asked again less and less often',
  async (kind) => {
    const { answers, asked } = laneOver(failing(kind));
    await vi.advanceTimersByTimeAsync(DAY);
    expect(answers[0]?.failure).toMatchObject({
      kind,
      message: `it was ${kind}`,
      remedy: 'mend it',
    });
    // Each minute at first, then up to every ten minutes.
    expect(asked[1]).toBeLessThanOrEqual(MINUTE);
    expect(asked.length).toBeGreaterThan(140);
    expect(asked.length).toBeLessThan(155);
  },
);

test('an error that no source meant to give is told as a defect, not thrown', async () => {
  const { answers } = laneOver(async () => {
    throw new TypeError("Cannot read properties of undefined (reading 'map')");
  });
  await vi.advanceTimersByTimeAsync(1);
  expect(answers[0]?.failure).toMatchObject({ kind: 'malformed', account: 'aws:dev' });
  expect(answers[0]?.failure?.message).toContain("reading 'map'");
});

test('what a provider asks for is kept, however long', async () => {
  const { asked } = laneOver(failing('throttled', 3 * HOUR));
  await vi.advanceTimersByTimeAsync(3 * HOUR - 1);
  expect(asked).toEqual([0]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual([0, 3 * HOUR]);
});

test('a question that hangs has failed at its deadline, and is not piled upon', async () => {
  const { promise, resolve } = Promise.withResolvers<Observation>();
  let hang = true;
  const { answers, asked } = laneOver(() => (hang ? promise : well()));
  await vi.advanceTimersByTimeAsync(5 * SECOND);
  expect(answers[0]?.failure).toMatchObject({
    kind: 'unreachable',
    message: 'no answer within 5 s',
  });
  await vi.advanceTimersByTimeAsync(HOUR);
  expect(asked).toEqual([0]);
  expect(answers.length).toBeGreaterThan(3);
  expect(answers.slice(1).every(({ costMicros }) => costMicros === 0)).toBe(true);
  hang = false;
  resolve({ at: START });
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(asked.length).toBeGreaterThan(1);
  expect(answers.at(-1)?.observation?.at).toBeGreaterThan(START);
});

test('a question while one is under way is asked once more after it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { lane, asked } = laneOver(async () => {
    await promise;
    return well();
  });
  for (let click = 0; click < 5; click += 1) lane.ask();
  expect(asked).toHaveLength(1);
  resolve();
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toHaveLength(2);
});

test('a question during which the clock is set back a day does not put off the next one', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { asked, answers } = laneOver(async () => {
    await promise;
    return well();
  });
  vi.setSystemTime(START - DAY);
  resolve();
  await vi.advanceTimersByTimeAsync(3 * MINUTE);
  expect(answers.every(({ failure }) => failure === undefined)).toBe(true);
  expect(asked.length).toBeGreaterThan(2);
});

test('a source that knows when there is something new is asked then, while nothing is amiss', async () => {
  let isAmiss = false;
  const eager: (boolean | undefined)[] = [];
  const at: number[] = [];
  const { lane } = laneOver(well, {
    hasSuspect: () => isAmiss,
    connection: {
      observe: async (request) => {
        const now = Date.now();
        at.push(now - START);
        eager.push(request.eager);
        return { at: now, nextAt: { from: now + 4.9 * MINUTE, to: now + 5 * MINUTE } };
      },
      diagnose: async () => [],
    },
  });
  await vi.advanceTimersByTimeAsync(14 * MINUTE);
  expect(at.map((one) => Math.round(one / MINUTE))).toEqual([0, 5, 10]);
  // By its cadence it would have been asked long ago.
  isAmiss = true;
  lane.hasten();
  await vi.advanceTimersByTimeAsync(SECOND);
  expect(at.slice(3)).toEqual([14 * MINUTE]);
  expect(eager).toEqual([false, false, false, true]);
  lane.hasten();
  await vi.advanceTimersByTimeAsync(3 * MINUTE);
  expect(at.length).toBeGreaterThanOrEqual(6);
});

test('an answer that came later than its source foretold is followed by the next question at once', async () => {
  const { asked } = laneOver(async () => {
    const at = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 4 * SECOND));
    return { at, nextAt: { from: at + SECOND, to: at + 2 * SECOND } };
  });
  await vi.advanceTimersByTimeAsync(9 * SECOND);
  expect(asked.map((at) => Math.round(at / SECOND))).toEqual([0, 4, 8]);
});

test('what was foretold before the clock was set back a day does not put off the next question', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { asked } = laneOver(async () => {
    const at = Date.now();
    await promise;
    return { at, nextAt: { from: at, to: at + MINUTE } };
  });
  vi.setSystemTime(START - DAY);
  resolve();
  await vi.advanceTimersByTimeAsync(3 * MINUTE);
  expect(asked.length).toBeGreaterThan(2);
});

test.each([
  ['free', 0, undefined, 2],
  ['paid for', 1, undefined, 1],
  ['paid for, but had nothing to ask,', 1, 0, 2],
  ['mostly free, but was paid for,', 0, 1, 1],
])(
  'a question that is %s may come a little sooner, where something else is due',
  async (_, costMicros, taken, times) => {
    const timetable = new Timetable(clock);
    const cadence = { everyMs: MINUTE, deadlineMs: 5 * SECOND, costMicros };
    const answer = async () => ({
      ...(await well()),
      ...(taken !== undefined && { costMicros: taken }),
    });
    const { asked } = laneOver(answer, { timetable, cadence });
    await vi.advanceTimersByTimeAsync(0);
    timetable.after(55 * SECOND, () => {});
    await vi.advanceTimersByTimeAsync(55 * SECOND);
    expect(asked).toHaveLength(times);
  },
);

test('beyond the daily ceiling nothing is asked, and nothing told to have failed', async () => {
  const { answers, asked } = laneOver(well, { maySpend: () => Date.now() >= START + 2 * HOUR });
  await vi.advanceTimersByTimeAsync(HOUR);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(HOUR);
  expect(asked).toEqual([2 * HOUR]);
  expect(answers[0]?.failure).toBeUndefined();
});

test('the pause after a question grows with failures, within bounds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: DAY }),
      fc.integer({ min: 0, max: 10_000 }),
      fc.integer({ min: 0, max: DAY }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (everyMs, failures, retryAfterMs, random) => {
        const pause = pauseAfter(everyMs, failures, retryAfterMs, random);
        expect(pause).toBeGreaterThanOrEqual(Math.max(retryAfterMs, everyMs * 0.96));
        expect(pause).toBeLessThanOrEqual(Math.max(retryAfterMs, everyMs, 10 * MINUTE));
        expect(pauseAfter(everyMs, failures + 1, retryAfterMs, random)).toBeGreaterThanOrEqual(
          pause,
        );
      },
    ),
  );
});
