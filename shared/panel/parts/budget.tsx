import { useEffect, useRef, useState } from 'preact/hooks';
import { toDollars, toMicros } from '../../model/money.ts';
import type { JobView } from '../../model/snapshot.ts';
import { money, percent } from '../locale.ts';
import { useAction, usePage } from '../page_context.ts';
import { Gauge } from './budgets.tsx';
import { BudgetIcon } from './icons.tsx';

/** How much of its own budget a job has spent, under its total. */
export function BudgetGauge({ job }: { job: JobView }) {
  const { ceiling, ceilingPerHour, action } = job.budget ?? {};
  const stops = action === 'stop' ? ', then it is stopped' : '';
  if (ceiling === undefined) {
    if (ceilingPerHour === undefined) return null;
    return (
      <span class="budget quiet">
        up to {money(ceilingPerHour)}/h{stops}
      </span>
    );
  }
  const share = job.total.micros / ceiling;
  const text = `${percent(share)} of ${money(ceiling)}`;
  return (
    <span class="budget" title={`Budget of ${money(ceiling)}${stops}`}>
      <Gauge label={`Budget of ${job.name}`} share={share} />
      {text}
    </span>
  );
}

interface ButtonProps {
  job: JobView;
  /** As an icon alone, where many stand together. */
  brief?: boolean;
}

export function BudgetButton({ job, brief = false }: ButtonProps) {
  const { askForBudget } = usePage();
  if (!job.mine || job.state === 'ended') return null;
  return (
    <button
      type="button"
      class={brief ? 'button plain icon-only' : 'button'}
      aria-label={`Budget of ${job.name}`}
      title="What it may cost…"
      onClick={() => askForBudget(job.id)}
    >
      <BudgetIcon />
      {!brief && 'Budget…'}
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
          <p class="quiet">It has cost {money(job.total.micros)} so far.</p>
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
