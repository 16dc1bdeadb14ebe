import type { Budget } from '../config/budgets.ts';
import type { Job } from '../model/job.ts';
import { budgetMatcher, type JobBudget } from '../model/job_budget.ts';
import { type Micros, toMicros } from '../model/money.ts';
import { matcherOf } from '../model/pattern.ts';
import { projectOf } from '../model/project.ts';

/** What a budget looks at when it asks whose a job is. */
export type Budgeted = Pick<Job, 'source' | 'nativeId' | 'name' | 'owner' | 'mine' | 'labels'>;

/** A budget as the rules see it, wherever it was set. */
export interface Ceiling {
  name: string;
  limit: Micros;
  /** `job`: each in all; `launch`: the jobs of one launch together; `hour`: the rate of each. */
  span: 'job' | 'launch' | 'hour' | 'day' | 'month';
  action: 'notify' | 'stop';
  isMeant: (job: Budgeted) => boolean;
}

/** The ceiling of an entry in burnrate.yaml. */
export function ceilingOf(budget: Budget): Ceiling {
  const { name, perJob, perHour, perDay, perMonth, action } = budget;
  const [span, dollars] =
    perJob !== undefined
      ? (['job', perJob] as const)
      : perHour !== undefined
        ? (['hour', perHour] as const)
        : perDay !== undefined
          ? (['day', perDay] as const)
          : (['month', perMonth ?? 0] as const);
  return { name, limit: toMicros(dollars), span, action, isMeant: meaningOf(budget) };
}

function meaningOf({ jobs, owner, project }: Budget): Ceiling['isMeant'] {
  const isNamed = matcherOf(jobs);
  const isOwned = owner === undefined ? undefined : matcherOf(owner);
  const isOfProject = project === undefined ? undefined : matcherOf(project);
  return (job) =>
    isNamed(job.name) &&
    (isOwned ? isOwned(job.owner ?? '') : job.mine) &&
    (!isOfProject || isOfProject(projectOf(job) ?? ''));
}

/** The ceilings that were set for one launch. Only mine: an id may be another's tomorrow. */
export function launchCeilings(budget: JobBudget): Ceiling[] {
  const matches = budgetMatcher(budget);
  const isMeant = (job: Budgeted) => job.mine && matches(job);
  const { ceiling, ceilingPerHour, action } = budget;
  const shared = { name: 'its own', action, isMeant };
  return [
    ...(ceiling === undefined ? [] : [{ ...shared, limit: ceiling, span: 'launch' as const }]),
    ...(ceilingPerHour === undefined
      ? []
      : [{ ...shared, limit: ceilingPerHour, span: 'hour' as const }]),
  ];
}
