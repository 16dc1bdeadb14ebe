import type { Config } from '../config/config.ts';
import type { JobBudget } from '../model/job_budget.ts';
import { budgetRules } from './budget.ts';
import { quietFor, rulesByJob } from './by_job.ts';
import { ceilingOf, launchCeilings } from './ceiling.ts';
import { totalRule } from './cost_rate.ts';
import { information } from './information.ts';
import { orphanRule } from './orphan.ts';
import { preemptionRule } from './preemption.ts';
import { priceElsewhereRule } from './price_elsewhere.ts';
import type { Rule } from './rule.ts';
import { spotPriceRule } from './spot_price.ts';
import { staleSourceRule } from './stale_source.ts';
import { weeklyRule } from './weekly.ts';

export { AlertBook, wantsNotification } from './life.ts';

/**
 * The rules in force under these settings. To add one: its file, and one line here. `launches` are
 * the budgets that were set for a launch; they come and go while the rules stay.
 */
export function rulesFrom(
  { alerts, budgets }: Pick<Config, 'alerts' | 'budgets'>,
  launches: () => readonly JobBudget[] = () => [],
): Rule[] {
  const rules = [
    ...rulesByJob(alerts),
    orphanRule(alerts.orphan),
    staleSourceRule(alerts.staleSource),
    totalRule(alerts.costRate),
    preemptionRule(),
    information(priceElsewhereRule(alerts.priceElsewhere)),
    information(spotPriceRule(alerts.spotPrice)),
    information(weeklyRule()),
    ...budgets.flatMap((budget) => {
      const ceilings = [ceilingOf(budget)];
      return budgetRules(budget.name, () => ceilings);
    }),
    ...budgetRules('of its own', () => launches().flatMap(launchCeilings)),
  ];
  return rules.filter(({ id }) => !alerts.off.includes(id)).map((rule) => quietFor(rule, alerts));
}
