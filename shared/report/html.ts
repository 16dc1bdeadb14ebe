import { createHash } from 'node:crypto';
import { formatMoney, type Micros } from '../model/money.ts';
import { Provenance } from '../model/rate.ts';
import type { Instant } from '../model/time.ts';
import type { Report, ReportKey, ReportRow } from '../protocol/report.ts';
import { barChart, escapeHtml, type Series } from './html_chart.ts';
import { STYLE } from './html_style.ts';

/** A report, and what each of its rows cost on each day. */
export interface DailyReport {
  report: Report;
  /** `2026-11-24`, in order. */
  days: readonly string[];
  /** By a row's key, one amount a day. */
  byDay: ReadonlyMap<string, readonly Micros[]>;
}

/** As many colours as can be told apart; the rest is one. */
const MOST_SERIES = 6;
const MOST_ROWS = 200;

const TITLES: Readonly<Record<ReportKey, string>> = {
  job: 'Job',
  owner: 'Owner',
  day: 'Day',
  hour: 'Hour',
  account: 'Account',
  node: 'Machine',
  provenance: 'Rests on',
  project: 'Project',
  run: 'Run',
  cloud: 'Cloud',
};

/**
 * The report as one file to send to somebody: charts are pictures in it, nothing is fetched from
 * anywhere, and its content security policy allows its own style and nothing else.
 */
export function htmlOf(daily: DailyReport): string {
  const { report } = daily;
  const hash = createHash('sha256').update(STYLE).digest('base64');
  const span = `${dateOf(report.from)} – ${dateOf(report.to - 1)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GPU spending, ${escapeHtml(span)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<div><h1>${report.everyones ? 'GPU spending of everyone' : 'My GPU spending'}</h1>
<div class="total">${money(report.total.micros)}</div></div>
<p class="quiet">${escapeHtml(span)}</p>
</header>
${report.rows.length === 0 ? '<section><p>Nothing was metered in this time.</p></section>' : body(daily)}
<footer>
<p>Metered by Burnrate from the time that machines ran and the best price known for each. Billed: an
invoice line says so. Quoted: the provider named this machine’s own price. Calibrated: list price, corrected
by what this account’s bills came to. List: public price, without discounts.</p>
<p>${report.total.byProvenance.billed === report.total.micros ? '' : 'What is not billed is an estimate; what is owed is on the provider’s invoice.'}</p>
</footer>
</main>
</body>
</html>
`;
}

function body(daily: DailyReport): string {
  const { report } = daily;
  return `<section><dl class="facts">${facts(report)}</dl></section>
${daily.days.length > 1 ? chart(daily) : ''}
<section><h2>By ${escapeHtml(TITLES[report.by].toLowerCase())}</h2><div class="scroll"><table>
<thead><tr><th scope="col">${TITLES[report.by]}</th><th scope="col">Owner</th><th scope="col">Rests on</th><th scope="col" class="number">Idle</th><th scope="col">Share</th><th scope="col" class="number">Cost</th></tr></thead>
<tbody>
${report.rows
  .slice(0, MOST_ROWS)
  .map((row) => rowOf(row, report))
  .join('\n')}
${rest(report)}</tbody>
</table></div></section>`;
}

function facts({ total, from, to, rows, by }: Report): string {
  const days = (to - from) / 86_400_000;
  const share = (micros: Micros) => (total.micros > 0 ? percent(micros / total.micros) : '0%');
  const list: [string, string, string][] = [
    ['A day, on average', money(Math.round(total.micros / Math.max(1, days))), ''],
    ['Billed', money(total.byProvenance.billed), share(total.byProvenance.billed)],
    ['Idle', money(total.idleMicros), share(total.idleMicros)],
    [by === 'day' ? 'Days' : `${TITLES[by]}s`, String(rows.length), ''],
  ];
  return list
    .map(
      ([name, value, more]) =>
        `<div><dt>${name}</dt><dd>${value}${more && ` <small>${more}</small>`}</dd></div>`,
    )
    .join('');
}

/** The dearest rows, each in its colour, and what is left in one. */
function chart({ report, days, byDay }: DailyReport): string {
  const rows = report.by === 'day' ? [] : report.rows;
  const dearest = rows.slice(0, MOST_SERIES);
  const others = rows.slice(MOST_SERIES);
  const values = (of: readonly ReportRow[]) =>
    days.map((_, step) => of.reduce((sum, { key }) => sum + (byDay.get(key)?.[step] ?? 0), 0));
  const series: Series[] =
    report.by === 'day'
      ? [{ name: 'all', values: values(report.rows) }]
      : [
          ...dearest.map((row) => ({ name: row.name, values: values([row]) })),
          ...(others.length > 0 ? [{ name: 'others', values: values(others) }] : []),
        ];
  const legend = series.map(
    ({ name }, index) => `<li><i class="f${index % 7}"></i>${escapeHtml(name)}</li>`,
  );
  return `<section><h2>Cost by day</h2>${barChart(days.map(shortDay), series)}${
    series.length > 1 ? `<ul class="legend">${legend.join('')}</ul>` : ''
  }</section>`;
}

function rowOf(row: ReportRow, { total }: Report): string {
  const share = total.micros > 0 ? Math.max(0, row.micros / total.micros) : 0;
  const idle = row.idleMicros === 0 ? '' : money(row.idleMicros);
  return `<tr><td>${escapeHtml(row.name)}</td><td class="quiet">${escapeHtml(row.owner ?? '')}</td><td class="quiet">${restsOn(row)}</td><td class="number quiet">${idle}</td><td>${shareBar(share)}</td><td class="number">${money(row.micros)}</td></tr>`;
}

function shareBar(share: number): string {
  const wide = Math.max(share * 120, share > 0 ? 1 : 0).toFixed(1);
  return `<svg class="share" viewBox="0 0 120 8" role="img" aria-label="${percent(share)}"><rect class="track" width="120" height="8" rx="3"/><rect class="fill" width="${wide}" height="8" rx="3"/></svg>`;
}

function rest({ rows }: Report): string {
  const left = rows.slice(MOST_ROWS);
  if (left.length === 0) return '';
  const micros = left.reduce((sum, row) => sum + row.micros, 0);
  return `<tr><td>${left.length} more</td><td></td><td></td><td></td><td></td><td class="number">${money(micros)}</td></tr>\n`;
}

function restsOn({ byProvenance }: ReportRow): string {
  return Provenance.options.filter((one) => byProvenance[one] !== 0).join(', ');
}

function money(micros: Micros): string {
  return escapeHtml(formatMoney(micros));
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

function dateOf(at: Instant): string {
  return new Date(at).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });
}

/** `24 Nov` of `2026-11-24`. */
function shortDay(day: string): string {
  const at = new Date(`${day}T00:00:00Z`);
  return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
}
