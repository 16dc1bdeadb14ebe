import { existsSync } from 'node:fs';
import { pathsFor, preparePaths } from '../config/paths.ts';
import { ImportError, importFile } from '../invoices/import.ts';
import { formatMoney, type Micros } from '../model/money.ts';
import { HOUR } from '../model/time.ts';
import type { InvoiceReport } from '../protocol/invoices.ts';
import { type Bills, openBills } from '../store/bills/bills.ts';
import type { Edition } from '../store/bills/editions.ts';
import { serviceSums } from '../store/bills/reads.ts';
import { withCollector } from './connect.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import { parseInstant } from './instant.ts';
import type { Terminal } from './terminal.ts';
import { percent } from './view/figures.ts';
import { table, tableLines } from './view/table.ts';
import { BLANK, indent, type Line, say } from './view/text.ts';

/** Less than a cent is no news; `--json` has it all. */
const LEAST_TOLD = 10_000;

export interface ImportOptions {
  asOf?: string;
  json?: boolean;
}

/**
 * `burnrate invoices import`: takes FOCUS files in, one after the other, and has the collector
 * compare them with the ledger. A file that cannot be understood is told; the others are taken.
 */
export async function importInvoices(
  terminal: Terminal,
  files: readonly string[],
  options: ImportOptions,
): Promise<number> {
  const asOf = options.asOf === undefined ? undefined : parseInstant(options.asOf, Date.now());
  const taken: (Edition & { isNew: boolean })[] = [];
  let code: number = EXIT.ok;
  await withBills(async (bills) => {
    for (const file of files) {
      try {
        const { edition, isNew } = await importFile(bills, file, {
          ...(asOf !== undefined && { asOf }),
        });
        taken.push({ ...edition, isNew });
        if (!options.json) terminal.print([say(` ${toldOf(edition, isNew)}`)]);
      } catch (error) {
        code = EXIT.failed;
        terminal.note(`burnrate: ${failureOf(file, error)}`);
      }
    }
  });
  if (options.json) terminal.json(taken);
  if (taken.some(({ isNew }) => isNew)) {
    await withCollector((link) => link.request('compareInvoices', {}), { here: true });
  }
  return code;
}

function toldOf({ title, lines, asOf, span }: Edition, isNew: boolean): string {
  const what = `${lines.toLocaleString('en-US')} lines`;
  if (!isNew) return `${title}: is there already (${what})`;
  const time = span ? `, ${day(span.from)} to ${day(span.to - 1)}` : '';
  return `${title}: ${what}${time}, as of ${day(asOf)}`;
}

function failureOf(file: string, error: unknown): string {
  if (error instanceof ImportError) {
    const rows = error.faults.map(
      ({ row, column, message }) => `\n  row ${row}, ${column} ${message}`,
    );
    return `${error.message}${rows.join('')}`;
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `${file} is not there.`;
  if (code?.startsWith('E')) return `${file} cannot be read: ${message}`;
  throw error;
}

/** `burnrate invoices list`: what was imported and read, and what it comes to. */
export async function listInvoices(
  terminal: Terminal,
  options: { json?: boolean },
): Promise<number> {
  const { editions, sums } = await withBills(async (bills) => ({
    editions: bills.editions(),
    sums: serviceSums(bills.connection),
  }));
  if (options.json) {
    terminal.json({ editions, sums });
    return EXIT.ok;
  }
  if (editions.length === 0) {
    terminal.print([
      say(' There are no bills yet. `burnrate invoices import FILE` takes any FOCUS 1.x file.'),
    ]);
    return EXIT.ok;
  }
  const { width } = terminal;
  terminal.print(
    ...tableLines(
      table<Edition>(
        editions.slice(0, 40),
        [
          { title: '   FROM', shrinksTo: 14, cell: ({ title }) => [say(`   ${title}`)] },
          { title: 'BY', rank: 2, cell: ({ way }) => [say(way, 'quiet')] },
          { title: 'AS OF', rank: 1, cell: ({ asOf }) => [say(day(asOf))] },
          {
            title: 'TIME',
            cell: ({ span }) => (span ? [say(`${day(span.from)} to ${day(span.to - 1)}`)] : []),
          },
          {
            title: 'LINES',
            align: 'right',
            cell: ({ lines }) => [say(lines.toLocaleString('en-US'))],
          },
        ],
        width,
      ),
    ),
    BLANK,
    ...tableLines(
      table(
        sums.slice(0, 60),
        [
          { title: '   MONTH', cell: ({ month }) => [say(`   ${month}`)] },
          { title: 'SERVICE', shrinksTo: 14, cell: ({ service }) => [say(service)] },
          { title: 'PROVIDER', rank: 2, cell: ({ provider }) => [say(provider, 'quiet')] },
          {
            title: 'BILLED',
            align: 'right',
            cell: (sum) => [say(amount(sum.billed, sum.currency), 'strong')],
          },
          {
            title: 'EFFECTIVE',
            align: 'right',
            rank: 1,
            cell: (sum) => [say(amount(sum.effective, sum.currency))],
          },
        ],
        width,
      ),
    ),
  );
  return EXIT.ok;
}

/** `burnrate invoices show`: bills against what was metered. */
export async function showInvoices(
  terminal: Terminal,
  options: { since: string; until: string; json?: boolean },
): Promise<number> {
  const now = Date.now();
  const from = Math.floor(parseInstant(options.since, now) / HOUR) * HOUR;
  const to = parseInstant(options.until, now);
  if (from >= to) {
    throw new PlainFailure('There is no time between --since and --until.', EXIT.usage);
  }
  const report = await withCollector(async (link) => {
    await link.request('compareInvoices', {});
    return link.request('invoices', { from, to });
  });
  if (options.json) terminal.json(report);
  else terminal.print(...invoiceLines(report, terminal.width));
  return EXIT.ok;
}

export function invoiceLines(report: InvoiceReport, width: number): Line[] {
  const { billedMicros, meteredMicros, pendingMicros, through, nodes, unmeteredLines } = report;
  const says = nodes.length > 0 || unmeteredLines.length > 0;
  if (through === undefined || !says) {
    return [
      [say(` No bill says anything of ${day(report.from)} to ${day(report.to)}.`)],
      [
        say(
          ` ${formatMoney(pendingMicros)} was metered in that time. \`burnrate invoices import FILE\` takes a bill in.`,
        ),
      ],
    ];
  }
  const head: Line[] = [
    [
      say(formatMoney(billedMicros), 'flame'),
      say(` billed for what was metered at ${formatMoney(meteredMicros)}`),
      say(difference(billedMicros, meteredMicros), 'quiet'),
    ],
    [
      say(
        `${formatMoney(pendingMicros)} pending: metered, and on no bill yet (bills go to ${day(through - 1)})`,
      ),
    ],
  ];
  const machines = table(
    nodes.slice(0, 40),
    [
      { title: '   MACHINE', shrinksTo: 14, cell: ({ name }) => [say(`   ${name}`)] },
      { title: 'HOURS', align: 'right', rank: 1, cell: ({ hours }) => [say(String(hours))] },
      { title: 'METERED', align: 'right', cell: (node) => [say(formatMoney(node.meteredMicros))] },
      {
        title: 'BILLED',
        align: 'right',
        cell: (node) => [say(formatMoney(node.billedMicros), 'strong')],
      },
      {
        title: '',
        cell: (node) => [say(difference(node.billedMicros, node.meteredMicros), 'quiet')],
      },
    ],
    width,
  );
  const told = unmeteredLines.filter(({ micros }) => Math.abs(micros) >= LEAST_TOLD);
  const others = table(
    told.slice(0, 40),
    [
      { title: '   NOT METERED', cell: ({ kind }) => [say(`   ${kind}`)] },
      { title: 'SERVICE', shrinksTo: 14, rank: 1, cell: ({ service }) => [say(service)] },
      { title: 'ACCOUNT', rank: 2, cell: ({ account }) => [say(account, 'quiet')] },
      {
        title: 'BILLED',
        align: 'right',
        cell: (sum) => [say(amount(sum.micros, sum.currency), 'strong')],
      },
    ],
    width,
  );
  return [
    ...indent(head, [say(' ')]),
    ...(nodes.length > 0 ? [BLANK, ...tableLines(machines)] : []),
    ...(told.length > 0 ? [BLANK, ...tableLines(others)] : []),
  ];
}

function difference(billed: Micros, metered: Micros): string {
  if (metered <= 0) return '';
  const share = billed / metered - 1;
  if (Math.abs(share) < 0.005) return ' (the same)';
  return ` (${percent(Math.abs(share))} ${share < 0 ? 'less' : 'more'})`;
}

function amount(micros: Micros, currency: string): string {
  if (currency === 'USD') return formatMoney(micros);
  return `${(micros / 1e6).toFixed(2)} ${currency}`;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

async function withBills<T>(work: (bills: Bills) => Promise<T>): Promise<T> {
  const paths = pathsFor(process.env);
  if (!existsSync(paths.bills)) preparePaths(paths);
  const bills = openBills(paths.bills, Date.now);
  // The collector may be taking in a large bill of its own.
  bills.connection.database.pragma('busy_timeout = 60000');
  try {
    return await work(bills);
  } finally {
    bills.close();
  }
}
