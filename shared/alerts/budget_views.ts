import type { BudgetView } from '../model/budget_view.ts';
import type { Ceiling } from './ceiling.ts';
import type { Scene } from './rule.ts';
import { spendings } from './spending.ts';

/** How far the budgets of a day or a month are spent; those of single jobs are shown with the jobs. */
export function budgetViews(ceilings: readonly Ceiling[], scene: Scene): BudgetView[] {
  return ceilings.flatMap((ceiling) => {
    const { name, span, limit, action } = ceiling;
    if (span !== 'day' && span !== 'month') return [];
    return spendings(ceiling, scene).map(({ spent, microsPerHour }) => ({
      name,
      span,
      ceiling: limit,
      spentMicros: spent,
      microsPerHour,
      action,
    }));
  });
}
