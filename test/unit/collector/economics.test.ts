import { Economics } from '@burnrate/shared/collector/economics.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { Progress } from '@burnrate/shared/model/progress.ts';
import type { Stop } from '@burnrate/shared/model/stop.ts';
import { DAY, HOUR, MINUTE, SECOND, startOfLocalDay } from '@burnrate/shared/model/time.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import { expect, test } from 'vitest';
import { jobView } from '../alerts/scene.ts';
import { chargeOf, NOON, Place } from '../store/place.ts';

const job = jobView({
  startedAt: NOON,
  rate: { micros: 36e6, provenance: 'list', uncertain: false, unpriced: 0 },
});

function tokens(at: number, value: number): Progress {
  return {
    at,
    counter: 'tokens',
    series: 'a',
    value,
    fromZero: true,
    since: NOON,
    of: { job: job.name },
  };
}

/** A collector's ticks over some minutes: a million tokens a minute, read each 15 s. */
function watch(economics: Economics, store: Store, from: number, to: number, alerts: Alert[] = []) {
  for (let at = NOON + from * MINUTE; at < NOON + to * MINUTE; at += 15 * SECOND) {
    const progress = tokens(at, ((at - NOON) / MINUTE) * 1e6);
    store.tick(() => {
      economics.take([{ account: 'otlp:here', progress }], [job], () => undefined);
      economics.pass(at, [job]);
      if (at % MINUTE === 0) economics.store(at, [job], alerts);
    });
    if (at % MINUTE === 0) economics.kept(at, new Set([job.id]));
  }
}

function started(store: Store, minute: number): Economics {
  const economics = new Economics(store);
  economics.restore(NOON + minute * MINUTE);
  return economics;
}

const idle: Alert = {
  id: 'idle',
  rule: 'idle',
  subject: job.id,
  subjectKind: 'job',
  state: 'firing',
  severity: 'warning',
  title: '',
  detail: '',
  evidence: [],
  microsPerHour: 36e6,
  microsWasted: 0,
  since: NOON + 10 * MINUTE,
  firedAt: NOON + 11 * MINUTE,
  acknowledged: false,
};

test('a collector that is killed goes on where it was: no token and no minute is lost or counted twice', () => {
  using place = new Place();
  const first = place.open().store;
  watch(started(first, 0), first, 0, 20, [idle]);
  first.close();
  const second = place.open().store;
  const economics = started(second, 21);
  watch(economics, second, 21, 40, [idle]);
  const now = NOON + 39 * MINUTE + 45 * SECOND;
  const { units, waste } = economics.viewOf(job.id, now);
  // What came after the last minute that was kept is told by the next reading.
  expect(units?.[0]?.total).toBeCloseTo(39.75e6, 0);
  expect(units?.[0]?.micros).toBe(0.6e6);
  expect(waste).toEqual({ idle: 29 * 0.6e6, stalled: 0, waiting: 0 });
  const kept = second.wasteSums({ from: 0, to: now + DAY }).get(job.id);
  expect(kept).toEqual(waste);
});

test('a tick that could not be kept is kept by the next one', () => {
  using place = new Place();
  const { store } = place.open();
  const economics = started(store, 0);
  watch(economics, store, 0, 5);
  const at = NOON + 6 * MINUTE;
  const progress = tokens(at, 6e6);
  economics.take([{ account: 'otlp:here', progress }], [job], () => undefined);
  const full = () => {
    throw new Error('the disk is full');
  };
  expect(() =>
    store.tick(() => {
      economics.store(at, [job], [idle]);
      full();
    }),
  ).toThrow('full');
  store.tick(() => economics.store(at, [job], [idle]));
  const counted = store.progress({ from: 0, to: at + HOUR }, job.id);
  expect(counted.reduce((sum, { amount }) => sum + amount, 0)).toBeCloseTo(6e6, 0);
});

test('a week is what was spent, what of it was wasted and by whom, and what stops saved', () => {
  using place = new Place();
  const { store } = place.open();
  const economics = started(store, 0);
  const week = { from: startOfLocalDay(NOON), to: startOfLocalDay(NOON) + 7 * DAY };
  store.saveJobs([job], NOON);
  store.writeCharges('node', { from: NOON, to: NOON + HOUR }, [
    chargeOf(NOON, NOON + HOUR, 36e6, { jobId: job.id, nodeId: 'node' }),
  ]);
  watch(economics, store, 0, 30, [idle]);
  const stop = { id: 'stop', jobId: job.id } as Stop;
  economics.storeSavings(NOON, [stop], () => 5e6);
  economics.storeSavings(NOON + HOUR, [stop], () => 9e6);
  economics.storeSavings(NOON + DAY, [stop], () => 0);
  expect(economics.week(week)).toEqual({
    spent: 36e6,
    wasted: 19 * 0.6e6,
    saved: 9e6,
    worst: [{ name: job.name, micros: 19 * 0.6e6 }],
  });
});
