import type { Instant } from '../../model/time.ts';
import { decimalOf } from '../amount.ts';
import type { InvoiceItem, InvoiceLine } from '../line.ts';
import type { Hand } from '../table/handed.ts';
import { type Table, TableError } from '../table/table.ts';
import { placesOf, REQUIRED, titleOf } from './columns.ts';
import { FIELDS, FocusRows, type LineFigures, RowFault } from './rows.ts';

/**
 * Hands over the lines of a table in FOCUS. `hint`: what to do where columns are missing. Throws a
 * TableError.
 */
export async function readFocus(
  table: Table,
  asOf: Instant,
  hint: string,
  hand: Hand,
): Promise<void> {
  const places = placesOf(table.names);
  const missing = REQUIRED.filter((field) => !places.has(field)).map(titleOf);
  if (missing.length > 0) throw new TableError(`It has no column ${missing.join(', ')}: ${hint}.`);
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
  return {
    ...item,
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
