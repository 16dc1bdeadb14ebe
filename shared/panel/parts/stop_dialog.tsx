import { useEffect, useRef, useState } from 'preact/hooks';
import type { JobView } from '../../model/snapshot.ts';
import type { StopPlan } from '../../model/stop.ts';
import { useAction, usePage } from '../page_context.ts';
import { Command } from './command.tsx';
import { Amount, ProvenanceBadge } from './figure.tsx';

interface DialogProps {
  job: Pick<JobView, 'id' | 'name'>;
  /** The job as it is now, where it still exists. */
  view: JobView | undefined;
  onClose: () => void;
}

/** What a stop would do, said before it is done; confirmed once. */
export function StopDialog({ job, view, onClose }: DialogProps) {
  const { session } = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  const [plan, setPlan] = useState<StopPlan>();
  const planning = useAction();
  const stopping = useAction();

  const fetchPlan = () =>
    planning.run(async () => setPlan(await session.request('planStop', { jobId: job.id })));
  useEffect(() => {
    dialog.current?.showModal();
    fetchPlan();
  }, []);

  const confirm = (confirmed: StopPlan) =>
    stopping.run(async () => {
      await session.request('stop', { jobId: job.id, action: confirmed.action });
      close();
    });
  /** By its own means, which give the focus back; then it says so by `onClose`. */
  const close = () => dialog.current?.close();
  const over = view === undefined || view.state === 'ended';
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="stop-title" onClose={onClose}>
      <header>
        <h2 id="stop-title">
          Stop <span class="job-name">{job.name}</span>?
        </h2>
        {view && (
          <p class="dialog-rate">
            <Amount figure={view.rate} per="h" />
            <ProvenanceBadge provenance={view.rate.provenance} />
          </p>
        )}
      </header>
      <div class="dialog-body">
        {planning.busy && (
          <p class="quiet" role="status">
            Asking what a stop would do…
          </p>
        )}
        {planning.failure && (
          <div class="failure" role="alert">
            <p>{planning.failure}</p>
            <button type="button" class="button" onClick={fetchPlan}>
              Try again
            </button>
          </div>
        )}
        {plan && <Plan plan={plan} />}
        {over && <p class="quiet">This job has ended meanwhile.</p>}
        {stopping.failure && (
          <p class="failure" role="alert">
            {stopping.failure}
          </p>
        )}
      </div>
      <footer>
        <button type="button" class="button" onClick={close}>
          Keep running
        </button>
        <button
          type="button"
          class="button danger solid"
          disabled={!plan || stopping.busy || over}
          onClick={() => plan && confirm(plan)}
        >
          {stopping.busy ? 'Stopping…' : 'Stop job'}
        </button>
      </footer>
    </dialog>
  );
}

function Plan({ plan }: { plan: StopPlan }) {
  return (
    <>
      <p class="plan-action">{plan.action}</p>
      {plan.loses.length > 0 ? (
        <Consequences title="Lost for good" lines={plan.loses} tone="bad" />
      ) : (
        <p class="quiet">Nothing is deleted.</p>
      )}
      {plan.keeps.length > 0 && (
        <Consequences title="Stays, and may go on costing money" lines={plan.keeps} />
      )}
      <p class="quiet">
        {plan.reversible ? 'It can be started again.' : 'This cannot be undone.'} The same by hand:
      </p>
      <Command text={plan.equivalent} />
    </>
  );
}

function Consequences({ title, lines, tone }: { title: string; lines: string[]; tone?: 'bad' }) {
  return (
    <div class="consequences" data-tone={tone}>
      <h3>{title}</h3>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}
