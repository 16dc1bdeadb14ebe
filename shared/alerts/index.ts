import type { AlertSettings } from '../config/alerts.ts';
import type { Config } from '../config/config.ts';
import type { JobBudget } from '../model/job_budget.ts';
import { matcherOf } from '../model/pattern.ts';
import type { JobView } from '../model/snapshot.ts';
import { budgetRules } from './budget.ts';
import { ceilingOf, launchCeilings } from './ceiling.ts';
import { costRateRule } from './cost_rate.ts';
import { Courses } from './course.ts';
import { idleRule } from './idle.ts';
import { information } from './information.ts';
import { ioRule } from './io.ts';
import { orphanRule } from './orphan.ts';
import { preemptionRule } from './preemption.ts';
import { priceElsewhereRule } from './price_elsewhere.ts';
import type { Rule } from './rule.ts';
import { Services } from './services.ts';
import { spotPriceRule } from './spot_price.ts';
import { staleSourceRule } from './stale_source.ts';
import { stalledRule } from './stalled.ts';
import { unitCostRule } from './unit_cost.ts';
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
    costRateRule(alerts.costRate),
    preemptionRule(),
    information(priceElsewhereRule(alerts.priceElsewhere)),
    information(spotPriceRule(alerts.spotPrice)),
    information(unitCostRule(alerts.unitCost)),
    information(weeklyRule()),
    ...budgets.flatMap((budget) => {
      const ceilings = [ceilingOf(budget)];
      return budgetRules(budget.name, () => ceilings);
    }),
    ...budgetRules('of its own', () => launches().flatMap(launchCeilings)),
  ];
  return rules.filter(({ id }) => !alerts.off.includes(id)).map((rule) => quietFor(rule, alerts));
}

/** The rule without what it finds of jobs for which it is turned off. */
function quietFor({ id, evaluate }: Rule, { jobs: entries }: AlertSettings): Rule {
  const quiet = entries.filter(({ off }) => off.includes(id)).map(({ jobs }) => matcherOf(jobs));
  if (quiet.length === 0) return { id, evaluate };
  const isQuiet = ({ name }: JobView) => quiet.some((isMeant) => isMeant(name));
  return {
    id,
    evaluate: (scene) => {
      const findings = evaluate(scene);
      const silent = new Set(scene.jobs.filter(isQuiet).map((job) => job.id));
      return findings.filter(({ subject }) => !silent.has(subject));
    },
  };
}

/** The rules that look at the work of one job, as adjusted for some of the jobs. */
function jobRules(settings: Pick<AlertSettings, 'idle' | 'stalled' | 'io'>): Rule[] {
  const courses = new Courses();
  const services = new Services(settings.idle.below);
  return [
    idleRule(settings.idle, courses, services),
    stalledRule(settings.stalled, settings.idle.below, courses, services),
    information(ioRule(settings.io, settings.idle.below, { courses, services })),
  ];
}

/** Those rules once for each entry of `alerts.jobs`, and for all other jobs. */
function rulesByJob(alerts: AlertSettings): Rule[] {
  const entries = alerts.jobs.map(({ jobs, idle, stalled }) => ({
    isMeant: matcherOf(jobs),
    settings: {
      idle: { ...alerts.idle, ...given(idle) },
      stalled: { ...alerts.stalled, ...given(stalled) },
      io: alerts.io,
    },
  }));
  const groups = [...entries, { isMeant: () => true, settings: alerts }];
  const groupOf = (name: string) => groups.find(({ isMeant }) => isMeant(name));
  return groups.flatMap((group) =>
    jobRules(group.settings).map(
      ({ id, evaluate }): Rule => ({
        id,
        evaluate: (scene) =>
          evaluate({ ...scene, jobs: scene.jobs.filter(({ name }) => groupOf(name) === group) }),
      }),
    ),
  );
}

/** Without what is not given, which would stand in the place of the general setting. */
function given<T extends object>(some: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(some).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}
