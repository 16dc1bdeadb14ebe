import { useState } from 'preact/hooks';
import type { Provenance } from '../../model/rate.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Stop } from '../../model/stop.ts';
import { money, timeOf } from '../locale.ts';
import { provenanceFor, useAction, usePage } from '../page_context.ts';
import { ProvenanceBadge } from './figure.tsx';
import { FailureIcon, OkIcon } from './icons.tsx';

interface StopsProps {
  snapshot: Snapshot;
  /** Those of one job alone. */
  jobId?: string;
}

/** Every stop under way. A failed one stays until it is tried again or dismissed. */
export function Stops({ snapshot, jobId }: StopsProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const shown = snapshot.stops
    .filter((stop) => jobId === undefined || stop.jobId === jobId)
    .filter((stop) => !hidden.has(stop.id));
  if (shown.length === 0) return null;
  return (
    <section class="stops" aria-label="Stops">
      {shown.map((stop) => (
        <StopCard
          key={stop.id}
          stop={stop}
          provenance={provenanceFor(snapshot, stop.jobId)}
          onHide={() => setHidden(new Set([...hidden, stop.id]))}
        />
      ))}
    </section>
  );
}

const STEPS: readonly Stop['state'][] = ['requested', 'sent', 'confirmed'];
const STEP_NAMES: Readonly<Record<Stop['state'], string>> = {
  requested: 'Requested',
  sent: 'Sent',
  confirmed: 'Confirmed',
  failed: 'Failed',
};

const TITLES: Readonly<Record<Stop['state'], (name: string) => string>> = {
  requested: (name) => `Stopping ${name}`,
  sent: (name) => `Stopping ${name}`,
  confirmed: (name) => `Stopped ${name}`,
  failed: (name) => `${name} could not be stopped`,
};

interface CardProps {
  stop: Stop;
  provenance: Provenance;
  onHide: () => void;
}

function StopCard({ stop, provenance, onHide }: CardProps) {
  const { session, askToStop } = usePage();
  const { busy, failure, run } = useAction();
  const failed = stop.state === 'failed';
  return (
    <article class="stop-card" data-state={stop.state}>
      <div class="stop-body">
        <h3>
          {failed && <FailureIcon />}
          {stop.state === 'confirmed' && <OkIcon />}
          {TITLES[stop.state](stop.jobName)}
        </h3>
        <p class="quiet">
          {outcome(stop)} <ProvenanceBadge provenance={provenance} />
        </p>
        {failed && stop.error && (
          <p class="failure" role="alert">
            {stop.error}
          </p>
        )}
        {failed && stop.remedy && (
          <p>
            <strong>What to do:</strong> {stop.remedy}
          </p>
        )}
        {failure && (
          <p class="failure" role="alert">
            {failure}
          </p>
        )}
      </div>
      {!failed && stop.state !== 'confirmed' && <Progress stop={stop} />}
      <div class="alert-actions">
        {failed && (
          <>
            <button
              type="button"
              class="button danger"
              onClick={() => askToStop({ id: stop.jobId, name: stop.jobName })}
            >
              Try again…
            </button>
            <button
              type="button"
              class="button"
              disabled={busy}
              onClick={() => run(() => session.request('dismissStop', { id: stop.id }))}
            >
              Dismiss
            </button>
          </>
        )}
        {stop.state === 'confirmed' && (
          <button type="button" class="button" onClick={onHide}>
            Hide
          </button>
        )}
      </div>
    </article>
  );
}

function outcome(stop: Stop): string {
  const rate = `${money(stop.microsPerHour)}/h`;
  if (stop.state === 'confirmed') {
    const when = stop.confirmedAt ? ` at ${timeOf(stop.confirmedAt, stop.confirmedAt)}` : '';
    const wasted = stop.microsWasted > 0 ? ` ${money(stop.microsWasted)} were wasted.` : '';
    return `The provider confirmed the end${when}. It had cost ${rate}.${wasted}`;
  }
  if (stop.state === 'failed') return `It still costs ${rate}.`;
  return `${stop.plan.action}. It costs ${rate} until the provider confirms the end.`;
}

function Progress({ stop }: { stop: Stop }) {
  const reached = STEPS.indexOf(stop.state);
  return (
    <ol class="steps" aria-label="Progress">
      {STEPS.map((step, index) => (
        <li
          key={step}
          data-reached={index <= reached}
          aria-current={index === reached ? 'step' : undefined}
        >
          {STEP_NAMES[step]}
        </li>
      ))}
    </ol>
  );
}
