import type { Instant, Interval } from '../../../model/time.ts';
import { readFocus } from '../../focus/lines.ts';
import type { InvoiceLine } from '../../line.ts';
import { type Hand, handedFrom } from '../../table/handed.ts';
import { type Cell, type Rows, type Table, TableError } from '../../table/table.ts';
import { type Column, placesOf, REQUIRED, tagPlacesOf } from './columns.ts';
import { ExportFault, toLines } from './lines.ts';

/** Which lines of a file are wanted, and what may still change. */
export interface Reading {
  span: Interval;
  /** When the edition was made. */
  asOf: Instant;
  /** The month's bill will not change any more. */
  closed: boolean;
  /** The AWS accounts whose lines are wanted; absent means all. */
  accounts?: ReadonlySet<string>;
}

/** The lines of one file of an export, some thousand at a time. Throws a TableError. */
export function linesIn(path: string, reading: Reading): AsyncGenerator<InvoiceLine[]> {
  return handedFrom(path, (table, hand) =>
    // An export may be in FOCUS as well, by whose columns it is known.
    table.names.includes('BilledCost')
      ? readFocus(table, reading.asOf, HINT, (lines) => hand(wanted(lines, reading)))
      : readReport(table, reading, hand),
  );
}

const HINT = 'have the query of the export choose all columns of FOCUS';

function wanted(lines: InvoiceLine[], { accounts }: Reading): InvoiceLine[] {
  return accounts ? lines.filter(({ subAccountId }) => accounts.has(subAccountId ?? '')) : lines;
}

async function readReport(table: Table, reading: Reading, hand: Hand): Promise<void> {
  const places = placesOf(table.names);
  const missing = REQUIRED.filter((column) => !places.has(column));
  if (missing.length > 0)
    throw new TableError(
      `It has no column ${missing.join(', ')}: this is neither CUR 2.0 nor FOCUS, or its query leaves them out.`,
    );
  const columns = [...places.keys()];
  const tags = [...tagPlacesOf(table.names)];
  const read = [...places.values(), ...tags.map(([, place]) => place)];
  for await (const rows of table.read(read)) await hand(linesOf(rows, columns, tags, reading));
}

function linesOf(
  rows: Rows,
  columns: readonly Column[],
  tags: readonly (readonly [string, number])[],
  { span, closed, accounts }: Reading,
): InvoiceLine[] {
  const byColumn = new Map(columns.map((column, index) => [column, rows.columns[index]]));
  const tagColumns = tags.map(([name], index) => [name, rows.columns[columns.length + index]]) as [
    string,
    Rows['columns'][number] | undefined,
  ][];
  const lines: InvoiceLine[] = [];
  for (let row = 0; row < rows.count; row += 1) {
    const cell = (column: Column): Cell => byColumn.get(column)?.at(row);
    if (accounts && !accounts.has(String(cell('line_item_usage_account_id')))) continue;
    const named = Object.fromEntries(
      tagColumns.flatMap(([name, column]) => {
        const tag = column?.at(row);
        return tag ? [[name, String(tag)]] : [];
      }),
    );
    try {
      lines.push(...toLines({ cell, tags: named }, span, closed));
    } catch (error) {
      if (!(error instanceof ExportFault)) throw error;
      throw new TableError(`Row ${rows.first + row}: ${error.message}.`);
    }
  }
  return lines;
}
