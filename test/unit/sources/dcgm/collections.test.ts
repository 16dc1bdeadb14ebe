import { MINUTE, SECOND, systemClock } from '@burnrate/shared/model/time.ts';
import { Collections } from '@burnrate/shared/sources/dcgm/collections.ts';
import { dcgm } from '@burnrate/shared/sources/dcgm/index.ts';
import type { Observation, SourceError } from '@burnrate/shared/sources/source.ts';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { gpu, metrics, startExporter, status } from './exporter.ts';

const EVERY = 5 * SECOND;
const endpoint = { url: 'http://gpu01:9400/metrics', name: 'gpu01:9400', host: 'gpu01' };

/** What an exporter has read at its `turn`th collection. */
const collected = (turn: number) => ({
  samples: [{ at: 0, node: 'gpu01', gpu: 'GPU-0', power: 300 + ((turn * 7919) % 101) / 10 }],
  progress: [],
  traffic: [],
});

interface Watch {
  asked: number;
  polls: number;
  /** From each collection to the first answer that has it. */
  lags: number[];
}

/** Polls an exporter that collects at `paceMs` as a lane does, for an hour of its time. */
function watch(paceMs: number, jitters: readonly number[], answerAt?: (now: number) => number) {
  const collections = new Collections();
  const seen: Watch = { asked: 0, polls: 0, lags: [] };
  let last = -1;
  for (
    let now = 0;
    now < 60 * MINUTE;
    now += EVERY * (0.97 + 0.03 * (jitters[seen.polls % jitters.length] ?? 0))
  ) {
    seen.polls += 1;
    if (!collections.isDue(endpoint, now, EVERY)) continue;
    seen.asked += 1;
    const turn = answerAt ? answerAt(now) : Math.floor(now / paceMs);
    collections.heard(endpoint, collected(turn), now, EVERY);
    if (turn !== last) seen.lags.push(now - turn * paceMs);
    last = turn;
  }
  return seen;
}

const spread = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  minLength: 50,
  maxLength: 200,
});

test('no collection is seen later than if its exporter were asked each time', () => {
  fc.assert(
    fc.property(fc.double({ min: 3, max: 24, noNaN: true }), spread, (seconds, jitters) => {
      const { lags } = watch(seconds * SECOND, jitters);
      expect(Math.max(...lags)).toBeLessThanOrEqual(Math.max(EVERY, seconds * SECOND) + EVERY);
      expect(lags.filter((lag) => lag > EVERY).length / lags.length).toBeLessThan(0.02);
    }),
    { numRuns: 60 },
  );
});

test('an exporter at its own default of 30 s is asked less than half as often, each collection is seen', () => {
  fc.assert(
    fc.property(spread, (jitters) => {
      const { asked, polls, lags } = watch(30 * SECOND, jitters);
      expect(asked).toBeLessThan(polls * 0.5);
      expect(lags.length).toBeGreaterThanOrEqual(119);
      expect(Math.max(...lags)).toBeLessThanOrEqual(EVERY);
    }),
    { numRuns: 60 },
  );
});

test('a collection is told once, and what stands still is told again before it is too old', () => {
  const collections = new Collections();
  const told: number[] = [];
  const until = 10 * MINUTE;
  for (let now = 0; now < 30 * MINUTE; now += EVERY) {
    if (!collections.isDue(endpoint, now, EVERY)) continue;
    const turn = Math.floor(Math.min(now, until) / (30 * SECOND));
    if (collections.heard(endpoint, collected(turn), now, EVERY)) told.push(now);
  }
  const gaps = told.slice(1).map((at, index) => at - (told[index] ?? 0));
  const paced = told.findIndex((at) => at >= 3 * MINUTE);
  const ended = told.findIndex((at) => at >= until);
  expect(new Set(gaps.slice(paced, ended - 1))).toEqual(new Set([30 * SECOND]));
  expect(Math.max(...gaps)).toBe(40 * SECOND);
});

test('one that collects as often as it is asked, or stands still, is asked each time', () => {
  const often = watch(4 * SECOND, [0.5]);
  expect(often.asked).toBe(often.polls);
  const still = watch(MINUTE, [0.5], () => 0);
  expect(still.asked).toBe(still.polls);
});

test('readings that change now and then have no pace', () => {
  const changes = [40, 47, 130, 139, 300, 322, 420, 900, 931, 1500].map((at) => at * SECOND);
  const now = watch(MINUTE, [0.5], (at) => changes.filter((change) => change <= at).length);
  expect(now.asked).toBe(now.polls);
});

test('a pace that becomes quicker is noticed within two minutes', () => {
  const switched = 20 * MINUTE + 3 * SECOND;
  const turnAt = (at: number) =>
    at < switched ? Math.floor(at / (25 * SECOND)) : 1000 + Math.floor(at / EVERY);
  const collections = new Collections();
  let late = 0;
  for (let now = 0; now < 60 * MINUTE; now += EVERY) {
    if (!collections.isDue(endpoint, now, EVERY)) {
      if (now > switched + 2 * MINUTE) late += 1;
      continue;
    }
    collections.heard(endpoint, collected(turnAt(now)), now, EVERY);
  }
  expect(late).toBe(0);
});

test('over HTTP: what tells nothing new is not fetched, and one that fails does not speak for all', async () => {
  let now = 1_700_000_010_000;
  const clock = { ...systemClock, now: () => now };
  const pace = 30 * SECOND;
  const write = () => gpu({ DCGM_FI_DEV_POWER_USAGE: 200 + (Math.floor(now / pace) % 97) });
  const [a, b] = await Promise.all([
    startExporter((request, response) => metrics(write())(request, response)),
    startExporter((request, response) => metrics(write())(request, response)),
  ]);
  const settings = dcgm.settings.parse({ endpoints: [a.address, b.address] });
  const surroundings = bareMachine({ clock });
  const [account] = (await dcgm.discover(surroundings, settings)).accounts;
  if (!account) throw new Error('no account');
  const connection = dcgm.open(account, surroundings, settings);
  onTestFinished(async () => {
    await connection.close?.();
    await Promise.all([a.close(), b.close()]);
  });
  const look = (): Promise<Observation> =>
    connection.observe({
      what: new Set(['telemetry']),
      wanted: [],
      stopped: new Set(),
      everyMs: EVERY,
      signal: AbortSignal.timeout(15_000),
    });
  const answers: Observation[] = [];
  for (let poll = 0; poll < 108; poll += 1, now += EVERY) answers.push(await look());
  expect(a.asked.length).toBeLessThan(108 * 0.55);
  const powers = answers.flatMap(({ samples = [] }) => samples.map(({ power }) => power));
  expect(new Set(powers).size).toBe(18);
  expect(answers.some((answer) => !answer.samples && !answer.progress)).toBe(true);

  const checks = await connection.diagnose(AbortSignal.timeout(15_000));
  expect(checks.map(({ message }) => message).join('\n')).toMatch(
    /collects each (25|30) s: .*--collect-interval 5000/,
  );

  // The first is gone; the second, not due now and then, is not said to be.
  a.on(status(500));
  const after: (Observation | SourceError)[] = [];
  for (let poll = 0; poll < 12; poll += 1, now += EVERY)
    after.push(await look().catch((error: SourceError) => error));
  expect(after.filter((one) => one instanceof Error)).toEqual([]);
  expect(after.every((one) => 'partial' in one && one.partial?.length === 1)).toBe(true);
});
