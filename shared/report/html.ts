import { createHash } from 'node:crypto';
import { formatEgress } from '../model/egress_words.ts';
import { formatMoney, type Micros } from '../model/money.ts';
import { Provenance } from '../model/rate.ts';
import type { Instant } from '../model/time.ts';
import type { Report, ReportKey, ReportRow, ReportSum } from '../protocol/report.ts';
import { barChart, escapeHtml, type Series } from './html_chart.ts';
import { egress } from './html_egress.ts';
import { STYLE } from './html_style.ts';
import { provenance, summary, waste } from './html_summary.ts';
import { margin, money, percent, restsOn, unitCosts, wasted } from './html_words.ts';

/** A report, and what each of its rows cost on each day. */
export interface DailyReport {
  report: Report;
  /** `2026-11-24`, in order. */
  days: readonly string[];
  /** By a row's key, one amount a day. */
  byDay: ReadonlyMap<string, readonly Micros[]>;
  /** All jobs, the dearest first. */
  jobs: readonly ReportRow[];
}

/** As many colours as can be told apart; the rest is one. */
const MOST_SERIES = 6;
const MOST_ROWS = 200;
const MOST_JOBS = 10;
/** A bar that is the whole. */
const WIDE = 160;

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
<div class="total">${money(report.total.micros)}<small>${margin(report.total)}</small></div></div>
<p class="quiet">${escapeHtml(span)}${isEstimate(report) ? '<br>an estimate: what is owed is on the providers’ invoices' : ''}</p>
</header>
${report.rows.length === 0 ? '<section><p>Nothing was metered in this time.</p></section>' : body(daily)}
<footer>
<p>Metered by Burnrate from the time that machines ran, at the best price known for each.${report.everyones ? '' : ' Others’ jobs and machines are not in it.'}</p>
</footer>
</main>
</body>
</html>
`;
}

function body(daily: DailyReport): string {
  const { report, jobs } = daily;
  const dearest = jobs.slice(0, MOST_JOBS);
  return [
    summary(report),
    daily.days.length > 1 ? chart(daily) : '',
    provenance(report),
    waste(report),
    rows(report.rows, report.by, report),
    report.by === 'job' || dearest.length === 0 ? '' : rows(dearest, 'job', report),
    egress(report, jobs),
  ].join('\n');
}

function isEstimate({ total }: Report): boolean {
  return total.byProvenance.billed !== total.micros;
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

/** Rows, with a column for each thing that any of them tells of; of the report's own, their sum too. */
function rows(all: readonly ReportRow[], by: ReportKey, { by: asked, total }: Report): string {
  const isWhole = by === asked;
  const shown = all.slice(0, MOST_ROWS);
  const columns = COLUMNS.filter(({ some }) => !some || shown.some(some));
  const head = columns.map(
    ({ title, isNumber }) => `<th scope="col"${isNumber ? ' class="number"' : ''}>${title}</th>`,
  );
  const body = shown.map((row) => {
    const cells = columns.map(
      ({ cell, isNumber, isQuiet }) =>
        `<td class="${[isNumber && 'number', isQuiet && 'quiet'].filter(Boolean).join(' ')}">${cell(row, total)}</td>`,
    );
    return `<tr><th scope="row">${escapeHtml(row.name)}</th>${cells.join('')}</tr>`;
  });
  const last = (name: string, cell: string) =>
    `<tr><th scope="row">${name}</th>${'<td></td>'.repeat(columns.length - 1)}<td class="number">${cell}</td></tr>`;
  const left = all.slice(MOST_ROWS);
  const more = left.reduce((sum, { micros }) => sum + micros, 0);
  const title = isWhole ? `By ${TITLES[by].toLowerCase()}` : 'The biggest jobs';
  return `<section class="rows"><h2>${title}</h2><div class="scroll" role="region" tabindex="0" aria-label="${title}"><table>
<thead><tr><th scope="col">${TITLES[by]}</th>${head.join('')}</tr></thead>
<tbody>
${body.join('\n')}
${left.length > 0 ? last(`${left.length} more`, money(more)) : ''}</tbody>
${isWhole ? `<tfoot>${last('Sum', `${money(total.micros)}${margin(total)}`)}</tfoot>` : ''}
</table></div></section>`;
}

interface Column {
  title: string;
  isNumber?: boolean;
  isQuiet?: boolean;
  cell: (row: ReportRow, total: ReportSum) => string;
  /** Only where this is so of any row. */
  some?: (row: ReportRow) => boolean;
}

const COLUMNS: readonly Column[] = [
  {
    title: 'Owner',
    isQuiet: true,
    cell: ({ owner }) => escapeHtml(owner ?? ''),
    some: ({ owner }) => owner !== undefined,
  },
  {
    title: 'No job',
    isNumber: true,
    isQuiet: true,
    cell: ({ idleMicros }) => (idleMicros === 0 ? '' : money(idleMicros)),
    some: ({ idleMicros }) => idleMicros !== 0,
  },
  {
    title: 'In vain',
    isNumber: true,
    cell: ({ work }) => (wasted(work) === 0 ? '' : money(wasted(work))),
    some: ({ work }) => wasted(work) > 0,
  },
  {
    title: 'Per unit',
    isNumber: true,
    cell: ({ work }) =>
      unitCosts(work)
        .map(({ unit, micros }) => `${money(micros)} <small>/ ${unit}</small>`)
        .join('<br>'),
    some: ({ work }) => unitCosts(work).length > 0,
  },
  {
    // Beside the cost, and in no sum of it.
    title: 'Egress',
    isNumber: true,
    isQuiet: true,
    cell: ({ work }) =>
      work?.egress?.moved.sent ? escapeHtml(formatEgress(work.egress.cost, formatMoney)) : '',
    some: ({ work }) => (work?.egress?.moved.sent ?? 0) > 0,
  },
  {
    title: 'Share, and what it rests on',
    cell: (row, total) => `${shareBar(row, total)}<small>${restsOn(row)}</small>`,
  },
  {
    title: 'Cost',
    isNumber: true,
    cell: (row) => `${money(row.micros)}<small>${margin(row)}</small>`,
  },
];

/** How much of the whole it is, in the colours of what it rests on. */
function shareBar({ byProvenance }: ReportRow, { micros: whole }: ReportSum): string {
  let from = 0;
  const parts = Provenance.options.map((one) => {
    const share = whole > 0 ? Math.max(0, byProvenance[one] / whole) : 0;
    const at = from;
    from += share;
    if (share === 0) return '';
    const wide = Math.max(share * WIDE, 1).toFixed(1);
    return `<rect class="p-${one}" x="${(at * WIDE).toFixed(1)}" width="${wide}" height="8"/>`;
  });
  return `<svg class="share" viewBox="0 0 ${WIDE} 8" role="img" aria-label="${escapeHtml(percent(from))}"><rect class="track" width="${WIDE}" height="8"/>${parts.join('')}</svg>`;
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
