import { quietWord } from '../../faces/quiet.ts';
import type { Alert } from '../../model/alert.ts';
import { formatMoney } from '../../model/money.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { formatDuration } from '../../model/time.ts';
import { indent, type Line, say, spread, type Tone, wrap } from './text.ts';

const MARGIN: Line = [say('   ')];
const SEVERITY = { critical: 0, warning: 1, info: 2 } as const;

/** What must be said: stops, alerts with the money at stake, notices; the worst first. */
export function troubles(snapshot: Snapshot, width: number): Line[] {
  const firing = snapshot.alerts.filter(({ state }) => state === 'firing').sort(byStake);
  return [
    ...snapshot.stops.flatMap((stop) => stopLines(stop, width)),
    ...firing.flatMap((alert) => alertLines(alert, snapshot, width)),
    ...snapshot.notices.flatMap(({ severity, message }) =>
      indent(wrap(message, width - 3), MARGIN, [markOf(severity)]),
    ),
  ];
}

function alertLines(alert: Alert, { at }: Snapshot, width: number): Line[] {
  const quiet = quietWord(alert, at);
  const stake = stakeOf(alert, at);
  if (quiet) {
    const line = [say(' ▲ ', 'quiet'), say(`${alert.title} · ${quiet}`, 'quiet')];
    return [spread(line, stake ? [say(stake, 'quiet')] : [], width)];
  }
  const tone = toneOf(alert.severity);
  return [
    spread([markOf(alert.severity), say(alert.title, tone)], [], width),
    ...indent(wrap(alert.detail, width - 3), MARGIN),
    ...(stake ? [[...MARGIN, say(stake, 'strong')]] : []),
  ];
}

/** What it costs, or when it stops its jobs; nothing where it is but something to know. */
function stakeOf(alert: Alert, now: number): string | undefined {
  const { stops, microsPerHour, microsWasted, since, acknowledged } = alert;
  if (stops && !acknowledged) {
    return stops.at > now ? `stops in ${formatDuration(stops.at - now)}` : 'stops now';
  }
  if (microsPerHour === 0) return undefined;
  return `${formatMoney(microsPerHour)}/h at stake · ${formatMoney(microsWasted)} wasted in ${formatDuration(now - since)}`;
}

function stopLines(stop: Snapshot['stops'][number], width: number): Line[] {
  switch (stop.state) {
    case 'failed':
      return [
        ...indent(
          wrap(
            `Stopping ${stop.jobName} failed: ${stop.error ?? 'no reason given'}`,
            width - 3,
            'critical',
          ),
          MARGIN,
          [say(' ✗ ', 'critical')],
        ),
        ...indent(wrap(stop.remedy ?? '', width - 3), MARGIN),
      ];
    case 'requested':
    case 'sent':
      return [[say(' ◌ ', 'warning'), say(`Stopping ${stop.jobName}: ${stop.plan.action}`)]];
    case 'confirmed':
      return [];
  }
}

function markOf(severity: Alert['severity']): Line[number] {
  return say(severity === 'info' ? ' ℹ ' : ' ▲ ', toneOf(severity));
}

function toneOf(severity: Alert['severity']): Tone | undefined {
  return severity === 'info' ? undefined : severity;
}

function byStake(a: Alert, b: Alert): number {
  return SEVERITY[a.severity] - SEVERITY[b.severity] || b.microsPerHour - a.microsPerHour;
}
