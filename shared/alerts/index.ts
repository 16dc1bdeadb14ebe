import type { Config } from '../config/config.ts';
import { budgetRules } from './budget.ts';
import { Courses } from './course.ts';
import { idleRule } from './idle.ts';
import type { Rule } from './rule.ts';
import { Services } from './services.ts';
import { stalledRule } from './stalled.ts';

export { AlertBook, wantsNotification } from './life.ts';

/** The rules in force under these settings. To add one: its file, and one line here. */
export function rulesFrom({
  alerts: settings,
  budgets,
}: Pick<Config, 'alerts' | 'budgets'>): Rule[] {
  const courses = new Courses();
  const services = new Services(settings.idle.below);
  return [
    idleRule(settings.idle, courses, services),
    stalledRule(settings.stalled, settings.idle.below, courses, services),
    ...budgets.flatMap(budgetRules),
  ];
}
