import type { Alert } from '../../model/alert.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { formatDuration } from '../../model/time.ts';
import { money, timeOf } from '../locale.ts';
import { provenanceFor, useNow } from '../page_context.ts';
import { AlertActions } from './alert_actions.tsx';
import { AlertNote } from './alert_note.tsx';
import { Evidence } from './evidence.tsx';
import { ProvenanceBadge } from './figure.tsx';
import { WarningIcon } from './icons.tsx';

interface AlertsProps {
  snapshot: Snapshot;
  /** Those of one job alone. */
  jobId?: string;
}

/**
 * What fires now: trouble as cards, what is merely worth knowing as a list that unfolds. Snoozed and
 * acknowledged ones step back, but are never out of sight.
 */
export function Alerts({ snapshot, jobId }: AlertsProps) {
  const firing = snapshot.alerts
    .filter(({ state, subject }) => state === 'firing' && (!jobId || subject === jobId))
    .sort(byStake);
  const loud = firing.filter((alert) => !isQuiet(alert, snapshot.at));
  const quiet = firing.filter((alert) => isQuiet(alert, snapshot.at));
  const notes = loud.filter(isNote);
  if (firing.length === 0) return null;
  return (
    <section class="alerts" aria-label="Alerts">
      {loud
        .filter((alert) => !isNote(alert))
        .map((alert) => (
          <AlertCard key={alert.id} alert={alert} snapshot={snapshot} />
        ))}
      {notes.length > 0 && (
        <ul class="notes" aria-label="Notes">
          {notes.map((alert) => (
            <AlertNote key={alert.id} alert={alert} snapshot={snapshot} />
          ))}
        </ul>
      )}
      {quiet.length > 0 && (
        <ul class="quiet-alerts">
          {quiet.map((alert) => (
            <li key={alert.id}>
              <span class="quiet-title">{alert.title}</span>
              <span class="quiet">
                {alert.acknowledged
                  ? 'acknowledged'
                  : `snoozed until ${timeOf(alert.snoozedUntil ?? snapshot.at, snapshot.at)}`}
                {alert.microsPerHour > 0 && (
                  <>
                    {' · '}
                    {money(alert.microsWasted)} wasted so far{' '}
                    <ProvenanceBadge provenance={provenanceFor(snapshot, alert.subject)} />
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function AlertCard({ alert, snapshot }: { alert: Alert; snapshot: Snapshot }) {
  const now = useNow();
  const titleId = `alert-${alert.id}`;
  return (
    <article class="alert" data-severity={alert.severity} aria-labelledby={titleId}>
      <div class="alert-body">
        <h3 id={titleId}>
          <WarningIcon />
          <span class="severity">{SEVERITY_NAMES[alert.severity]}</span>
          {alert.title}
        </h3>
        <p>{alert.detail}</p>
        <Evidence alert={alert} />
      </div>
      <div class="alert-stake">
        {alert.microsPerHour > 0 && (
          <>
            <p class="stake">
              <strong>{money(alert.microsWasted)}</strong> wasted in{' '}
              {formatDuration(now - alert.since)}
            </p>
            <p class="quiet">
              {money(alert.microsPerHour)}/h while it lasts{' '}
              <ProvenanceBadge provenance={provenanceFor(snapshot, alert.subject)} />
            </p>
          </>
        )}
        {alert.stops && (
          <p class="stake" role="timer">
            Stops{' '}
            <strong>
              {now < alert.stops.at ? `in ${formatDuration(alert.stops.at - now)}` : 'now'}
            </strong>
          </p>
        )}
        <AlertActions alert={alert} snapshot={snapshot} />
      </div>
    </article>
  );
}

function isQuiet(alert: Alert, now: number): boolean {
  return alert.acknowledged || (alert.snoozedUntil ?? 0) > now;
}

/** Nothing is lost by reading it later. */
function isNote({ severity, stops }: Alert): boolean {
  return severity === 'info' && !stops;
}

const SEVERITY_NAMES = { critical: 'Critical', warning: 'Warning', info: 'Note' };
const SEVERITY = { critical: 0, warning: 1, info: 2 };

function byStake(a: Alert, b: Alert): number {
  return SEVERITY[a.severity] - SEVERITY[b.severity] || b.microsPerHour - a.microsPerHour;
}
