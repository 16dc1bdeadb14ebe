import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Instant } from '../model/time.ts';
import type { AddRow, Bills } from '../store/bills/bills.ts';
import type { Edition } from '../store/bills/editions.ts';
import { placesOf, REQUIRED, titleOf } from './focus/columns.ts';
import { FIELDS, FocusRows, ITEM_FIELDS, RowFault } from './focus/rows.ts';
import { withTable } from './table/open.ts';
import { type Table, TableError } from './table/table.ts';

/** A row that could not be understood. */
export interface Fault {
  row: number;
  column: string;
  message: string;
}

/** So many are told; a file with more has something else wrong with it. */
const MOST_FAULTS = 20;

/** A file of which nothing was imported, and why. */
export class ImportError extends Error {
  override name = 'ImportError';
  readonly faults: readonly Fault[];

  constructor(message: string, faults: readonly Fault[] = []) {
    super(message);
    this.faults = faults;
  }
}

/**
 * Imports a FOCUS 1.x file (CSV, CSV in gzip, or Parquet): all of its lines, or none where one of
 * them cannot be understood. A file that is there already is left alone, by whatever name. `asOf` is
 * when the file was made, by default when it was last changed: where two files have the same line,
 * the newer one's counts. Throws an ImportError.
 */
export async function importFile(
  bills: Bills,
  path: string,
  options: { asOf?: Instant } = {},
): Promise<{ edition: Edition; isNew: boolean }> {
  const facts = await stat(path);
  if (!facts.isFile()) throw new ImportError(`${path} is no file.`);
  const asOf = options.asOf ?? Math.floor(facts.mtimeMs);
  const file = { digest: await digestOf(path), title: basename(resolve(path)), asOf };
  try {
    return await bills.takeFile(file, (add) => withTable(path, (table) => fill(table, asOf, add)));
  } catch (error) {
    if (error instanceof TableError) throw new ImportError(`${path}: ${error.message}`);
    if (error instanceof ImportError)
      throw new ImportError(`${path}: ${error.message}`, error.faults);
    throw error;
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 16 }), hash);
  return hash.digest('hex');
}

async function fill(table: Table, asOf: Instant, add: AddRow): Promise<void> {
  const places = placesOf(table.names);
  const missing = REQUIRED.filter((field) => !places.has(field)).map(titleOf);
  if (missing.length > 0) {
    throw new TableError(
      `It has no column ${missing.join(', ')}: this is not FOCUS 1.x, or not all of its columns.`,
    );
  }
  const fields = FIELDS.filter((field) => places.has(field));
  const rows = new FocusRows(asOf);
  const faults: Fault[] = [];
  const columns = fields.map((field) => places.get(field) ?? 0);
  const ofItem = fields.filter((field) => ITEM_FIELDS.includes(field)).length;
  for await (const batch of table.read(columns, ofItem)) {
    rows.take(batch, fields);
    for (let row = 0; row < batch.count; row += 1) {
      try {
        add(rows.keyOf(row), () => rows.item(row), rows.figures(row));
      } catch (error) {
        if (!(error instanceof RowFault)) throw error;
        faults.push({ row: batch.first + row, column: error.column, message: error.message });
        if (faults.length >= MOST_FAULTS) throw refused(faults, true);
      }
    }
  }
  if (faults.length > 0) throw refused(faults, false);
}

function refused(faults: readonly Fault[], more: boolean): ImportError {
  const count = `${more ? 'at least ' : ''}${faults.length}`;
  const rows = faults.length === 1 ? 'row' : 'rows';
  return new ImportError(`${count} ${rows} cannot be understood, so nothing was imported`, faults);
}
