import type { Instant } from '../../../model/time.ts';
import type { Amount } from '../../amount.ts';
import { placesOf, REQUIRED, titleOf } from '../../focus/columns.ts';
import { FIELDS, FocusRows, type LineFigures, RowFault } from '../../focus/rows.ts';
import type { Decimal, InvoiceItem, InvoiceLine } from '../../line.ts';
import { withTable } from '../../table/open.ts';
import { type Table, TableError } from '../../table/table.ts';

/** The lines of one file in FOCUS, some thousand at a time. Throws a TableError. */
export async function* linesIn(path: string, asOf: Instant): AsyncGenerator<InvoiceLine[]> {
  const { readable, writable } = new TransformStream<InvoiceLine[], InvoiceLine[]>();
  const writer = writable.getWriter();
  // What is written waits until it is read; whoever stops reading ends the work by an error.
  withTable(path, (table) => readTable(table, asOf, (lines) => writer.write(lines)))
    .then(
      () => writer.close(),
      (error: unknown) => writer.abort(error),
    )
    .catch(() => undefined);
  yield* readable;
}

async function readTable(
  table: Table,
  asOf: Instant,
  hand: (lines: InvoiceLine[]) => Promise<void>,
): Promise<void> {
  const places = placesOf(table.names);
  const missing = REQUIRED.filter((field) => !places.has(field)).map(titleOf);
  if (missing.length > 0)
    throw new TableError(
      `It has no column ${missing.join(', ')}: choose the dataset "Cost and usage details (FOCUS)" for the export.`,
    );
  const fields = FIELDS.filter((field) => places.has(field));
  const rows = new FocusRows(asOf);
  for await (const batch of table.read(fields.map((field) => places.get(field) ?? 0))) {
    rows.take(batch, fields);
    const lines: InvoiceLine[] = [];
    for (let row = 0; row < batch.count; row += 1) {
      try {
        lines.push(toLine(rows.item(row), rows.figures(row)));
      } catch (error) {
        if (!(error instanceof RowFault)) throw error;
        throw new TableError(`Row ${batch.first + row}, ${error.column} ${error.message}.`);
      }
    }
    await hand(lines);
  }
}

function toLine(item: InvoiceItem, figures: LineFigures): InvoiceLine {
  const { from, to, billed, effective, list, contracted, final } = figures;
  const { pricingQuantity, consumedQuantity, usdPerUnit } = figures;
  const { resourceId } = item;
  return {
    ...item,
    // Azure spells ids in more than one way within one bill; nodes have them in small letters.
    ...(resourceId !== undefined && { resourceId: resourceId.toLowerCase() }),
    chargePeriodStart: from,
    chargePeriodEnd: to,
    billedCost: decimalOf(billed),
    effectiveCost: decimalOf(effective),
    ...(list && { listCost: decimalOf(list) }),
    ...(contracted && { contractedCost: decimalOf(contracted) }),
    ...(pricingQuantity !== undefined && { pricingQuantity }),
    ...(consumedQuantity !== undefined && { consumedQuantity }),
    ...(usdPerUnit !== undefined && { usdPerUnit }),
    final,
  };
}

/** The digits of an amount, all of them. */
export function decimalOf({ micros, fine }: Amount): Decimal {
  const whole = BigInt(micros) * 1_000_000n + BigInt(fine);
  const digits = (whole < 0n ? -whole : whole).toString().padStart(13, '0');
  return `${whole < 0n ? '-' : ''}${digits.slice(0, -12)}.${digits.slice(-12)}`;
}
