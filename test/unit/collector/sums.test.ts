import { Sums } from '@burnrate/shared/collector/sums.ts';
import { DAY, HOUR, MINUTE, startOfLocalDay } from '@burnrate/shared/model/time.ts';
import { afterEach, expect, test, vi } from 'vitest';
import { chargeOf, JOB, MIDNIGHT, NODE, Place } from '../store/place.ts';

afterEach(() => vi.unstubAllEnvs());

/** The job holds the node in the first half of each hour, nobody in the second. */
const halves = (from: number, hours: number) =>
  Array.from({ length: hours }, (_, hour) => from + hour * HOUR).flatMap((at) => [
    chargeOf(at, at + 30 * MINUTE, 1_000),
    chargeOf(at + 30 * MINUTE, at + HOUR, 10, { jobId: 'idle' }),
    chargeOf(at, at + HOUR, 4, { jobId: 'slurm:lab:2' }),
  ]);

/** What is mine today: this job, and the idle time of the node. */
const mine = (sums: Sums) =>
  sums.mineToday(
    (id) => id === JOB,
    (id) => id === NODE,
  );

test('today is the local day, also where it begins at half past an hour', () => {
  vi.stubEnv('TZ', 'Asia/Kolkata');
  using place = new Place();
  const { store } = place.open();
  store.writeCharges(NODE, { from: MIDNIGHT, to: MIDNIGHT + DAY }, halves(MIDNIGHT, 24));
  const now = MIDNIGHT + 21 * HOUR;
  const day = startOfLocalDay(now);
  expect(day).toBe(MIDNIGHT + 18 * HOUR + 30 * MINUTE);
  const sums = new Sums(store);
  sums.refresh(now, undefined);
  // Two first halves, three second halves; of the other job two hours and a half.
  expect(sums.today(JOB).micros).toBe(2_000);
  expect(mine(sums).micros).toBe(2_000 + 30);
  expect(sums.today('slurm:lab:2').micros).toBe(10);
  expect(sums.total(JOB).micros).toBe(21_000);
});

test('what is redone in the past is read anew, hours and days back', () => {
  using place = new Place();
  const { store } = place.open();
  const start = startOfLocalDay(MIDNIGHT + 12 * HOUR) - DAY;
  store.writeCharges(NODE, { from: start, to: start + 2 * DAY }, halves(start, 36));
  const now = start + 36 * HOUR;
  const sums = new Sums(store);
  sums.refresh(now, undefined);
  expect(sums.total(JOB).micros).toBe(36_000);
  expect(mine(sums).micros).toBe(12 * 1_010);

  const hour = start + DAY + 3 * HOUR;
  store.writeCharges(NODE, { from: hour, to: hour + HOUR }, []);
  sums.refresh(now + MINUTE, hour);
  expect(mine(sums).micros).toBe(11 * 1_010);
  store.writeCharges(NODE, { from: start, to: start + HOUR }, []);
  sums.refresh(now + 2 * MINUTE, start);
  expect(sums.total(JOB).micros).toBe(34_000);
  expect(mine(sums).micros).toBe(11 * 1_010);

  sums.refresh(now + DAY, undefined);
  expect(mine(sums).micros).toBe(0);
  expect(sums.total(JOB).micros).toBe(34_000);
});
