import type { Budget } from '../config/budgets.ts';
import { accrued, formatMoney, type Micros, toMicros } from '../model/money.ts';
import type { JobView } from '../model/snapshot.ts';
import { formatDuration, HOUR, MINUTE } from '../model/time.ts';
import type { Finding, Rule, Scene } from './rule.ts';

/** Of the ceiling: said once at each, the highest that is reached. */
const STEPS = [
  { share: 1, severity: 'critical' },
  { share: 0.8, severity: 'warning' },
  { share: 0.5, severity: 'info' },
] as const;

/** A stop is announced this long before the ceiling is reached. */
const NOTICE_MS = 5 * MINUTE;

/** What one budget looks at: a job, or all its jobs together. */
interface Spending {
  subject: string;
  subjectKind: 'job' | 'account';
  what: string;
  spent: Micros;
  microsPerHour: Micros;
  /** Those that run and that a stop would end. */
  running: JobView[];
}

/** The rules of one budget: one a step, and one that announces the stop. */
export function budgetRules(budget: Budget): Rule[] {
  const steps = STEPS.map(({ share, severity }, index): Rule => {
    const above = STEPS[index - 1]?.share ?? Number.POSITIVE_INFINITY;
    return {
      id: `budget ${budget.name} ${share * 100}%`,
      evaluate: (scene) =>
        spendings(budget, scene)
          .filter(({ spent }) => within(spent / limitOf(budget), share, above))
          .map((spending) => stepFinding(budget, spending, scene, severity)),
    };
  });
  return budget.action === 'stop' ? [...steps, stopRule(budget)] : steps;
}

function within(share: number, from: number, below: number): boolean {
  return share >= from && share < below;
}

function limitOf({ perJob, perDay }: Budget): Micros {
  return toMicros(perJob ?? perDay ?? 0);
}

function spendings(budget: Budget, scene: Scene): Spending[] {
  const isMeant = matcherOf(budget.jobs);
  const jobs = scene.jobs.filter((job) => job.mine && isMeant(job.name));
  if (budget.perJob !== undefined) {
    return jobs
      .filter((job) => job.state === 'running')
      .map((job) => ({
        subject: job.id,
        subjectKind: 'job',
        what: job.name,
        spent: job.total.micros + unmetered(scene, job.rate.micros),
        microsPerHour: job.rate.micros,
        running: [job],
      }));
  }
  const running = jobs.filter((job) => job.state === 'running');
  const microsPerHour = running.reduce((total, job) => total + job.rate.micros, 0);
  const today = jobs.reduce((total, job) => total + job.today.micros, 0);
  return [
    {
      subject: `budget:${budget.name}`,
      subjectKind: 'account',
      what: budget.name,
      spent: today + unmetered(scene, microsPerHour),
      microsPerHour,
      running,
    },
  ];
}

/** What has come to it since the last time the ledger was written. */
function unmetered({ now, meteredAt = now }: Scene, microsPerHour: Micros): Micros {
  return accrued(microsPerHour, meteredAt, now);
}

function stepFinding(
  budget: Budget,
  spending: Spending,
  scene: Scene,
  severity: Finding['severity'],
): Finding {
  const { spent, microsPerHour } = spending;
  const limit = limitOf(budget);
  const leftMs = timeTo(limit, spending);
  const [cost, ceiling] = [formatMoney(spent), formatMoney(limit)];
  const share = `${Math.floor((spent / limit) * 100)}%`;
  return {
    ...subjectOf(spending),
    severity,
    title: `${spending.what} has cost ${cost}, ${share} of its budget of ${ceiling}`,
    detail:
      leftMs === undefined
        ? 'Nothing of it costs anything now.'
        : leftMs === 0
          ? `It goes on at ${formatMoney(microsPerHour)}/h.`
          : `At ${formatMoney(microsPerHour)}/h it reaches the budget in ${formatDuration(leftMs)}.`,
    evidence: evidenceOf(budget, spending),
    microsPerHour: 0,
    since: scene.now,
    holdMs: 0,
  };
}

/** Announces a stop in time, so that a person can keep the jobs running. */
function stopRule(budget: Budget): Rule {
  return {
    id: `budget ${budget.name} stop`,
    evaluate: (scene) =>
      spendings(budget, scene).flatMap((spending) => {
        const limit = limitOf(budget);
        const leftMs = timeTo(limit, spending);
        if (leftMs === undefined || leftMs > NOTICE_MS || spending.running.length === 0) return [];
        const at = scene.now + leftMs;
        const finding: Finding = {
          ...subjectOf(spending),
          severity: 'critical',
          title: `${spending.what} is about to be stopped: its budget of ${formatMoney(limit)} is nearly spent`,
          detail: `It will be stopped when the budget is reached, unless you keep it running.`,
          evidence: evidenceOf(budget, spending),
          microsPerHour: 0,
          since: scene.now,
          holdMs: 0,
          stops: { jobIds: spending.running.map(({ id }) => id), at },
        };
        return [finding];
      }),
  };
}

function subjectOf({ subject, subjectKind }: Spending): Pick<Finding, 'subject' | 'subjectKind'> {
  return { subject, subjectKind };
}

function evidenceOf(budget: Budget, { spent, microsPerHour }: Spending): Finding['evidence'] {
  return [
    {
      label: budget.perJob === undefined ? 'spent today' : 'spent in all',
      value: formatMoney(spent),
    },
    { label: 'budget', value: formatMoney(limitOf(budget)) },
    { label: 'rate', value: `${formatMoney(microsPerHour)}/h` },
  ];
}

/** How long until the limit is reached at the present rate; undefined where it never is. */
function timeTo(limit: Micros, { spent, microsPerHour }: Spending): number | undefined {
  if (spent >= limit) return 0;
  return microsPerHour > 0 ? ((limit - spent) / microsPerHour) * HOUR : undefined;
}

/** Names by a pattern in which `*` is any text. */
function matcherOf(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`, 's');
  return (name) => expression.test(name);
}
