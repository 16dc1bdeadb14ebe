import { type Amount, amountIn } from '../amount.ts';
import { Alike } from './alike.ts';
import { QUOTE, Records } from './records.ts';
import { type Column, type Rows, type Table, TableError } from './table.ts';

const ROWS_AT_ONCE = 1000;
const BYTES_AT_ONCE = 1 << 20;
/** As a spreadsheet has at most. Bills have some hundred. */
const MOST_COLUMNS = 16_384;

/** A CSV file (RFC 4180, in UTF-8 without a byte order mark) whose first record names its columns. */
export async function csvTable(bytes: AsyncIterable<Uint8Array>): Promise<Table> {
  const pieces = bytes[Symbol.asyncIterator]();
  const records = new Records();
  const starts = new Int32Array(MOST_COLUMNS + 1);
  let names: string[] = [];
  while (names.length === 0 && !records.ended) {
    await takeNext(records, pieces);
    const width = records.next(starts, 0);
    if (width > MOST_COLUMNS) {
      throw new TableError(
        `The first line has ${width} fields, a bill has at most ${MOST_COLUMNS}: this is no bill.`,
      );
    }
    names = Array.from({ length: width }, (_, field) =>
      new Cells(records.bytes, starts, 0, field).at(0).trim(),
    );
  }
  if (names.every((name) => name === '')) {
    throw new TableError('The file is empty: its first line should name the columns.');
  }
  return {
    names,
    read: (columns, compared = 0) => rowsOf(records, pieces, names.length, columns, compared),
  };
}

async function takeNext(records: Records, pieces: AsyncIterator<Uint8Array>): Promise<void> {
  const { value, done } = await pieces.next();
  records.take(done ? undefined : value);
}

async function* rowsOf(
  records: Records,
  pieces: AsyncIterator<Uint8Array>,
  width: number,
  columns: readonly number[],
  compared: number,
): AsyncGenerator<Rows> {
  const stride = width + 1;
  const starts = new Int32Array(ROWS_AT_ONCE * stride);
  const numbers = new Int32Array(ROWS_AT_ONCE);
  const alike = compared > 0 ? new Alike(columns.slice(0, compared)) : undefined;
  for (;;) {
    let first = 0;
    let count = 0;
    records.drop();
    while (count < ROWS_AT_ONCE) {
      const place = count * stride;
      const fields = records.next(starts, place);
      if (fields === 0) {
        if (records.ended || (count > 0 && records.held > BYTES_AT_ONCE)) break;
        await takeNext(records, pieces);
      } else if (fields === 1 && new Cells(records.bytes, starts, 0, place).at(0) === '') {
        // A blank line has a number, too: it ends what is numbered in a row.
        if (count > 0) break;
      } else if (fields === width) {
        if (count === 0) first = records.count;
        if (alike) numbers[count] = alike.numberOf(records.view, starts, place);
        count += 1;
      } else {
        throw new TableError(`Line ${records.line} has ${fields} fields, the header has ${width}.`);
      }
    }
    if (count === 0) return;
    const cells = columns.map((column) => new Cells(records.bytes, starts, stride, column));
    yield { first, count, columns: cells, ...(alike && { alike: numbers }) };
  }
}

/** One field of some records, read where it lies. */
class Cells implements Column {
  readonly #bytes: Buffer;
  readonly #starts: Int32Array;
  readonly #stride: number;
  readonly #field: number;
  /** The cell that was read last: most columns say the same again and again. */
  #from = 0;
  #to = -1;
  #text = '';

  constructor(bytes: Buffer, starts: Int32Array, stride: number, field: number) {
    this.#bytes = bytes;
    this.#starts = starts;
    this.#stride = stride;
    this.#field = field;
  }

  at(row: number): string {
    const place = row * this.#stride + this.#field;
    const from = this.#starts[place] ?? 0;
    const to = (this.#starts[place + 1] ?? 0) - 1;
    if (this.#isLast(from, to)) return this.#text;
    const text = this.#isQuoted(from, to)
      ? this.#bytes.toString('utf8', from + 1, to - 1).replaceAll('""', '"')
      : this.#bytes.toString('utf8', from, to);
    this.#from = from;
    this.#to = to;
    this.#text = text;
    return text;
  }

  amount(row: number): Amount | undefined {
    const place = row * this.#stride + this.#field;
    const from = this.#starts[place] ?? 0;
    const to = (this.#starts[place + 1] ?? 0) - 1;
    const quote = this.#isQuoted(from, to) ? 1 : 0;
    return amountIn(this.#bytes, from + quote, to - quote);
  }

  #isQuoted(from: number, to: number): boolean {
    return from < to && this.#bytes[from] === QUOTE;
  }

  #isLast(from: number, to: number): boolean {
    const length = to - from;
    if (length !== this.#to - this.#from) return false;
    for (let at = 0; at < length; at += 1) {
      if (this.#bytes[from + at] !== this.#bytes[this.#from + at]) return false;
    }
    return true;
  }
}
