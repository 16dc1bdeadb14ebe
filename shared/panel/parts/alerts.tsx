import type { Alert } from '../../model/alert.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { formatDuration } from '../../model/time.ts';
import { money, timeOf } from '../locale.ts';
import { provenanceFor, useAction, usePage } from '../page_context.ts';
import { ProvenanceBadge } from './figure.tsx';
import { WarningIcon } from './icons.tsx';
import { Snooze } from './snooze.tsx';

/** What fires now. Snoozed and acknowledged ones step back, but are never out of sight. */
export function Alerts({ snapshot }: { snapshot: Snapshot }) {
  const firing = snapshot.alerts.filter((alert) => alert.state === 'firing').sort(byStake);
  const loud = firing.filter((alert) => !isQuiet(alert, snapshot.at));
  const quiet = firing.filter((alert) => isQuiet(alert, snapshot.at));
  if (firing.length === 0) return null;
  return (
    <section class="alerts" aria-label="Alerts">
      {loud.map((alert) => (
        <AlertCard key={alert.id} alert={alert} snapshot={snapshot} />
      ))}
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
  const { session, askToStop, now } = usePage();
  const { busy, failure, run } = useAction();
  const job = snapshot.jobs.find(({ id }) => id === alert.subject);
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
        <dl class="evidence">
          {alert.evidence.map(({ label, value }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {failure && (
          <p class="failure" role="alert">
            {failure}
          </p>
        )}
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
        <div class="alert-actions">
          {job?.stoppable && job.state === 'running' && (
            <button type="button" class="button danger" onClick={() => askToStop(job)}>
              Stop job…
            </button>
          )}
          <Snooze
            busy={busy}
            onChoose={(forMs) => run(() => session.request('snoozeAlert', { id: alert.id, forMs }))}
          />
          <button
            type="button"
            class="button"
            disabled={busy}
            title={
              alert.stops
                ? 'Nothing is stopped for this budget'
                : 'Keep it out of the way until it is over'
            }
            onClick={() => run(() => session.request('acknowledgeAlert', { id: alert.id }))}
          >
            {alert.stops ? 'Keep running' : 'Acknowledge'}
          </button>
        </div>
      </div>
    </article>
  );
}

function isQuiet(alert: Alert, now: number): boolean {
  return alert.acknowledged || (alert.snoozedUntil ?? 0) > now;
}

const SEVERITY_NAMES = { critical: 'Critical', warning: 'Warning', info: 'Note' };
const SEVERITY = { critical: 0, warning: 1, info: 2 };

function byStake(a: Alert, b: Alert): number {
  return SEVERITY[a.severity] - SEVERITY[b.severity] || b.microsPerHour - a.microsPerHour;
}
