import { DAY, HOUR, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import { planFor } from '@burnrate/shared/notifications/plan.ts';
import { isQuiet } from '@burnrate/shared/notifications/quiet.ts';
import { afterEach, expect, test, vi } from 'vitest';
import { alertAt, channel } from './given.ts';

const START = Date.UTC(2026, 10, 20, 12);
const many = (count: number, apartMs: number, from = START) =>
  Array.from({ length: count }, (_, index) =>
    alertAt(from + index * apartMs, { subject: `job:${index}` }),
  );

afterEach(() => vi.unstubAllEnvs());

test('an alert waits ten seconds for others, and is then told alone', () => {
  const alerts = [alertAt(START)];
  expect(planFor(channel({}), alerts, START + 9_999)).toEqual({ againAt: START + 10_000 });
  expect(planFor(channel({}), alerts, START + 10_000).message).toEqual({
    event: 'firing',
    digest: false,
    alerts,
  });
});

test('five at once are told one by one, six in one digest', () => {
  const five = planFor(channel({}), many(5, 1000), START + MINUTE).message;
  expect(five).toMatchObject({ digest: false, alerts: [{ subject: 'job:0' }] });
  const six = planFor(channel({}), many(6, 1000), START + MINUTE).message;
  expect(six?.digest).toBe(true);
  expect(six?.alerts).toHaveLength(6);
});

test('a storm that grows is waited for, but not for longer than forty seconds', () => {
  const alerts = many(100, SECOND);
  for (let at = START; at < START + 40_000; at += SECOND) {
    const sofar = alerts.filter(({ firedAt = 0 }) => firedAt <= at);
    // The first five are no storm yet.
    expect(planFor(channel({}), sofar, at).message).toBeUndefined();
  }
  expect(planFor(channel({}), alerts.slice(0, 41), START + 40_000).message?.alerts).toHaveLength(
    41,
  );
});

test('what is acknowledged, snoozed, mild, told or a day old is not told', () => {
  const now = START + MINUTE;
  for (const changes of [
    { acknowledged: true },
    { snoozedUntil: now + 1 },
    { severity: 'info' as const },
    { state: 'pending' as const },
    { delivered: { team: 'firing' as const } },
    { firedAt: now - DAY },
  ])
    expect(planFor(channel({}), [alertAt(START, changes)], now)).toEqual({});
  const other = alertAt(START, { delivered: { pager: 'firing' } });
  expect(planFor(channel({}), [other], now).message?.alerts).toEqual([other]);
});

test('the end is told to whom the beginning was told, once, where that is wanted', () => {
  const over = alertAt(START, { state: 'resolved', resolvedAt: START + MINUTE });
  const now = START + 2 * MINUTE;
  expect(planFor(channel({}), [over], now)).toEqual({});
  const told = { ...over, delivered: { team: 'firing' as const } };
  expect(planFor(channel({}), [told], now).message).toMatchObject({ event: 'resolved' });
  expect(planFor(channel({ resolved: false }), [told], now)).toEqual({});
  const twice = { ...over, delivered: { team: 'resolved' as const } };
  expect(planFor(channel({}), [twice], now)).toEqual({});
});

test('in quiet hours over midnight only what is critical is told; the rest at their end, if it lasts', () => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  const quiet = channel({ quietHours: '22:00-07:00' });
  const night = new Date(2026, 10, 20, 23, 30).getTime();
  const lasting = alertAt(night, { subject: 'a' });
  const critical = alertAt(night, { subject: 'b', severity: 'critical' });
  const passing = alertAt(night, {
    subject: 'c',
    state: 'resolved',
    resolvedAt: night + MINUTE,
  });
  expect(planFor(quiet, [lasting, critical, passing], night + HOUR).message).toMatchObject({
    digest: false,
    alerts: [{ subject: 'b' }],
  });
  const after = [lasting, { ...critical, delivered: { team: 'firing' as const } }, passing];
  const sevenOClock = new Date(2026, 10, 21, 7).getTime();
  for (let at = night; at < sevenOClock; at += 10 * MINUTE)
    expect(planFor(quiet, after, at)).toEqual({});
  expect(planFor(quiet, after, sevenOClock).message).toEqual({
    event: 'firing',
    digest: true,
    silenced: true,
    alerts: [lasting],
  });
});

/** How many minutes of the 22 hours from a local noon on are quiet. */
function quietMinutes(hours: string, year: number, month: number, day: number): number {
  const noon = new Date(year, month, day, 12).getTime();
  const minutes = Array.from({ length: 22 * 60 }, (_, index) => noon + index * MINUTE);
  return minutes.filter((at) => isQuiet(hours, at)).length;
}

test('quiet hours go by the clock on the wall when that changes', () => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  expect(quietMinutes('22:00-07:00', 2026, 10, 20)).toBe(9 * 60);
  // Summer time begins on 29 March 2026, and ends on 25 October.
  expect(quietMinutes('22:00-07:00', 2026, 2, 28)).toBe(8 * 60);
  expect(quietMinutes('22:00-07:00', 2026, 9, 24)).toBe(10 * 60);
  // Between these times there is nothing in the night in which the clock is set forward.
  expect(quietMinutes('02:00-03:00', 2026, 2, 28)).toBe(0);
  expect(quietMinutes('02:00-03:00', 2026, 9, 24)).toBe(2 * 60);
});

test('quiet hours within a day, and none', () => {
  const at = (hour: number, minute: number) => new Date(2026, 10, 20, hour, minute).getTime();
  expect(isQuiet('12:00-13:30', at(12, 0))).toBe(true);
  expect(isQuiet('12:00-13:30', at(13, 29))).toBe(true);
  expect(isQuiet('12:00-13:30', at(13, 30))).toBe(false);
  expect(isQuiet('12:00-13:30', at(11, 59))).toBe(false);
  expect(isQuiet('08:00-08:00', at(8, 0))).toBe(false);
  expect(isQuiet(undefined, at(3, 0))).toBe(false);
});
