import { AlertLog } from '@burnrate/shared/collector/alert_log.ts';
import type { Log } from '@burnrate/shared/collector/log.ts';
import { Notifier } from '@burnrate/shared/collector/notifier.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { START } from '../metering/given.ts';

beforeEach(() => vi.useFakeTimers({ now: START }));
afterEach(() => vi.useRealTimers());

const alert: Alert = {
  id: 'idle:slurm:lab:1:0',
  rule: 'idle',
  subject: 'slurm:lab:1',
  subjectKind: 'job',
  state: 'firing',
  severity: 'warning',
  title: 'train is idle',
  detail: 'At 18% for 2 min.',
  evidence: [],
  microsPerHour: 32_000_000,
  microsWasted: 1_200_000,
  since: START,
  firedAt: START,
  acknowledged: false,
};

/** A notifier over a real log of alerts, with one alert that fires. */
function setting({ faceNotifies = false, show = async () => {} } = {}) {
  const { store } = openStore(':memory:', { now: Date.now });
  store.saveAlerts([alert]);
  const alerts = new AlertLog(store, defaultConfig);
  alerts.restore(Date.now());
  const shown: string[] = [];
  const said: string[] = [];
  const note = (message: string) => void said.push(message);
  const log: Log = { info: note, warn: note, error: note };
  const notifier = new Notifier({
    now: Date.now,
    log,
    show: async (title, message) => {
      await show();
      shown.push(`${title}: ${message}`);
    },
    faceNotifies: () => faceNotifies,
    claim: (ids) => alerts.claim(ids, 'collector', Date.now()),
  });
  const review = () => notifier.review(alerts.all());
  return { alerts, notifier, review, shown, said, store };
}

test('without a face that notifies, an alert is shown at once, and once', async () => {
  const { review, shown } = setting();
  for (let round = 0; round < 3; round += 1) {
    review();
    await vi.advanceTimersByTimeAsync(10_000);
  }
  expect(shown).toEqual(['train is idle: At 18% for 2 min. $1.20 wasted so far.']);
});

test('a face that notifies goes first, and then nobody else', async () => {
  const { alerts, review, shown } = setting({ faceNotifies: true });
  review();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(alerts.claim([alert.id], 'vscode', Date.now())).toEqual([alert.id]);
  expect(alerts.claim([alert.id], 'tray', Date.now())).toEqual([]);
  await vi.advanceTimersByTimeAsync(10_000);
  review();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(shown).toEqual([]);
  expect(alerts.all()[0]?.claimedBy).toBe('vscode');
});

test('a face that notifies but does not speak up is not waited for', async () => {
  const { alerts, review, shown } = setting({ faceNotifies: true });
  review();
  review();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(shown).toHaveLength(1);
  expect(alerts.claim([alert.id], 'vscode', Date.now())).toEqual([]);
});

test.each([
  ['acknowledged', (alerts: AlertLog) => alerts.acknowledge(alert.id)],
  ['snoozed', (alerts: AlertLog) => alerts.snooze(alert.id, Date.now() + HOUR)],
])('what is %s while a face is waited for stays unsaid', async (_what, act) => {
  const { alerts, review, shown } = setting({ faceNotifies: true });
  review();
  await vi.advanceTimersByTimeAsync(1_000);
  act(alerts);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(shown).toEqual([]);
});

test('what was snoozed is said again after that, where the trouble still holds', async () => {
  const { alerts, review, shown } = setting();
  review();
  await vi.advanceTimersByTimeAsync(1);
  alerts.snooze(alert.id, Date.now() + HOUR);
  review();
  await vi.advanceTimersByTimeAsync(HOUR - 1);
  review();
  expect(shown).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  review();
  await vi.advanceTimersByTimeAsync(1);
  expect(shown).toHaveLength(2);
});

test('who was told is remembered over a restart', async () => {
  const { review, shown, store } = setting();
  review();
  await vi.advanceTimersByTimeAsync(1);
  expect(shown).toHaveLength(1);
  const again = new AlertLog(store, defaultConfig);
  again.restore(Date.now());
  expect(again.claim([alert.id], 'vscode', Date.now())).toEqual([]);
});

test('a notification that the system refuses is logged, and the alert stays', async () => {
  const refuse = async () => {
    throw new Error('no notification daemon');
  };
  const { alerts, review, said, shown } = setting({ show: refuse });
  review();
  await vi.advanceTimersByTimeAsync(1);
  expect(shown).toEqual([]);
  expect(said.join()).toMatch(/no notification daemon.*train is idle/);
  expect(alerts.all()).toHaveLength(1);
});

test('a collector that ends shows nothing any more', async () => {
  const { notifier, review, shown } = setting({ faceNotifies: true });
  review();
  notifier.close();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(shown).toEqual([]);
});

test('a storm is one notification', async () => {
  const { alerts, review, shown, store } = setting();
  const others = Array.from({ length: 999 }, (_, index) => ({
    ...alert,
    id: `idle:slurm:lab:${index + 2}:0`,
    subject: `slurm:lab:${index + 2}`,
  }));
  store.saveAlerts(others);
  alerts.restore(Date.now());
  review();
  await vi.advanceTimersByTimeAsync(10_000);
  review();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(shown).toHaveLength(1);
  expect(shown[0]).toMatch(/^1,000 alerts \(1,000 warning\): \$32,000\/h at stake/);
});
