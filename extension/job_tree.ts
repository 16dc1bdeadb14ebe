import { quietWord } from '@burnrate/shared/faces/quiet.ts';
import { costLine, formatFigure, withProvenance } from '@burnrate/shared/faces/readout.ts';
import { sparkline } from '@burnrate/shared/faces/sparkline.ts';
import { unitLines } from '@burnrate/shared/faces/units.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { Leftover } from '@burnrate/shared/model/leftover.ts';
import { perMonth } from '@burnrate/shared/model/leftover_cost.ts';
import { formatMoney } from '@burnrate/shared/model/money.ts';
import type { AccountView, JobView, NodeView, Snapshot } from '@burnrate/shared/model/snapshot.ts';
import type { Stop } from '@burnrate/shared/model/stop.ts';
import { oneLine } from '@burnrate/shared/model/text.ts';
import { t } from './l10n.ts';
import { inMarkdown } from './text.ts';

/** One line of the tree, as data: the view only hands it to VS Code. */
export interface Branch {
  /** Stays the same while the thing does, so that what is expanded stays so. */
  id: string;
  label: string;
  description?: string;
  /** Markdown. */
  tooltip?: string;
  icon: string;
  color?: string;
  /** What its menus offer: `job`, `job stoppable`, `job alerting`, ... */
  context: string;
  /** For screen readers. */
  spoken?: string;
  jobId?: string;
  alertId?: string;
  nativeId?: string;
  children?: Branch[];
}

export interface TreeOptions {
  /** Whether jobs of others, and their idle nodes, are shown too. */
  others: boolean;
  locale?: string;
}

/** The jobs by account; empty where there is no account at all. */
export function treeOf(snapshot: Snapshot, options: TreeOptions): Branch[] {
  return snapshot.accounts.map((account) => accountBranch(account, snapshot, options));
}

const WORST_FIRST: readonly Alert['severity'][] = ['critical', 'warning', 'info'];

/** The alerts that fire and have not been put off, the worst first. */
export function loudAlerts(snapshot: Snapshot): Alert[] {
  const rank = ({ severity }: Alert) => WORST_FIRST.indexOf(severity);
  return snapshot.alerts
    .filter(
      (alert) =>
        alert.state === 'firing' && !alert.acknowledged && (alert.snoozedUntil ?? 0) <= snapshot.at,
    )
    .toSorted((a, b) => rank(a) - rank(b));
}

function accountBranch(account: AccountView, snapshot: Snapshot, options: TreeOptions): Branch {
  const jobs = snapshot.jobs
    .filter((job) => job.account === account.id && (job.mine || options.others))
    .toSorted(byCost);
  const idle = snapshot.nodes.filter(
    (node) => node.account === account.id && node.idle.micros > 0 && (node.mine || options.others),
  );
  const leftovers = (snapshot.leftovers ?? []).filter((one) => one.account === account.id);
  const children = [
    ...failureBranches(account),
    ...jobs.map((job) => jobBranch(job, snapshot, options)),
    ...idle.map((node) => idleBranch(node, options)),
    ...leftovers.map((leftover) => leftoverBranch(leftover, options)),
  ];
  return {
    // VS Code would remember an account that was empty at first as a closed one.
    id: children.length > 0 ? account.id : `${account.id}#empty`,
    label: oneLine(account.title),
    description: accountLine(account, jobs),
    tooltip: t('Found in {0}', inMarkdown(account.foundIn, 200)),
    ...accountIcon(account),
    context: 'account',
    ...(children.length > 0 && { children }),
  };
}

function byCost(a: JobView, b: JobView): number {
  const rank = (job: JobView) => (job.state === 'ended' ? 2 : job.mine ? 0 : 1);
  return rank(a) - rank(b) || b.rate.micros - a.rate.micros || a.name.localeCompare(b.name);
}

function accountLine(account: AccountView, jobs: readonly JobView[]): string {
  if (account.state === 'starting') return t('asking…');
  if (account.state === 'failed') return t('not reached');
  const holdings = holdingsOf(account, jobs);
  return account.state === 'stale' ? t('{0}, not up to date', holdings) : holdings;
}

function holdingsOf({ capabilities }: AccountView, jobs: readonly JobView[]): string {
  if (!capabilities.includes('jobs') && !capabilities.includes('nodes')) return t('telemetry');
  const running = jobs.filter(({ state }) => state !== 'ended').length;
  if (running === 0) return t('no jobs');
  return running === 1 ? t('1 job') : t('{0} jobs', running);
}

function accountIcon({ state }: AccountView): { icon: string; color?: string } {
  if (state === 'failed') return { icon: 'error', color: 'list.errorForeground' };
  if (state === 'stale') return { icon: 'history', color: 'list.warningForeground' };
  return { icon: state === 'starting' ? 'loading~spin' : 'server-environment' };
}

function failureBranches({ id, failure, state }: AccountView): Branch[] {
  if (!failure || state === 'ok') return [];
  return [
    {
      id: `${id}#failure`,
      label: oneLine(failure.message, 200),
      description: oneLine(failure.remedy, 200),
      tooltip: [failure.message, failure.remedy].map((text) => inMarkdown(text, 600)).join('\n\n'),
      icon: 'warning',
      color: 'list.warningForeground',
      context: 'failure',
    },
  ];
}

/** How many of a job's last readings its line draws. */
const TREND = 6;

function jobBranch(job: JobView, snapshot: Snapshot, { locale }: TreeOptions): Branch {
  const alert = loudAlerts(snapshot).find(({ subject }) => subject === job.id);
  const stop = snapshot.stops.find(({ jobId, state }) => jobId === job.id && state !== 'confirmed');
  const owner = job.mine ? [] : [oneLine(job.owner ?? t('somebody else'), 30)];
  const line = (trend?: string) => [costLine(job, locale, trend), ...owner].join(' · ');
  const shown = line(sparkline(job.recentActivity, TREND));
  const context = ['job', ...(job.stoppable ? ['stoppable'] : []), ...(alert ? ['alerting'] : [])];
  return {
    id: job.id,
    label: oneLine(job.name),
    description: stop ? `${stopWord(stop)} · ${shown}` : shown,
    tooltip: jobTooltip(job, { alert, stop, putOff: putOffOf(job, snapshot) }, locale),
    ...jobIcon(job, alert, stop),
    context: context.join(' '),
    spoken: [oneLine(job.name), line(), ...(alert ? [oneLine(alert.title, 200)] : [])].join(', '),
    jobId: job.id,
    nativeId: job.nativeId,
    ...(alert && { alertId: alert.id }),
  };
}

function stopWord({ state }: Stop): string {
  return state === 'failed' ? t('stop failed') : t('stopping…');
}

function jobIcon(
  job: JobView,
  alert: Alert | undefined,
  stop: Stop | undefined,
): { icon: string; color?: string } {
  if (stop?.state === 'failed') return { icon: 'error', color: 'list.errorForeground' };
  if (stop || job.state === 'stopping') return { icon: 'loading~spin' };
  if (alert?.severity === 'critical') return { icon: 'flame', color: 'list.errorForeground' };
  if (alert?.severity === 'warning') return { icon: 'flame', color: 'list.warningForeground' };
  if (job.state === 'pending') return { icon: 'clock' };
  if (job.state === 'ended') return { icon: 'circle-slash', color: 'disabledForeground' };
  return { icon: 'play-circle', color: 'charts.green' };
}

/** The job's alerts that were snoozed or acknowledged, each with that. */
function putOffOf({ id }: JobView, { alerts, at }: Snapshot): string[] {
  return alerts.flatMap((alert) => {
    const word = alert.state === 'firing' && alert.subject === id && quietWord(alert, at);
    return word ? [`${alert.title} · ${word}`] : [];
  });
}

function jobTooltip(
  job: JobView,
  {
    alert,
    stop,
    putOff,
  }: { alert: Alert | undefined; stop: Stop | undefined; putOff: readonly string[] },
  locale?: string,
): string {
  const sections = [`**${inMarkdown(job.name, 200)}**`];
  if (stop?.state === 'failed') {
    const said = [stop.error, stop.remedy].filter((text) => text !== undefined);
    sections.push(`$(error) ${t('The stop failed.')} ${inMarkdown(said.join(' '), 600)}`);
  }
  if (alert) {
    sections.push(`$(warning) ${inMarkdown(alert.title, 300)}`, inMarkdown(alert.detail, 600));
  }
  sections.push(...putOff.map((text) => `$(bell-slash) ${inMarkdown(text, 300)}`));
  const rows: [string, string][] = [
    [t('Per hour'), withProvenance(job.rate, locale)],
    [t('Today'), withProvenance(job.today, locale)],
    [t('In all'), withProvenance(job.total, locale)],
    ...unitLines(job, locale).map((line): [string, string] => [t('Its work'), line]),
    ...(job.startedAt === undefined
      ? []
      : [[t('Started'), new Date(job.startedAt).toLocaleString(locale)] as [string, string]]),
    [t('ID'), job.nativeId],
  ];
  const table = rows.map(([label, value]) => `| ${inMarkdown(label)} | ${inMarkdown(value)} |`);
  sections.push(['| | |', '|:--|:--|', ...table].join('\n'));
  if (!job.stoppable && job.state === 'running' && job.unstoppableBecause) {
    sections.push(inMarkdown(job.unstoppableBecause, 300));
  }
  return sections.join('\n\n');
}

function idleBranch(node: NodeView, { locale }: TreeOptions): Branch {
  const name = oneLine(node.name);
  return {
    id: `${node.id}#idle`,
    label: name,
    description: t('{0}/h idle', formatFigure(node.idle, locale)),
    tooltip: t(
      'What no job holds of {0}: {1} per hour.',
      inMarkdown(name),
      inMarkdown(withProvenance(node.idle, locale)),
    ),
    icon: 'vm-outline',
    color: 'list.warningForeground',
    context: 'node',
  };
}

/** A disk or address that is paid for and used by nothing, with the command that deletes it. */
function leftoverBranch(leftover: Leftover, { locale }: TreeOptions): Branch {
  const { id, name, machine, rate, remove } = leftover;
  const cost = rate
    ? t('{0} a month ({1})', formatMoney(perMonth(rate), locale), rate.provenance)
    : t('price unknown');
  const why = machine ? t('waits for {0}, stopped', oneLine(machine)) : t('left behind');
  return {
    id: `${id}#leftover`,
    label: oneLine(name),
    description: [cost, why].join(' · '),
    tooltip: [inMarkdown(`${name} · ${cost} · ${why}`, 300), inMarkdown(remove, 600)].join('\n\n'),
    icon: 'archive',
    context: 'leftover',
  };
}
