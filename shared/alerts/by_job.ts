import type { AlertSettings } from '../config/alerts.ts';
import { matcherOf } from '../model/pattern.ts';
import type { JobView } from '../model/snapshot.ts';
import { growthRule } from './cost_rate.ts';
import { Courses } from './course.ts';
import { idleRule } from './idle.ts';
import { information } from './information.ts';
import { ioRule } from './io.ts';
import type { Rule } from './rule.ts';
import { Services } from './services.ts';
import { stalledRule } from './stalled.ts';
import { unitCostRule } from './unit_cost.ts';

/** What can be otherwise for some of the jobs. */
type JobSettings = Pick<AlertSettings, 'idle' | 'stalled' | 'io' | 'unitCost' | 'costRate'>;

/** The rules that look at one job at a time. */
function jobRules(settings: JobSettings): Rule[] {
  const courses = new Courses();
  const services = new Services(settings.idle.below);
  return [
    idleRule(settings.idle, courses, services),
    stalledRule(settings.stalled, settings.idle.below, courses, services),
    information(ioRule(settings.io, settings.idle.below, { courses, services })),
    information(unitCostRule(settings.unitCost)),
    growthRule(settings.costRate),
  ];
}

/** Those rules once for each entry of `alerts.jobs`, and for all other jobs. */
export function rulesByJob(alerts: AlertSettings): Rule[] {
  const entries = alerts.jobs.map((entry) => ({
    isMeant: matcherOf(entry.jobs),
    settings: {
      idle: { ...alerts.idle, ...given(entry.idle) },
      stalled: { ...alerts.stalled, ...given(entry.stalled) },
      io: { ...alerts.io, ...given(entry.io) },
      unitCost: { ...alerts.unitCost, ...given(entry.unitCost) },
      costRate: { ...alerts.costRate, ...given(entry.costRate) },
    },
  }));
  const groups: { isMeant: (name: string) => boolean; settings: JobSettings }[] = [
    ...entries,
    { isMeant: () => true, settings: alerts },
  ];
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

/** The share of activity under which some job may count as idle. */
export function idleBelow({ idle, jobs }: AlertSettings): number {
  return Math.max(idle.below, ...jobs.map((entry) => entry.idle.below ?? 0));
}

/** Of one finding that speaks for all jobs, those for which it is turned off are no part. */
const SPEAKS_FOR_ALL: ReadonlySet<string> = new Set(['price-elsewhere']);

/** The rule without what it finds of jobs for which it is turned off. */
export function quietFor({ id, evaluate }: Rule, { jobs: entries }: AlertSettings): Rule {
  const quiet = entries.filter(({ off }) => off.includes(id)).map(({ jobs }) => matcherOf(jobs));
  if (quiet.length === 0) return { id, evaluate };
  const isQuiet = ({ name }: JobView) => quiet.some((isMeant) => isMeant(name));
  if (SPEAKS_FOR_ALL.has(id)) {
    const loud = (jobs: readonly JobView[]) => jobs.filter((job) => !isQuiet(job));
    return { id, evaluate: (scene) => evaluate({ ...scene, jobs: loud(scene.jobs) }) };
  }
  return {
    id,
    evaluate: (scene) => {
      const findings = evaluate(scene);
      const silent = new Set(scene.jobs.filter(isQuiet).map((job) => job.id));
      return findings.filter(({ subject }) => !silent.has(subject));
    },
  };
}

/** Without what is not given, which would stand in the place of the general setting. */
function given<T extends object>(some: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(some).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}
