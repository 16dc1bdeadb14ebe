import type { EgressCost, EgressSum } from '../model/egress.ts';
import { egressRange, formatBytes, formatEgress } from '../model/egress_words.ts';
import { formatMoney } from '../model/money.ts';
import type { Report, ReportRow } from '../protocol/report.ts';
import { escapeHtml } from './html_chart.ts';
import { money } from './html_words.ts';

const MOST_SENDERS = 10;

/**
 * What jobs sent and wrote, most bytes first, and in what range the sending costs. It stands apart
 * from what machines cost, and is in no sum of that. Nothing where nobody measured any.
 */
export function egress({ total }: Report, jobs: readonly ReportRow[]): string {
  const all = total.work?.egress;
  const moving = jobs
    .filter((row) => sentBy(row) > 0 || writtenBy(row) > 0)
    .toSorted((a, b) => sentBy(b) - sentBy(a) || writtenBy(b) - writtenBy(a));
  if (!all || moving.length === 0) return '';
  const shown = moving.slice(0, MOST_SENDERS);
  const left = moving.length - shown.length;
  return `<section class="rows"><h2>Data out: ${escapeHtml(formatEgress(all.cost, formatMoney))}</h2>
<div class="scroll" role="region" tabindex="0" aria-label="Data out by job"><table>
<thead><tr><th scope="col">Job</th><th scope="col">Owner</th><th scope="col" class="number">Sent</th><th scope="col" class="number">To disks</th><th scope="col" class="number">Cost of sending</th></tr></thead>
<tbody>
${shown.map(line).join('\n')}
</tbody>
<tfoot><tr><th scope="row">${left > 0 ? `Sum, with ${left} more` : 'Sum'}</th><td></td>${cells(all)}</tr></tfoot>
</table></div>
<p class="note">Beside what machines cost, and in no sum above: ${escapeHtml(egressRange(all.cost, formatMoney))}.</p></section>`;
}

function line({ name, owner = '', work }: ReportRow): string {
  return `<tr><th scope="row">${escapeHtml(name)}</th><td class="quiet">${escapeHtml(owner)}</td>${work?.egress ? cells(work.egress) : ''}</tr>`;
}

/** What was not measured is left empty: it need not be nothing. */
function cells({ moved: { sent, written }, cost }: EgressSum): string {
  const texts = [
    sent === undefined ? '' : formatBytes(sent),
    written === undefined ? '' : formatBytes(written),
    sent === undefined ? '' : costOf(cost),
  ];
  return texts.map((text) => `<td class="number">${text}</td>`).join('');
}

/** What is likely, and between what it lies; where nothing is likely, the most says both. */
function costOf(cost: EgressCost): string {
  const { low, high, likely } = cost;
  const range =
    likely === undefined || high === 0 ? '' : `<br><small>${money(low)} to ${money(high)}</small>`;
  return `${escapeHtml(formatEgress(cost, formatMoney))}${range}`;
}

function sentBy({ work }: ReportRow): number {
  return work?.egress?.moved.sent ?? 0;
}

function writtenBy({ work }: ReportRow): number {
  return work?.egress?.moved.written ?? 0;
}
