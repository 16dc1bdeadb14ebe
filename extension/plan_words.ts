import { withProvenance } from '@burnrate/shared/faces/readout.ts';
import { formatMoney } from '@burnrate/shared/model/money.ts';
import type { JobView } from '@burnrate/shared/model/snapshot.ts';
import type { Stop, StopPlan } from '@burnrate/shared/model/stop.ts';
import { t } from './l10n.ts';
import { inMessage } from './text.ts';

/** `burnrate.confirmStop`: when a stop is asked about before it is done. */
export type ConfirmStop = 'always' | 'irreversible' | 'never';

/** The most that a notification says of losses, in characters. */
const LONGEST_LOSSES = 240;

/**
 * Whether to ask. By default unless the job can be started again and the person has read in `said`,
 * a `planSentence`, all that this stop loses.
 */
export function needsConfirmation(plan: StopPlan, when: ConfirmStop, said?: string): boolean {
  if (when !== 'irreversible') return when === 'always';
  const saysAll = lossesOf(plan).length <= LONGEST_LOSSES;
  return !(plan.reversible && saysAll && said === planSentence(plan));
}

export interface Question {
  title: string;
  detail: string;
}

/** What the confirmation asks: what will be done, what is lost, what stays, and what it saves. */
export function questionOf(plan: StopPlan, job: JobView | undefined): Question {
  const name = job ? inMessage(job.name) : plan.jobId;
  const lines = [
    plan.action,
    ...listed(t('Lost for good:'), plan.loses),
    ...listed(t('Stays, and may go on costing money:'), plan.keeps),
    ...(job && job.rate.micros > 0 ? ['', t('Saves {0} per hour.', withProvenance(job.rate))] : []),
    '',
    ...(plan.reversible ? [t('It can be started again.')] : []),
    t('The same by hand: {0}', plan.equivalent),
  ];
  return {
    title: t('Stop {0}?', name),
    detail: lines.map((line) => inMessage(line, 300)).join('\n'),
  };
}

function listed(heading: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : ['', heading, ...items.map((item) => `• ${item}`)];
}

/** What a stop does and loses, in one sentence. */
export function planSentence(plan: StopPlan): string {
  const action = inMessage(plan.action, 120);
  if (plan.loses.length === 0) return t('Stop job: {0}; nothing is lost.', action);
  const losses = inMessage(lossesOf(plan), LONGEST_LOSSES);
  return t('Stop job: {0}; lost for good: {1}.', action, losses);
}

/** What a notification says of its stop button: the plan, or that the plan is asked about. */
export function offerSentence(plan: StopPlan, when: ConfirmStop): string {
  const sentence = planSentence(plan);
  if (!needsConfirmation(plan, when, sentence)) return sentence;
  return t('Stop job: {0}; you are asked first.', inMessage(plan.action, 120));
}

function lossesOf({ loses }: StopPlan): string {
  return loses.join(', ');
}

/** What is said when the provider has confirmed the end. */
export function confirmedSentence(stop: Stop): string {
  const name = inMessage(stop.jobName);
  const keeps = stop.plan.keeps.map((line) => inMessage(line, 120)).join(', ');
  return [
    stop.microsPerHour > 0
      ? t('{0} has stopped. It saves {1} per hour.', name, formatMoney(stop.microsPerHour))
      : t('{0} has stopped.', name),
    ...(keeps ? [t('What stays: {0}.', keeps)] : []),
  ].join(' ');
}

export function failedSentence(stop: Stop): string {
  const why = inMessage(stop.error ?? t('no reason was given'), 400);
  return [
    t('Stopping {0} failed: {1}', inMessage(stop.jobName), why),
    inMessage(stop.remedy ?? '', 400),
  ]
    .filter(Boolean)
    .join(' ');
}
