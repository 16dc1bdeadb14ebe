import type { ChannelSettings } from '../config/notify.ts';
import type { Alert } from '../model/alert.ts';
import { DAY, type Instant, SECOND } from '../model/time.ts';
import { isQuiet } from './quiet.ts';

/** One message: of a single alert, or a digest of many. */
export interface Message {
  event: 'firing' | 'resolved';
  digest: boolean;
  /** Set where quiet hours kept them back. */
  silenced?: true;
  alerts: Alert[];
}

/** What to send now; where there is nothing yet, when to look again. */
export interface Plan {
  message?: Message;
  againAt?: Instant;
}

/** More than this many alerts at once are a storm, and are told in one digest. */
const STORM = 5;
/** An alert waits this long for others of the same cause. */
const GATHER_MS = 10 * SECOND;
/** A storm is told when it has been still that long, and after this time at the latest. */
const LONGEST_GATHER_MS = 40 * SECOND;
/** What is older is no news. */
const NEWS_MS = DAY;

const ORDER = ['info', 'warning', 'critical'] as const;

/**
 * What a channel is to be told next, from the alerts alone: each says what the channel was told of
 * it. So there is no queue that could grow or get lost, and what has passed in the meantime is
 * never told late.
 */
export function planFor(channel: ChannelSettings, alerts: readonly Alert[], now: Instant): Plan {
  const quietNow = isQuiet(channel.quietHours, now);
  const speaks = (alert: Alert) => alert.severity === 'critical' || !quietNow;
  const unsaid = alerts.filter((alert) => isUnsaid(alert, channel, now) && speaks(alert));
  const silenced = unsaid.filter(
    (alert) => alert.severity !== 'critical' && isQuiet(channel.quietHours, firedAt(alert)),
  );
  if (silenced.length > 0)
    return { message: { event: 'firing', digest: true, silenced: true, alerts: silenced } };

  const ended = alerts.filter((alert) => isEndUnsaid(alert, channel, now) && speaks(alert));
  const fired = gather('firing', unsaid, firedAt, now);
  if (fired.message) return fired;
  const over = gather('resolved', ended, resolvedAt, now);
  if (over.message) return over;
  const againAt = Math.min(fired.againAt ?? Infinity, over.againAt ?? Infinity);
  return Number.isFinite(againAt) ? { againAt } : {};
}

function isUnsaid(alert: Alert, { name, severity }: ChannelSettings, now: Instant): boolean {
  return (
    alert.state === 'firing' &&
    !alert.acknowledged &&
    (alert.snoozedUntil ?? 0) <= now &&
    ORDER.indexOf(alert.severity) >= ORDER.indexOf(severity) &&
    alert.delivered?.[name] === undefined &&
    firedAt(alert) > now - NEWS_MS
  );
}

function isEndUnsaid(alert: Alert, { name, resolved }: ChannelSettings, now: Instant): boolean {
  return (
    resolved &&
    alert.state === 'resolved' &&
    alert.delivered?.[name] === 'firing' &&
    resolvedAt(alert) > now - NEWS_MS
  );
}

/** The first of them once it has waited for others, or all of them where they are a storm. */
function gather(
  event: Message['event'],
  alerts: readonly Alert[],
  when: (alert: Alert) => Instant,
  now: Instant,
): Plan {
  const sorted = alerts.toSorted((a, b) => when(a) - when(b));
  const [first] = sorted;
  const last = sorted.at(-1);
  if (!first || !last) return {};
  const storm = sorted.length > STORM;
  const due = storm
    ? Math.min(when(last) + GATHER_MS, when(first) + LONGEST_GATHER_MS)
    : when(first) + GATHER_MS;
  if (now < due) return { againAt: due };
  return { message: { event, digest: storm, alerts: storm ? sorted : [first] } };
}

function firedAt(alert: Alert): Instant {
  return alert.firedAt ?? alert.since;
}

function resolvedAt(alert: Alert): Instant {
  return alert.resolvedAt ?? alert.since;
}
