import type { Alert } from '../model/alert.ts';
import { grouped } from '../model/count.ts';
import { formatMoney, type Micros } from '../model/money.ts';
import { oneLine } from '../model/text.ts';
import { formatDuration } from '../model/time.ts';

/** What is said of alerts, wherever it is said: whatever names are in it, no line more than ours. */
export interface Words {
  title: string;
  body: string;
}

const SEVERITIES = ['critical', 'warning', 'info'] as const;
/** So many of a digest's alerts are named; the others are counted. */
const NAMED = 5;
/**
 * So much all services take whole: Discord 2,000 characters with all of them escaped, ntfy 4,096
 * bytes of text.
 */
const LONGEST_TITLE = 250;
const LONGEST_BODY = 500;
const LONGEST_LINE = 120;

/** What is said of an alert that fires. */
export function wordsOf(alert: Alert): Words {
  const { title, detail, microsWasted, stops } = alert;
  const until = stops ? ` At the present rate that is at ${timeOfDay(stops.at)}.` : '';
  const wasted = microsWasted > 0 ? ` ${formatMoney(microsWasted)} wasted so far.` : '';
  return cleaned(title, `${detail}${until}${wasted}`);
}

/** What is said of an alert whose trouble is over. */
export function endWordsOf(alert: Alert): Words {
  const { title, since, resolvedAt = since, microsWasted } = alert;
  const wasted = microsWasted > 0 ? ` ${formatMoney(microsWasted)} was wasted.` : '';
  return cleaned(`Over: ${title}`, `It lasted ${formatDuration(resolvedAt - since)}.${wasted}`);
}

/** What one notification says, and of which alerts: the worst first. */
export interface AnnouncementWords extends Words {
  alerts: [Alert, ...Alert[]];
}

/** One alert in its own words, or many in those of a digest; nothing of none. */
export function announcementWords(alerts: readonly Alert[]): AnnouncementWords[] {
  const [worst, ...others] = worstFirst(alerts);
  if (!worst) return [];
  const words = others.length === 0 ? wordsOf(worst) : digestOf(alerts, 'firing');
  return [{ alerts: [worst, ...others], ...words }];
}

/** What a digest is of. */
export type DigestOf = 'firing' | 'resolved' | 'silenced';

/** What is said of many alerts at once: how many, what is at stake, and the worst by name. */
export function digestOf(alerts: readonly Alert[], of: DigestOf): Words {
  const over = of === 'resolved';
  const sorted = worstFirst(alerts);
  const counts = SEVERITIES.map((severity) => ({
    severity,
    count: sorted.filter((alert) => alert.severity === severity).length,
  })).filter(({ count }) => count > 0);
  const noun = alerts.length === 1 ? 'alert' : 'alerts';
  const count = `${grouped(alerts.length)} ${noun}${over ? ' over' : ''}`;
  const parts = counts.map((one) => `${grouped(one.count)} ${one.severity}`);
  const stake = over
    ? `${formatMoney(wastedBy(alerts))} was wasted`
    : `${formatMoney(stakeOf(alerts))}/h at stake`;
  const lines = sorted.slice(0, NAMED).map(({ title }) => `- ${oneLine(title, LONGEST_LINE)}`);
  if (sorted.length > NAMED) lines.push(`and ${grouped(sorted.length - NAMED)} more`);
  const since = of === 'silenced' ? 'Since the quiet hours: ' : '';
  return { title: `${since}${count} (${parts.join(', ')}): ${stake}`, body: lines.join('\n') };
}

function cleaned(title: string, body: string): Words {
  return { title: oneLine(title, LONGEST_TITLE), body: oneLine(body, LONGEST_BODY) };
}

/** By severity, then by what the trouble costs. */
export function worstFirst(alerts: readonly Alert[]): Alert[] {
  const rank = ({ severity }: Alert) => SEVERITIES.indexOf(severity);
  return alerts.toSorted(
    (a, b) => rank(a) - rank(b) || b.microsPerHour - a.microsPerHour || a.since - b.since,
  );
}

/** What these cost an hour. One job that is in two troubles wastes its money once. */
export function stakeOf(alerts: readonly Alert[]): Micros {
  return sumBySubject(alerts, ({ microsPerHour }) => microsPerHour);
}

export function wastedBy(alerts: readonly Alert[]): Micros {
  return sumBySubject(alerts, ({ microsWasted }) => microsWasted);
}

function sumBySubject(alerts: readonly Alert[], amount: (alert: Alert) => Micros): Micros {
  const most = new Map<string, Micros>();
  for (const alert of alerts)
    most.set(alert.subject, Math.max(most.get(alert.subject) ?? 0, amount(alert)));
  return [...most.values()].reduce((sum, micros) => sum + micros, 0);
}

function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}
