import { costPerUnit } from '../economics/course.ts';
import type { EgressSum } from '../model/egress.ts';
import { MICROS_PER_DOLLAR, type Micros } from '../model/money.ts';
import { Counter } from '../model/progress.ts';
import { wasteSum } from '../model/waste.ts';
import type { Report, ReportRow, ReportSum } from '../protocol/report.ts';

/** A field: text, a number as it is to be read, or nothing. */
export type Cell = string | Decimal | undefined;

/** A number in digits; it is the one thing that may begin with a minus sign. */
export class Decimal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** One record of RFC 4180, with the end of its line. What is absent is an empty field. */
export function csvRecord(cells: readonly Cell[]): string {
  return `${cells.map(fieldOf).join(',')}\r\n`;
}

/**
 * What spreadsheets take for the beginning of a formula, and what they may skip before it. Jobs are
 * named by whoever may start them.
 */
const FORMULA = /^'*\s*[=+\-@\t\r＝＋－＠]/;

/**
 * Text that may be taken for a formula gets an apostrophe in front, which spreadsheets take as
 * "this is text"; one that begins so itself gets another. Taking one away gives the text back.
 */
function fieldOf(cell: Cell): string {
  if (cell === undefined) return '';
  if (cell instanceof Decimal) return cell.text;
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Dollars to the micro-dollar, exactly: no floating point lies between. */
export function dollars(micros: Micros): Decimal {
  const sign = micros < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(micros) / MICROS_PER_DOLLAR);
  const rest = String(Math.abs(micros) % MICROS_PER_DOLLAR).padStart(6, '0');
  return new Decimal(`${sign}${whole}.${rest}`);
}

const COLUMNS = [
  'key',
  'name',
  'owner',
  'estimated_usd',
  'billed_usd',
  'quoted_usd',
  'calibrated_usd',
  'list_usd',
  'uncertain_usd',
  'idle_usd',
  'wasted_usd',
  'saved_usd',
  'steps',
  'usd_per_1k_steps',
  'tokens',
  'usd_per_1m_tokens',
  'samples',
  'usd_per_sample',
  'sent_bytes',
  'received_bytes',
  'written_bytes',
  'egress_low_usd',
  'egress_usd',
  'egress_high_usd',
];

/**
 * The report's rows, dollars to the micro-dollar. `estimated_usd` is the sum, and an estimate: what
 * is owed is on the provider's invoice. The next four are its parts by what they rest on. What the
 * jobs did for it follows, where anything is known of that; and last what they sent and wrote, and
 * what the sending cost, which is in none of the sums before.
 */
export function* csvOf({ rows }: Report): Generator<string> {
  yield csvRecord(COLUMNS);
  for (const row of rows)
    yield csvRecord([row.key, row.name, row.owner, ...sumCells(row), ...workCells(row)]);
}

function workCells({ work }: ReportRow): Cell[] {
  const counted = Counter.options.flatMap((counter): Cell[] => {
    const { amount, micros } = work?.[counter] ?? { amount: 0, micros: 0 };
    if (amount <= 0) return [undefined, undefined];
    const unit = Math.round(costPerUnit(counter, [{ amount, micros }]) ?? 0);
    return [new Decimal(String(Math.round(amount))), dollars(unit)];
  });
  return [
    work && dollars(wasteSum(work.waste)),
    work && dollars(work.savedMicros),
    ...counted,
    ...egressCells(work?.egress),
  ];
}

function egressCells(egress: EgressSum | undefined): Cell[] {
  const { sent, received, written } = egress?.moved ?? {};
  const bytes = [sent, received, written].map(
    (value) => value !== undefined && new Decimal(String(value)),
  );
  // Where nobody knows the price, no amount is better than one that lacks some.
  const cost = egress?.cost.unpriced ? undefined : egress?.cost;
  const amounts = [cost?.low, cost?.likely, cost?.high].map(
    (micros) => micros !== undefined && dollars(micros),
  );
  return [...bytes, ...amounts].map((cell) => cell || undefined);
}

function sumCells({ micros, byProvenance, uncertainMicros, idleMicros }: ReportSum): Decimal[] {
  const { billed, quoted, calibrated, list } = byProvenance;
  return [micros, billed, quoted, calibrated, list, uncertainMicros, idleMicros].map(dollars);
}
