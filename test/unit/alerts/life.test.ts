import { AlertBook, rulesFrom, wantsNotification } from '@burnrate/shared/alerts/index.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { StoredSample } from '@burnrate/shared/store/store.ts';
import { expect, test } from 'vitest';
import { jobView, readingsOf, sceneAt } from './scene.ts';

const job = jobView();

/** Runs the book over readings each 15 s and returns the alerts after each look. */
function live(readings: readonly StoredSample[], until: number, ended = Number.POSITIVE_INFINITY) {
  const book = new AlertBook(rulesFrom(defaultConfig));
  let alerts: Alert[] = [];
  const looks: { at: number; alerts: Alert[] }[] = [];
  for (let at = 0; at <= until; at += 15_000) {
    const jobs = at < ended ? [job] : [jobView({ state: 'ended', endedAt: ended - 10_000 })];
    alerts = book.step(sceneAt(at, jobs, readings), alerts);
    looks.push({ at, alerts });
  }
  return looks;
}

const everyQuarterMinute = (until: number) =>
  Array.from({ length: until / 15_000 + 1 }, (_, index) => index * 15_000);

test('a drop is pending first and fires within 60 s of it, whenever the drop falls between readings', () => {
  for (let offset = 1; offset <= 15_000; offset += 1000) {
    const drop = 300_000 + offset;
    const looks = live(
      readingsOf(job.id, everyQuarterMinute(600_000), (at) => (at < drop ? 0.92 : 0.18)),
      600_000,
    );
    const states = looks.flatMap((look) => look.alerts.map((alert) => alert.state));
    expect(states[0]).toBe('pending');
    const fired = looks.find((look) => look.alerts.some((alert) => alert.state === 'firing'));
    expect((fired?.at ?? Number.POSITIVE_INFINITY) - drop).toBeLessThanOrEqual(60_000);
  }
});

test('a dip of one reading leaves no trace', () => {
  const readings = readingsOf(job.id, everyQuarterMinute(600_000), (at) =>
    at === 300_000 ? 0 : 0.9,
  );
  const looks = live(readings, 600_000);
  expect(looks.flatMap((look) => look.alerts).filter((alert) => alert.state !== 'pending')).toEqual(
    [],
  );
  expect(looks.at(-1)?.alerts).toEqual([]);
});

test('the same trouble keeps its id, counts its waste, and is resolved when work goes on', () => {
  const readings = readingsOf(job.id, everyQuarterMinute(1_200_000), (at) =>
    at >= 300_000 && at < 900_000 ? 0.1 : 0.9,
  );
  const looks = live(readings, 1_200_000);
  const firing = looks.flatMap((look) => look.alerts).filter((alert) => alert.state === 'firing');
  expect(new Set(firing.map((alert) => alert.id)).size).toBe(1);
  expect(new Set(firing.map((alert) => alert.firedAt)).size).toBe(1);
  const atTen = looks.find((look) => look.at === 885_000)?.alerts[0];
  expect(atTen?.microsWasted).toBe(Math.floor((32_772_600 * 585_000) / 3_600_000));
  const resolved = looks
    .flatMap((look) => look.alerts)
    .filter((alert) => alert.state === 'resolved');
  expect(resolved).toHaveLength(1);
  expect(looks.at(-1)?.alerts).toEqual([]);
});

test('a job that ends resolves its alert at once', () => {
  const readings = readingsOf(job.id, everyQuarterMinute(600_000), (at) =>
    at < 300_000 ? 0.9 : 0.1,
  );
  const looks = live(readings, 600_000, 450_000);
  const alert = looks.find((look) => look.at === 450_000)?.alerts[0];
  // Nothing is wasted between the end of the job and the moment at which it is known.
  expect(alert).toMatchObject({
    state: 'resolved',
    resolvedAt: 440_000,
    microsWasted: Math.floor((32_772_600 * 140_000) / 3_600_000),
  });
});

test('an alert is spoken of once: not when claimed, snoozed, acknowledged or pending', () => {
  const readings = readingsOf(job.id, everyQuarterMinute(600_000), (at) =>
    at < 300_000 ? 0.9 : 0.1,
  );
  const alert = live(readings, 600_000).at(-1)?.alerts[0];
  if (!alert) throw new Error('no alert fired');
  expect(wantsNotification(alert, 600_000)).toBe(true);
  expect(wantsNotification({ ...alert, claimedBy: 'vscode' }, 600_000)).toBe(false);
  expect(wantsNotification({ ...alert, acknowledged: true }, 600_000)).toBe(false);
  expect(wantsNotification({ ...alert, snoozedUntil: 700_000 }, 600_000)).toBe(false);
  expect(wantsNotification({ ...alert, snoozedUntil: 500_000 }, 600_000)).toBe(true);
  expect(wantsNotification({ ...alert, state: 'pending' }, 600_000)).toBe(false);
});
