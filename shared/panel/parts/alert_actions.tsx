import type { Alert } from '../../model/alert.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { useAction, usePage } from '../page_context.ts';
import { Snooze } from './snooze.tsx';

/** What a person can do about an alert. */
export function AlertActions({ alert, snapshot }: { alert: Alert; snapshot: Snapshot }) {
  const { session, askToStop } = usePage();
  const { busy, failure, run } = useAction();
  const job = snapshot.jobs.find(({ id }) => id === alert.subject);
  const isTrouble = alert.severity !== 'info' || alert.stops !== undefined;
  return (
    <>
      <div class="alert-actions">
        {isTrouble && job?.stoppable && job.state === 'running' && (
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
      {failure && (
        <p class="failure" role="alert">
          {failure}
        </p>
      )}
    </>
  );
}
