import { costPerUnit } from '../economics/course.ts';
import { formatBytes, formatEgress } from '../model/egress_words.ts';
import type { Micros } from '../model/money.ts';
import { formatMoney } from '../model/money.ts';
import { Counter } from '../model/progress.ts';
import { Provenance } from '../model/rate.ts';
import { type Instant, SECOND } from '../model/time.ts';
import { UNITS } from '../model/unit.ts';
import { wasteSum } from '../model/waste.ts';
import type { Report, ReportKey, ReportRow, ReportSum } from '../protocol/report.ts';
import { csvOf } from '../report/csv.ts';
import { dailyOf } from '../report/daily.ts';
import { focusOf } from '../report/focus.ts';
import { htmlOf } from '../report/html.ts';
import { writeOut } from '../report/output.ts';
import { pagesOf } from '../report/pages.ts';
import { reportOf } from '../report/sums.ts';
import { settledSnapshot, withCollector } from './connect.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import { parseInstant } from './instant.ts';
import type { Terminal } from './terminal.ts';
import { percent, plural } from './view/figures.ts';
import { paint } from './view/paint.ts';
import { table, tableLines } from './view/table.ts';
import { BLANK, indent, type Line, say } from './view/text.ts';

export interface ReportOptions {
  by: ReportKey;
  since: string;
  until: string;
  format: 'table' | 'csv' | 'json' | 'focus' | 'html';
  output?: string;
  everyones?: boolean;
  team?: boolean;
}

/** `burnrate report`: the ledger's sums by job, owner, day and so on, or all of it in FOCUS. */
export async function report(terminal: Terminal, options: ReportOptions): Promise<number> {
  const { by, format, output, team = false } = options;
  const everyones = team || (options.everyones ?? false);
  if (format === 'html' && by === 'hour')
    throw new PlainFailure(
      'The page draws days. Report it --by day, or the hours as --format table, csv or json.',
      EXIT.usage,
    );
  await withCollector(async (link) => {
    const { at, rate } = await settledSnapshot(link);
    if (rate.unpriced > 0 && !team) terminal.note(unpricedText(rate.unpriced));
    const span = spanOf(options, at);
    const ask = (query: Parameters<Parameters<typeof pagesOf>[0]>[0]) =>
      link.request('costs', { ...query, ...(team && { team }) });
    if (format === 'focus') {
      return write(focusOf(pagesOf(ask, span, { hourly: true, everyones })), output);
    }
    if (format === 'html') {
      const pages = pagesOf(ask, span, { everyones });
      return write([htmlOf(await dailyOf({ ...span, by, everyones }, pages))], output);
    }
    const pages = pagesOf(ask, span, { everyones, byHour: by === 'hour' });
    const made = await reportOf({ ...span, by, everyones }, pages);
    if (format === 'csv') return write(csvOf(made), output);
    if (format === 'json') {
      if (output === undefined) terminal.json(made);
      else await write([`${JSON.stringify(made, null, 2)}\n`], output);
      return;
    }
    if (output === undefined) terminal.print(...reportLines(made, terminal.width));
    else
      await write(
        reportLines(made, 120).map((line) => `${paint(line, 0)}\n`),
        output,
      );
  });
  if (output !== undefined) terminal.note(`Written to ${output}.`);
  return EXIT.ok;
}

/** What nobody knows the price of is in no sum: it must not seem to have cost nothing. */
function unpricedText(count: number): string {
  return `${plural(count, 'machine runs', 'machines run')} at a price that is not known: what they cost is missing here. \`burnrate doctor\` says more.`;
}

/** Whole seconds, which are all that FOCUS can say. */
function spanOf({ since, until }: ReportOptions, now: Instant): { from: Instant; to: Instant } {
  const from = Math.floor(parseInstant(since, now) / SECOND) * SECOND;
  const to = Math.ceil(Math.min(parseInstant(until, now), now) / SECOND) * SECOND;
  if (from < to) return { from, to };
  throw new PlainFailure(
    `There is no time between --since ${since} and --until ${until}: the first must be earlier, and past.`,
    EXIT.usage,
  );
}

async function write(
  pieces: Iterable<string> | AsyncIterable<string>,
  output: string | undefined,
): Promise<void> {
  try {
    await writeOut(pieces, output);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (output === undefined || code === undefined) throw error;
    throw new PlainFailure(
      `The report could not be written to ${output}: ${message}. Name another file with --output.`,
      EXIT.failed,
    );
  }
}

/** The report as a table, its sum first and, where there is more than one, what it rests on. */
export function reportLines(made: Report, width: number): Line[] {
  const { total, rows, by, everyones } = made;
  const span = `${dateTime(made.from)} to ${dateTime(made.to)}`;
  const whose = everyones ? 'everyone’s' : 'yours';
  if (rows.length === 0) {
    const more = everyones ? '' : ' --everyones reports what is not yours too.';
    return [[say(` Nothing was metered from ${span}.${more}`)]];
  }
  const parts = [
    ...Provenance.options.map((one) => part(one, total.byProvenance[one], total)),
    part('uncertain', total.uncertainMicros, total),
    part('idle', total.idleMicros, total),
  ].filter((text) => text !== '');
  const head: Line[] = [
    [say(formatMoney(total.micros), 'flame'), say(` from ${span}, ${whose}`)],
    [say(`${parts.join(' · ')} · an estimate, not an invoice`, 'quiet')],
  ];
  const body = table<ReportRow>(
    rows,
    [
      { title: `   ${by.toUpperCase()}`, shrinksTo: 14, cell: (row) => [say(`   ${row.name}`)] },
      { title: 'OWNER', rank: 3, cell: ({ owner }) => (owner ? [say(owner, 'quiet')] : []) },
      { title: 'COST', align: 'right', cell: (row) => [say(formatMoney(row.micros), 'strong')] },
      {
        title: 'SHARE',
        align: 'right',
        rank: 4,
        cell: (row) => (total.micros > 0 ? [say(percent(row.micros / total.micros))] : []),
      },
      {
        title: 'RESTS ON',
        rank: 2,
        cell: (row) => (by === 'provenance' ? [] : [say(restsOn(row), 'quiet')]),
      },
      {
        title: 'UNCERTAIN',
        align: 'right',
        rank: 1,
        cell: (row) => amount(row.uncertainMicros),
      },
      { title: 'IDLE', align: 'right', rank: 1, cell: (row) => amount(row.idleMicros) },
      {
        title: 'WASTED',
        align: 'right',
        cell: ({ work }) => (work ? amount(wasteSum(work.waste)) : []),
      },
      {
        title: 'SAVED',
        align: 'right',
        rank: 1,
        cell: ({ work }) => (work?.savedMicros ? [say(formatMoney(work.savedMicros), 'good')] : []),
      },
      {
        title: 'SENT',
        align: 'right',
        rank: 2,
        cell: ({ work }) => {
          const sent = work?.egress?.moved.sent;
          return sent ? [say(formatBytes(sent))] : [];
        },
      },
      {
        // Beside the cost, and in no sum of it.
        title: 'EGRESS',
        align: 'right',
        rank: 1,
        cell: ({ work }) => {
          const egress = work?.egress;
          return egress?.moved.sent ? [say(formatEgress(egress.cost, formatMoney))] : [];
        },
      },
      ...Counter.options.map((counter) => ({
        title: `PER ${UNITS[counter].name.toUpperCase()}`,
        align: 'right' as const,
        cell: (row: ReportRow) => unitCell(counter, row),
      })),
    ],
    width,
  );
  return [...indent(head, [say(' ')]), BLANK, ...tableLines(body)];
}

function unitCell(counter: Counter, { work }: ReportRow): Line {
  const counted = work?.[counter];
  const micros = counted && costPerUnit(counter, [counted]);
  return micros === undefined ? [] : [say(formatMoney(Math.round(micros)))];
}

function part(name: string, micros: Micros, { micros: total }: ReportSum): string {
  return micros === 0 || total <= 0 ? '' : `${percent(micros / total)} ${name}`;
}

/** `list`, or `70% quoted, 30% list` where there is more than one. */
function restsOn({ byProvenance, micros }: ReportSum): string {
  const used = Provenance.options.filter((one) => byProvenance[one] !== 0);
  if (used.length < 2 || micros <= 0) return used.join(', ');
  return used.map((one) => `${percent(byProvenance[one] / micros)} ${one}`).join(', ');
}

function amount(micros: Micros): Line {
  return micros === 0 ? [] : [say(formatMoney(micros), 'warning')];
}

function dateTime(at: Instant): string {
  return new Date(at).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
}
