import { formatMoney, type Micros, toDollars, toMicros } from '@burnrate/shared/model/money.ts';
import type { JobView, Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { oneLine } from '@burnrate/shared/model/text.ts';
import type { MenuItem, MenuLine } from './menu.ts';

/** How many ceilings a menu offers; any other is set in the window. */
const OFFERED = 6;
const LONGEST = 40;

/** `Budget my day: $31.20 of $200.00 today (16%)`: those of a day or a month. */
export function budgetLines({ budgets = [] }: Snapshot, locale?: string): MenuItem[] {
  return budgets.map(({ name, span, spentMicros, ceiling }) => {
    const share = Math.round((spentMicros / ceiling) * 100);
    const sums = `${formatMoney(spentMicros, locale)} of ${formatMoney(ceiling, locale)}`;
    const when = span === 'day' ? 'today' : 'this month';
    const label = `Budget ${oneLine(name, LONGEST)}: ${sums} ${when} (${share}%)`;
    return { label: label.replaceAll('&', '&&'), does: { type: 'show' } };
  });
}

/** What a job may cost: round ceilings above what it has cost, and what happens at them. */
export function budgetMenu(job: JobView, locale?: string): MenuLine {
  const { id: jobId, budget, total } = job;
  const { ceiling, action = 'notify' } = budget ?? {};
  const offered = ceilingsAbove(total.micros);
  const known = ceiling !== undefined && !offered.includes(ceiling) ? [ceiling] : [];
  const choices = [...known, ...offered].toSorted((a, b) => a - b);
  return {
    label: ceiling === undefined ? 'Budget' : `Budget: ${formatMoney(ceiling, locale)}`,
    submenu: [
      {
        label: 'None',
        checked: ceiling === undefined,
        does: { type: 'setBudget', jobId, action },
      },
      ...choices.map(
        (choice): MenuLine => ({
          label: formatMoney(choice, locale),
          checked: choice === ceiling,
          does: { type: 'setBudget', jobId, ceiling: choice, action },
        }),
      ),
      { label: 'Another amount…', does: { type: 'show', jobId } },
      ...(ceiling === undefined ? [] : ['separator' as const, stopLine(job, ceiling)]),
    ],
  };
}

function stopLine({ id: jobId, budget }: JobView, ceiling: Micros): MenuLine {
  const stops = budget?.action === 'stop';
  return {
    label: 'Stop it at the ceiling, after a notice',
    checked: stops,
    does: { type: 'setBudget', jobId, ceiling, action: stops ? 'notify' : 'stop' },
  };
}

/** 10, 20, 50, 100 ... dollars: the next ones that are above what was spent. */
function ceilingsAbove(spent: Micros): Micros[] {
  const dollars = Math.max(9, toDollars(spent));
  const found: Micros[] = [];
  for (let tens = 10 ** Math.floor(Math.log10(dollars)); found.length < OFFERED; tens *= 10) {
    found.push(
      ...[1, 2, 5]
        .map((digit) => digit * tens)
        .filter((one) => one > dollars)
        .map(toMicros),
    );
  }
  return found.slice(0, OFFERED);
}
