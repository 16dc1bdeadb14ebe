import { useEffect, useRef, useState } from 'preact/hooks';
import { formatMoney, toDollars, toMicros } from '../../model/money.ts';
import type { JobView } from '../../model/snapshot.ts';
import { percent } from '../locale.ts';
import { useAction, usePage } from '../page_context.ts';

/** How much of its own budget a job has spent, under its total. */
export function BudgetGauge({ job }: { job: JobView }) {
  const { ceiling, ceilingPerHour, action } = job.budget ?? {};
  const stops = action === 'stop' ? ', then it is stopped' : '';
  if (ceiling === undefined) {
    if (ceilingPerHour === undefined) return null;
    return (
      <span class="budget quiet">
        up to {formatMoney(ceilingPerHour)}/h{stops}
      </span>
    );
  }
  const share = job.total.micros / ceiling;
  const text = `${percent(share)} of ${formatMoney(ceiling)}`;
  return (
    <span class="budget" title={`Budget of ${formatMoney(ceiling)}${stops}`}>
      <meter
        class="gauge"
        aria-label={`Budget of ${job.name}`}
        min={0}
        max={1}
        low={0.8}
        high={0.999}
        optimum={0}
        value={Math.min(share, 1)}
      >
        {text}
      </meter>
      {text}
    </span>
  );
}

export function BudgetButton({ job }: { job: JobView }) {
  const { askForBudget } = usePage();
  if (!job.mine || job.state === 'ended') return null;
  return (
    <button
      type="button"
      class="button plain"
      aria-label={`Budget of ${job.name}`}
      onClick={() => askForBudget(job.id)}
    >
      Budget…
    </button>
  );
}

/** Sets what one job may cost, and what happens then. */
export function BudgetDialog({ job, onClose }: { job: JobView; onClose: () => void }) {
  const { session } = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  const [ceiling, setCeiling] = useState(asText(job.budget?.ceiling));
  const [perHour, setPerHour] = useState(asText(job.budget?.ceilingPerHour));
  const [stops, setStops] = useState(job.budget?.action === 'stop');
  const saving = useAction();
  useEffect(() => dialog.current?.showModal(), []);

  const close = () => dialog.current?.close();
  const save = (limits: { ceiling?: number; ceilingPerHour?: number }) =>
    saving.run(async () => {
      await session.request('setBudget', {
        source: job.source,
        nativeIds: [job.nativeId],
        action: stops ? 'stop' : 'notify',
        ...limits,
      });
      close();
    });
  const given = {
    ...(ceiling !== '' && { ceiling: toMicros(Number(ceiling)) }),
    ...(perHour !== '' && { ceilingPerHour: toMicros(Number(perHour)) }),
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="budget-title" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save(given);
        }}
      >
        <header>
          <h2 id="budget-title">
            Budget of <span class="job-name">{job.name}</span>
          </h2>
          <p class="quiet">It has cost {formatMoney(job.total.micros)} so far.</p>
        </header>
        <div class="dialog-body">
          <Dollars label="It may cost in all, US dollars" value={ceiling} onInput={setCeiling} />
          <Dollars label="And an hour, US dollars" value={perHour} onInput={setPerHour} />
          <label class="choice">
            <input
              type="checkbox"
              checked={stops}
              onChange={({ currentTarget }) => setStops(currentTarget.checked)}
            />
            Stop the job then. It is announced before, and you can keep it running.
          </label>
          {saving.failure && (
            <p class="failure" role="alert">
              {saving.failure}
            </p>
          )}
        </div>
        <footer>
          {job.budget && (
            <button type="button" class="button" disabled={saving.busy} onClick={() => save({})}>
              Remove budget
            </button>
          )}
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            class="button solid"
            disabled={saving.busy || Object.keys(given).length === 0}
          >
            Set budget
          </button>
        </footer>
      </form>
    </dialog>
  );
}

interface DollarsProps {
  label: string;
  value: string;
  onInput: (text: string) => void;
}

function Dollars({ label, value, onInput }: DollarsProps) {
  return (
    <label class="field">
      {label}
      <input
        type="number"
        min="0.01"
        step="0.01"
        inputMode="decimal"
        placeholder="no limit"
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </label>
  );
}

function asText(micros: number | undefined): string {
  return micros === undefined ? '' : String(toDollars(micros));
}
