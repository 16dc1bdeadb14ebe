import { formatMoney, type Micros } from '../model/money.ts';
import { formatDuration, HOUR, type Instant, MINUTE } from '../model/time.ts';
import type { Ceiling } from './ceiling.ts';
import { forecastFinding } from './forecast.ts';
import type { Finding, Rule, Scene } from './rule.ts';
import { type Spending, spendings } from './spending.ts';

/** Of the ceiling: said once at each, the highest that is reached. */
const STEPS = [
  { share: 1, severity: 'critical' },
  { share: 0.8, severity: 'warning' },
  { share: 0.5, severity: 'info' },
] as const;

/** A stop is announced this long before the ceiling is reached. */
const NOTICE_MS = 5 * MINUTE;

/** The ceilings in force now: those set at a launch come and go. */
export type Ceilings = () => readonly Ceiling[];

/** The rules of budgets: one a step, one that looks ahead, and one that announces the stop. */
export function budgetRules(name: string, ceilings: Ceilings): Rule[] {
  const over = (share: (ceiling: Ceiling) => Finding[]) => ceilings().flatMap(share);
  const steps = STEPS.map(({ share, severity }, index): Rule => {
    const above = STEPS[index - 1]?.share ?? Number.POSITIVE_INFINITY;
    return {
      id: `budget ${name} ${share * 100}%`,
      evaluate: (scene) =>
        over((ceiling) => {
          // A rate is above its ceiling or it is not: half of it is no news.
          const rate = ceiling.span === 'hour';
          if (rate && share < 1) return [];
          return spendings(ceiling, scene)
            .filter(({ spent }) =>
              rate ? spent > ceiling.limit : within(spent / ceiling.limit, share, above),
            )
            .map((spending) => stepFinding(ceiling, spending, scene, severity));
        }),
    };
  });
  const forecast: Rule = {
    id: `budget ${name} forecast`,
    evaluate: (scene) =>
      over((ceiling) =>
        spendings(ceiling, scene).flatMap(
          (spending) => forecastFinding(ceiling, spending, scene.now) ?? [],
        ),
      ),
  };
  return [...steps, forecast, stopRule(name, ceilings)];
}

function within(share: number, from: number, below: number): boolean {
  return share >= from && share < below;
}

function stepFinding(
  ceiling: Ceiling,
  spending: Spending,
  scene: Scene,
  severity: Finding['severity'],
): Finding {
  const { limit, span } = ceiling;
  const { spent, microsPerHour, what } = spending;
  const leftMs = timeTo(ceiling, spending);
  const share = `${Math.floor((spent / limit) * 100)}%`;
  const title =
    span === 'hour'
      ? `${what} costs ${formatMoney(spent)}/h, more than its ceiling of ${formatMoney(limit)}/h`
      : `${what} has cost ${formatMoney(spent)}, ${share} of its budget of ${formatMoney(limit)}`;
  return {
    ...subjectOf(spending),
    severity,
    title,
    detail:
      span === 'hour'
        ? `It is ${formatMoney(spent - limit)}/h above.`
        : leftMs === undefined
          ? 'Nothing of it costs anything now.'
          : leftMs === 0
            ? `It goes on at ${formatMoney(microsPerHour)}/h.`
            : `At ${formatMoney(microsPerHour)}/h it reaches the budget in ${formatDuration(leftMs)}.`,
    evidence: evidenceOf(ceiling, spending),
    microsPerHour: 0,
    since: scene.now,
    holdMs: 0,
  };
}

/** Announces a stop in time, so that a person can keep the jobs running. */
function stopRule(name: string, ceilings: Ceilings): Rule {
  /** Since when each subject's rate has been above its ceiling. */
  let above = new Map<string, Instant>();
  return {
    id: `budget ${name} stop`,
    evaluate: (scene) => {
      const still = new Map<string, Instant>();
      const findings = ceilings()
        .filter(({ action }) => action === 'stop')
        .flatMap((ceiling) =>
          spendings(ceiling, scene).flatMap((spending): Finding[] => {
            const leftMs = timeTo(ceiling, spending);
            if (leftMs === undefined || leftMs > NOTICE_MS || spending.running.length === 0)
              return [];
            if (ceiling.span !== 'hour') return [stopFinding(ceiling, spending, scene.now, leftMs)];
            const since = Math.min(above.get(spending.subject) ?? scene.now, scene.now);
            still.set(spending.subject, since);
            const wait = Math.max(0, since + NOTICE_MS - scene.now);
            return [stopFinding(ceiling, spending, scene.now, wait)];
          }),
        );
      above = still;
      return findings;
    },
  };
}

function stopFinding(ceiling: Ceiling, spending: Spending, now: Instant, leftMs: number): Finding {
  const money = formatMoney(ceiling.limit);
  const [because, when] =
    ceiling.span === 'hour'
      ? [`it costs more than ${money}/h`, 'if it still does then']
      : [
          `its budget of ${money} is ${leftMs > 0 ? 'nearly ' : ''}spent`,
          'when the budget is reached',
        ];
  return {
    ...subjectOf(spending),
    severity: 'critical',
    title: `${spending.what} is about to be stopped: ${because}`,
    detail: `It will be stopped ${when}, unless you keep it running.`,
    evidence: evidenceOf(ceiling, spending),
    microsPerHour: 0,
    since: now,
    holdMs: 0,
    stops: { jobIds: spending.running.map(({ id }) => id), at: now + leftMs },
  };
}

function subjectOf({ subject, subjectKind }: Spending): Pick<Finding, 'subject' | 'subjectKind'> {
  return { subject, subjectKind };
}

const SPENT = {
  job: 'spent in all',
  launch: 'spent in all',
  hour: 'costs now',
  day: 'spent today',
  month: 'spent this month',
} as const;

function evidenceOf({ span, limit }: Ceiling, { spent, microsPerHour }: Spending) {
  const unit = span === 'hour' ? '/h' : '';
  return [
    { label: SPENT[span], value: `${formatMoney(spent)}${unit}` },
    { label: 'budget', value: `${formatMoney(limit)}${unit}` },
    ...(span === 'hour' ? [] : [{ label: 'rate', value: `${formatMoney(microsPerHour)}/h` }]),
  ];
}

/** How long until the limit is reached at the present rate; undefined where it never is. */
function timeTo(
  { limit, span }: { limit: Micros; span: Ceiling['span'] },
  { spent, microsPerHour }: Spending,
): number | undefined {
  if (spent >= limit) return span === 'hour' && spent === limit ? undefined : 0;
  if (span === 'hour') return undefined;
  return microsPerHour > 0 ? ((limit - spent) / microsPerHour) * HOUR : undefined;
}
