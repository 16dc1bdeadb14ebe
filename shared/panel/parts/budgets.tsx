import type { BudgetView } from '../../model/budget_view.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import {
  formatDuration,
  HOUR,
  type Instant,
  startOfLocalDay,
  startOfLocalMonth,
} from '../../model/time.ts';
import { money, percent } from '../locale.ts';
import { useNow } from '../page_context.ts';
import { ProvenanceBadge } from './figure.tsx';

/** How much of the budgets of a day or a month is spent. Not there where none is set. */
export function Budgets({ snapshot }: { snapshot: Snapshot }) {
  const { budgets = [], today } = snapshot;
  if (budgets.length === 0) return null;
  return (
    <section class="card" aria-labelledby="budgets-title">
      <header class="card-head">
        <h2 id="budgets-title">Budgets</h2>
      </header>
      <ul class="budgets">
        {budgets.map((budget) => (
          <li key={budget.name} data-reached={reached(budget)}>
            <p class="budget-head">
              <strong>{budget.name}</strong>
              <span>
                {money(budget.spentMicros)} <ProvenanceBadge provenance={today.provenance} brief />
                <span class="quiet"> of {money(budget.ceiling)}</span>
              </span>
            </p>
            <Gauge label={`Budget ${budget.name}`} share={budget.spentMicros / budget.ceiling} />
            <Outlook budget={budget} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface GaugeProps {
  label: string;
  /** Spent of the whole; may be above 1. */
  share: number;
}

/** How much of a ceiling is spent: green, from four fifths on amber, at the ceiling red. */
export function Gauge({ label, share }: GaugeProps) {
  return (
    <meter
      class="gauge"
      aria-label={label}
      min={0}
      max={1}
      low={0.8}
      high={0.999}
      optimum={0}
      value={Math.min(share, 1)}
    >
      {percent(share)}
    </meter>
  );
}

function Outlook({ budget }: { budget: BudgetView }) {
  const now = useNow();
  const share = percent(budget.spentMicros / budget.ceiling);
  const stops = budget.action === 'stop' ? ', then its jobs are stopped' : '';
  return (
    <p class="quiet budget-outlook">
      <span>
        {share} this {budget.span}
      </span>
      <span>
        {outlookOf(budget, now)}
        {stops}
      </span>
    </p>
  );
}

/** When it is spent at the present rate, where that is before its day or month is over. */
function outlookOf({ spentMicros, ceiling, microsPerHour, span }: BudgetView, now: Instant) {
  if (spentMicros >= ceiling) return 'spent';
  if (microsPerHour <= 0) return 'nothing of it costs anything now';
  const leftMs = ((ceiling - spentMicros) / microsPerHour) * HOUR;
  const end =
    span === 'month'
      ? startOfLocalMonth(now, 1)
      : startOfLocalDay(startOfLocalDay(now) + 36 * HOUR);
  if (now + leftMs >= end) {
    const total = spentMicros + (microsPerHour * (end - now)) / HOUR;
    return `on course for ${money(Math.round(total))}`;
  }
  return `at this rate spent in ${formatDuration(leftMs)}`;
}

function reached({ spentMicros, ceiling }: BudgetView): 'no' | 'nearly' | 'yes' {
  return spentMicros >= ceiling ? 'yes' : spentMicros >= 0.8 * ceiling ? 'nearly' : 'no';
}
