import { type Rows, type Table, TableError } from './table.ts';

/** Enough for all that bills say of one charge; more is a quote that was never closed. */
const LONGEST_FIELD = 1 << 20;
const ROWS_AT_ONCE = 1000;
const QUOTE = 34;
const COMMA = 44;
const LF = 10;
const CR = 13;

/** A CSV file (RFC 4180, in UTF-8) whose first record names its columns. */
export async function csvTable(text: AsyncIterable<string>): Promise<Table> {
  const pieces = text[Symbol.asyncIterator]();
  const header = new Records();
  for (;;) {
    const { value, done } = await pieces.next();
    header.take(done ? '' : value, done === true, 1);
    if (header.rows > 0 || done) break;
  }
  const names = header.firstRecord().map((name) => name.trim());
  if (names[0]?.startsWith('\uFEFF')) names[0] = names[0].slice(1).replace(/^"|"$/g, '');
  if (header.rows === 0 || names.every((name) => name === '')) {
    throw new TableError('The file is empty: its first line should name the columns.');
  }
  return { names, read: (columns) => rowsOf(header, pieces, columns, names.length) };
}

async function* rowsOf(
  records: Records,
  pieces: AsyncIterator<string>,
  columns: readonly number[],
  width: number,
): AsyncGenerator<Rows> {
  let first = records.restart(columns, width);
  let done = false;
  let piece = '';
  for (;;) {
    const full = records.take(piece, done, ROWS_AT_ONCE);
    if (records.rows > 0 && (full || done)) {
      const count = records.rows;
      yield { first, count, columns: records.columns };
      first = records.restart(columns, width);
    }
    if (full) piece = '';
    else if (done) return;
    else {
      const next = await pieces.next();
      done = next.done === true;
      piece = done ? '' : next.value;
    }
  }
}

/** Cuts text into records, of which it keeps the fields of the wanted columns. */
class Records {
  columns: string[][] = [];
  rows = 0;
  /** The number of the line that is read, from 1 on. */
  #line = 1;
  /** How many records came before: the header is row 1, as in a spreadsheet. */
  #records = 0;
  #text = '';
  #at = 0;
  /** Where each field of a record goes; undefined where all are kept, as of the header. */
  #places: (string[] | undefined)[] | undefined;
  #width: number | undefined;
  #header: string[] = [];

  firstRecord(): string[] {
    return this.#header;
  }

  /** Begins a new batch; answers the number of its first row. */
  restart(wanted: readonly number[], width: number): number {
    this.columns = wanted.map(() => []);
    this.#places = Array.from({ length: width }, (_, index) => {
      const place = wanted.indexOf(index);
      return place < 0 ? undefined : this.columns[place];
    });
    this.#width = width;
    this.rows = 0;
    return this.#records + 1;
  }

  /** Takes more text; true where so many records are complete that it stopped before the end. */
  take(piece: string, last: boolean, limit: number): boolean {
    if (piece !== '') {
      this.#text = this.#at === 0 ? this.#text + piece : this.#text.slice(this.#at) + piece;
      this.#at = 0;
    }
    while (this.rows < limit) if (!this.#record(last)) return false;
    return true;
  }

  /** Reads one record; false where it is not complete yet, or there is none. */
  #record(last: boolean): boolean {
    const text = this.#text;
    const end = text.length;
    let at = this.#at;
    let field = 0;
    let lines = 1;
    const fields: string[] = [];
    if (at >= end) return false;
    for (;;) {
      let value: string;
      if (text.charCodeAt(at) === QUOTE) {
        const close = closingQuote(text, at + 1);
        if (close < 0) return this.#incomplete(last, at);
        value = text.slice(at + 1, close);
        if (value.includes('"')) value = value.replaceAll('""', '"');
        if (value.includes('\n')) lines += value.split('\n').length - 1;
        at = close + 1;
        if (at >= end && !last) return this.#incomplete(last, this.#at);
      } else {
        const start = at;
        let code = 0;
        while (at < end) {
          code = text.charCodeAt(at);
          if (code === COMMA || code === LF || code === CR) break;
          at += 1;
        }
        if (at >= end && !last) return this.#incomplete(last, start);
        value = text.slice(start, at);
      }
      fields.push(value);
      field += 1;
      const next = at < end ? text.charCodeAt(at) : LF;
      if (next === COMMA) {
        at += 1;
        continue;
      }
      if (next === CR) {
        if (at + 1 >= end && !last) return this.#incomplete(last, at);
        at += text.charCodeAt(at + 1) === LF ? 2 : 1;
      } else if (next === LF) at += 1;
      else {
        throw new TableError(
          `Line ${this.#line}: text goes on after the closing quote of field ${field}.`,
        );
      }
      break;
    }
    this.#keep(fields);
    this.#records += 1;
    this.#line += lines;
    this.#at = at;
    return true;
  }

  #keep(fields: string[]): void {
    if (!this.#places) {
      this.#header = fields;
      this.rows += 1;
      return;
    }
    if (fields.length === 1 && fields[0] === '') return;
    if (fields.length !== this.#width) {
      throw new TableError(
        `Line ${this.#line} has ${fields.length} fields, the header has ${this.#width}.`,
      );
    }
    for (let index = 0; index < fields.length; index += 1) {
      this.#places[index]?.push(fields[index] ?? '');
    }
    this.rows += 1;
  }

  #incomplete(last: boolean, from: number): false {
    if (last) throw new TableError(`Line ${this.#line}: a quote is never closed.`);
    if (this.#text.length - from > LONGEST_FIELD) {
      throw new TableError(
        `Line ${this.#line} has a field of more than 1 MiB: a quote is never closed, or this is no CSV.`,
      );
    }
    return false;
  }
}

/** The quote that ends the field: one that none follows. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text.charCodeAt(at + 1) !== QUOTE) return at;
  }
  return -1;
}
