import { AlertLog } from '@burnrate/shared/collector/alert_log.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import { ChannelSettings } from '@burnrate/shared/config/notify.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import { type Clock, systemClock } from '@burnrate/shared/model/time.ts';
import { type ChannelNotice, Outbox } from '@burnrate/shared/notifications/outbox.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import type { z } from 'zod';

/** An alert that fires since then, with money at stake. */
export function alertAt(firedAt: number, changes: Partial<Alert> = {}): Alert {
  const subject = changes.subject ?? 'slurm:lab:1';
  return {
    id: `idle:${subject}:${firedAt}`,
    rule: 'idle',
    subject,
    subjectKind: 'job',
    state: 'firing',
    severity: 'warning',
    title: 'train is idle',
    detail: 'At 18% for 2 min.',
    evidence: [{ label: 'activity', value: '18%' }],
    microsPerHour: 32_000_000,
    microsWasted: 1_200_000,
    since: firedAt,
    firedAt,
    acknowledged: false,
    ...changes,
  };
}

export const channel = (settings: Partial<z.input<typeof ChannelSettings>>): ChannelSettings =>
  ChannelSettings.parse({ name: 'team', urlVariable: 'TEAM_URL', ...settings });

/** An outbox over a real log of alerts. */
export function setting(
  alerts: readonly Alert[],
  env: Record<string, string>,
  clock: Clock = systemClock,
) {
  const { store } = openStore(':memory:', { now: () => clock.now() });
  store.saveAlerts(alerts);
  const log = new AlertLog(store, defaultConfig);
  log.restore(clock.now());
  const warnings: string[] = [];
  let notices: readonly ChannelNotice[] = [];
  const outbox = new Outbox({
    clock,
    env,
    alerts: () => log.all(),
    told: (ids, name, event) => log.told(ids, name, event),
    warn: (message) => void warnings.push(message),
    onNotices: (list) => {
      notices = list;
    },
    firstRetryMs: 50,
  });
  return {
    outbox,
    log,
    store,
    warnings,
    notices: () => notices.map(({ message }) => message),
    [Symbol.asyncDispose]: () => outbox.close(),
  };
}
