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
  const quiet = quietOf(alert, at);
  const stake = `${formatMoney(alert.microsPerHour)}/h at stake · ${formatMoney(alert.microsWasted)} wasted in ${formatDuration(at - alert.since)}`;
  if (quiet) {
    const line = [say(' ▲ ', 'quiet'), say(`${alert.title} · ${quiet}`, 'quiet')];
    return [spread(line, [say(stake, 'quiet')], width)];
  }
  const tone = toneOf(alert.severity);
  return [
    spread([markOf(alert.severity), say(alert.title, tone)], [], width),
    ...indent(wrap(alert.detail, width - 3), MARGIN),
    [...MARGIN, say(stake, 'strong')],
  ];
}

function quietOf(alert: Alert, now: number): string | undefined {
  if (alert.acknowledged) return 'acknowledged';
  const left = (alert.snoozedUntil ?? 0) - now;
  return left > 0 ? `snoozed for ${formatDuration(left)}` : undefined;
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
