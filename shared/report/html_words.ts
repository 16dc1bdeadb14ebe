import { costPerUnit } from '../economics/course.ts';
import { formatMoney, type Micros } from '../model/money.ts';
import { Counter } from '../model/progress.ts';
import { Provenance } from '../model/rate.ts';
import { UNITS } from '../model/unit.ts';
import { type WasteCause, wasteSum } from '../model/waste.ts';
import type { ReportSum, ReportWork } from '../protocol/report.ts';
import { escapeHtml } from './html_chart.ts';

/** Why money did no work, as a person who was not there reads it. */
export const WASTE_WORDS: Readonly<Record<WasteCause, string>> = {
  idle: 'GPUs did next to nothing',
  stalled: 'busy, but made no progress',
  waiting: 'not yet at work: pulling, loading, compiling',
};

export const PROVENANCE_WORDS: Readonly<Record<Provenance, string>> = {
  billed: 'on the provider’s bill',
  quoted: 'at this machine’s own price',
  calibrated: 'list price, corrected by bills',
  list: 'list price, without discounts',
};

export function money(micros: Micros): string {
  return escapeHtml(formatMoney(micros));
}

export function percent(share: number): string {
  if (share > 0 && share < 0.005) return '<1%';
  return `${Math.round(share * 100)}%`;
}

export function shareOf(micros: Micros, { micros: total }: Pick<ReportSum, 'micros'>): string {
  return escapeHtml(total > 0 ? percent(micros / total) : '0%');
}

/** ` ± $12`: how far off a sum may be; nothing where that is not known of all of it. */
export function margin({ marginMicros = 0, byProvenance, micros }: ReportSum): string {
  // How far off list prices are nobody knows; what rounds away is no news.
  if (byProvenance.list !== 0 || marginMicros < Math.max(10_000, micros / 1_000)) return '';
  return ` ± ${money(marginMicros)}`;
}

/** What the money was spent in vain on, and what stops have saved. */
export function wasted(work: ReportWork | undefined): Micros {
  return work ? wasteSum(work.waste) : 0;
}

/** `$0.42 per 1k steps` of each thing that is counted: what a unit has cost. */
export function unitCosts(work: ReportWork | undefined): { unit: string; micros: Micros }[] {
  return Counter.options.flatMap((counter) => {
    const counted = work?.[counter];
    const micros = counted && costPerUnit(counter, [counted]);
    return micros === undefined ? [] : [{ unit: UNITS[counter].name, micros: Math.round(micros) }];
  });
}

/** `list`, or `70% quoted, 30% list`. */
export function restsOn({ byProvenance, micros }: ReportSum): string {
  const used = Provenance.options.filter((one) => byProvenance[one] !== 0);
  if (used.length < 2 || micros <= 0) return used.join(', ');
  return escapeHtml(used.map((one) => `${percent(byProvenance[one] / micros)} ${one}`).join(', '));
}
