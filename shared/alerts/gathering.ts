import type { Alert } from '../model/alert.ts';
import { type Instant, MINUTE, SECOND } from '../model/time.ts';
import { wantsNotification } from './life.ts';

/** From so many alerts on, one notification says all of them: a pile of pop-ups helps nobody. */
const STORM = 4;
/** Where others are about to fire for what seems the same cause, the first waits for them so long. */
const GATHER_MS = 15 * SECOND;
/** Troubles of one rule that began this close to each other seem to have one cause. */
const ONE_CAUSE_MS = MINUTE;

/**
 * What is to be announced now: each group in one notification, a single alert alone. A few alerts
 * are said at once. A storm (one cause hits many nodes) is let gather for some seconds first: what
 * is about to fire with it can be seen among the pending ones.
 */
export function dueTogether(alerts: readonly Alert[], now: Instant): Alert[][] {
  const wanted = alerts.filter((alert) => wantsNotification(alert, now));
  const [first] = wanted;
  if (!first) return [];
  const coming = alerts.filter(
    (alert) => alert.state === 'pending' && wanted.some((one) => seemOneCause(one, alert)),
  );
  const storm = wanted.length + coming.length >= STORM;
  const firedAt = Math.min(...wanted.map((alert) => alert.firedAt ?? now));
  if (storm && coming.length > 0 && now - firedAt < GATHER_MS) return [];
  return wanted.length >= STORM ? [wanted] : wanted.map((alert) => [alert]);
}

function seemOneCause(a: Alert, b: Alert): boolean {
  return a.rule === b.rule && Math.abs(a.since - b.since) <= ONE_CAUSE_MS;
}
