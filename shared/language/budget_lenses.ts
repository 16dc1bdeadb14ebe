import type { BudgetView } from '../model/budget_view.ts';
import { formatMoney } from '../model/money.ts';
import type { Span } from './ask.ts';
import { yamlFiles } from './yaml_file.ts';

/** Above each budget of a day or a month in burnrate.yaml: how much of it is spent, now. */
export function budgetLines(
  text: string,
  budgets: readonly BudgetView[],
): { at: Span; title: string }[] {
  const [file] = yamlFiles(text);
  if (!file) return [];
  return file.items('budgets').flatMap((item) => {
    const budget = budgets.find(({ name }) => name === file.text(...item, 'name'));
    const at = file.keyAt(...item, 'name');
    return budget && at ? { at, title: spentLine(budget) } : [];
  });
}

/** `● $31.20 of $200.00 spent today (16%) · $4.10/h now` */
function spentLine({ span, spentMicros, ceiling, microsPerHour }: BudgetView): string {
  const share = Math.round((spentMicros / ceiling) * 100);
  const when = span === 'day' ? 'today' : 'this month';
  return `● ${formatMoney(spentMicros)} of ${formatMoney(ceiling)} spent ${when} (${share}%) · ${formatMoney(microsPerHour)}/h now`;
}
