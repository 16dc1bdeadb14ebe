import type { Micros } from '../model/money.ts';
import { Provenance } from '../model/rate.ts';
import { DAY } from '../model/time.ts';
import { WASTE_CAUSES } from '../model/waste.ts';
import type { Report, ReportRow } from '../protocol/report.ts';
import { escapeHtml } from './html_chart.ts';
import {
  money,
  PROVENANCE_WORDS,
  percent,
  shareOf,
  unitCosts,
  WASTE_WORDS,
  wasted,
} from './html_words.ts';

const MOST_WASTERS = 5;

/** The figures that a reader looks for first, and may be all that they read. */
export function summary(report: Report): string {
  const { total, from, to, rows } = report;
  const days = Math.max(1, (to - from) / DAY);
  const vain = wasted(total.work);
  const saved = total.work?.savedMicros ?? 0;
  const [dearest] = report.by === 'day' ? [] : rows;
  const facts: [name: string, value: string, more: string][] = [
    ['A day, on average', money(Math.round(total.micros / days)), ''],
    ['Held by no job', money(total.idleMicros), shareOf(total.idleMicros, total)],
    ['Spent in vain', money(vain), shareOf(vain, total)],
    ...(saved > 0 ? [['Saved by stops', money(saved), ''] as [string, string, string]] : []),
    ...unitCosts(total.work).map(({ unit, micros }): [string, string, string] => [
      `Per ${unit}`,
      money(micros),
      '',
    ]),
    ...(dearest
      ? [
          ['Most of it', shareOf(dearest.micros, total), escapeHtml(dearest.name)] as [
            string,
            string,
            string,
          ],
        ]
      : []),
  ];
  const list = facts.map(
    ([name, value, more]) =>
      `<div><dt>${name}</dt><dd>${value}${more && ` <small>${more}</small>`}</dd></div>`,
  );
  return `<section><dl class="facts">${list.join('')}</dl></section>`;
}

/** What the sum rests on, as one bar and in words. */
export function provenance({ total }: Report): string {
  const parts = Provenance.options.filter((one) => total.byProvenance[one] > 0);
  const whole = parts.reduce((sum, one) => sum + total.byProvenance[one], 0);
  let from = 0;
  const bar = parts.map((one) => {
    const wide = (total.byProvenance[one] / whole) * 900;
    const at = from;
    from += wide;
    return `<rect class="p-${one}" x="${at.toFixed(1)}" width="${Math.max(1, wide).toFixed(1)}" height="14"/>`;
  });
  const words = parts.map(
    (one) =>
      `<li><i class="p-${one}"></i>${money(total.byProvenance[one])} ${one} <span class="quiet">${PROVENANCE_WORDS[one]}</span></li>`,
  );
  const doubt =
    total.uncertainMicros > 0
      ? `<p class="note">${money(total.uncertainMicros)} of it is of time that no fresh evidence covers: a source that did not answer, a computer that slept.</p>`
      : '';
  const margin =
    (total.marginMicros ?? 0) > 0
      ? `<p class="note">The calibrated part is right to within ± ${money(total.marginMicros ?? 0)}, with 95% certainty.</p>`
      : '';
  return `<section><h2>What this rests on</h2>
<svg class="bar" viewBox="0 0 900 14" preserveAspectRatio="none" role="img" aria-label="${escapeHtml(`Parts of the sum: ${parts.join(', ')}`)}">${bar.join('')}</svg>
<ul class="legend">${words.join('')}</ul>${margin}${doubt}</section>`;
}

/** Why money did no work, and who could have it back. Nothing where none is known to be lost. */
export function waste({ total, rows, by }: Report): string {
  const lost = wasted(total.work);
  if (lost === 0) return '';
  const causes = WASTE_CAUSES.filter((cause) => (total.work?.waste[cause] ?? 0) > 0).map((cause) =>
    line(WASTE_WORDS[cause], total.work?.waste[cause] ?? 0, lost),
  );
  const worst = rows
    .filter(({ work }) => wasted(work) > 0)
    .toSorted((a, b) => wasted(b.work) - wasted(a.work))
    .slice(0, MOST_WASTERS)
    .map((row) => line(nameOf(row), wasted(row.work), lost));
  return `<section><h2>Spent in vain: ${money(lost)}</h2><div class="two">
<table><caption>Why</caption><tbody>${causes.join('')}</tbody></table>
${worst.length > 1 && by !== 'day' ? `<table><caption>Where most</caption><tbody>${worst.join('')}</tbody></table>` : ''}
</div></section>`;
}

function nameOf({ name, owner }: ReportRow): string {
  return owner ? `${name} (${owner})` : name;
}

function line(name: string, micros: Micros, whole: Micros): string {
  return `<tr><td>${escapeHtml(name)}</td><td class="number quiet">${escapeHtml(percent(micros / whole))}</td><td class="number">${money(micros)}</td></tr>`;
}
