import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Interval } from '../../../model/time.ts';
import type { InvoiceLine } from '../../line.ts';
import { withTable } from '../../table/open.ts';
import { type Cell, type Rows, type Table, TableError } from '../../table/table.ts';
import { type Column, placesOf, REQUIRED, tagPlacesOf } from './columns.ts';
import { ExportFault, toLines } from './lines.ts';

/** Which lines of a file are wanted, and what may still change. */
export interface Reading {
  span: Interval;
  /** The month's bill will not change any more. */
  closed: boolean;
  /** The AWS accounts whose lines are wanted; absent means all. */
  accounts?: ReadonlySet<string>;
}

/** The lines of one file of an export, some thousand at a time. Throws a TableError. */
export async function* linesIn(path: string, reading: Reading): AsyncGenerator<InvoiceLine[]> {
  for await (const lines of handedOver<InvoiceLine[]>((hand) =>
    withTable(path, (table) => readTable(table, reading, hand)),
  ))
    yield lines;
}

async function readTable(
  table: Table,
  reading: Reading,
  hand: (lines: InvoiceLine[]) => Promise<void>,
): Promise<void> {
  const places = placesOf(table.names);
  const missing = REQUIRED.filter((column) => !places.has(column));
  if (missing.length > 0) throw new TableError(absence(table.names, missing));
  const columns = [...places.keys()];
  const tags = [...tagPlacesOf(table.names)];
  const wanted = [...places.values(), ...tags.map(([, place]) => place)];
  for await (const rows of table.read(wanted)) await hand(linesOf(rows, columns, tags, reading));
}

function absence(names: readonly string[], missing: readonly Column[]): string {
  return names.includes('BilledCost')
    ? 'It is an export of FOCUS, not of CUR 2.0: burnrate invoices import reads such files.'
    : `It has no column ${missing.join(', ')}: this is not CUR 2.0, or its query leaves them out.`;
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
    ArrayLike<Cell> | undefined,
  ][];
  const lines: InvoiceLine[] = [];
  for (let row = 0; row < rows.count; row += 1) {
    const cell = (column: Column): Cell => byColumn.get(column)?.[row];
    if (accounts && !accounts.has(String(cell('line_item_usage_account_id')))) continue;
    const named = Object.fromEntries(
      tagColumns.flatMap(([name, column]) => (column?.[row] ? [[name, String(column[row])]] : [])),
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

/**
 * What a callback is given, as an iterable: one thing at a time, each when the one before is taken.
 * Whoever stops early makes the work end by an error, which is nobody's.
 */
async function* handedOver<T>(
  work: (hand: (thing: T) => Promise<void>) => Promise<void>,
): AsyncGenerator<T> {
  const stopped = new AbortController();
  const between = new PassThrough({ objectMode: true, highWaterMark: 1 });
  const done = work(async (thing) => {
    stopped.signal.throwIfAborted();
    if (!between.write(thing)) await once(between, 'drain', { signal: stopped.signal });
  }).then(
    () => between.end(),
    (error: Error) => between.destroy(error),
  );
  try {
    for await (const thing of between) yield thing as T;
  } finally {
    stopped.abort();
    await done;
  }
}
