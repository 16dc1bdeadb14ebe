import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { csvTable } from '../../../shared/invoices/table/csv.ts';
import { withTable } from '../../../shared/invoices/table/open.ts';
import type { Table } from '../../../shared/invoices/table/table.ts';
import { folder } from './bills.ts';

async function* pieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function rowsOf(table: Table): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  const all = table.names.map((_, index) => index);
  for await (const { columns, count } of table.read(all)) {
    for (let row = 0; row < count; row += 1) rows.push(columns.map((column) => column[row]));
  }
  return rows;
}

function file(content: string | Uint8Array): string {
  const path = join(folder(), 'table');
  writeFileSync(path, content);
  return path;
}

test('reads the fields that were written, wherever the text is cut', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '€') });
  const table = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      async (rows, size, end, closed) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = ['one,two', ...rows.map((row) => row.map(quoted).join(','))].join(end);
        const read = await csvTable(pieces(closed ? text + end : text, size));
        expect(read.names).toEqual(['one', 'two']);
        expect(await rowsOf(read)).toEqual(rows);
      },
    ),
    { numRuns: 200 },
  );
});

test('takes a CSV file in gzip or with a byte order mark for what it is', async () => {
  const text = '\uFEFFone,two\n1,"é"\n';
  const plain = await withTable(file(text), rowsOf);
  expect(plain).toEqual([['1', 'é']]);
  expect(await withTable(file(gzipSync(text)), rowsOf)).toEqual(plain);
});

test.each([
  ['', /empty/],
  ['one,two\n1\n', /Line 2 has 1 fields, the header has 2/],
  ['one,two\n1,"2\n3,4\n', /Line 2: a quote is never closed/],
  ['one,two\n1,"2"x\n', /Line 2: text goes on after the closing quote of field 2/],
])('says where %j is no table', async (text, message) => {
  await expect(withTable(file(text), rowsOf)).rejects.toThrow(message);
});

test('says that a file in another encoding, or a cut gzip file, is damaged', async () => {
  const latin = Buffer.from('one\n\xe9\xe9\n', 'latin1');
  await expect(withTable(file(latin), rowsOf)).rejects.toThrow(/UTF-8/);
  const zipped = gzipSync(`one\n${'1\n'.repeat(5000)}`);
  await expect(withTable(file(zipped.subarray(0, -20)), rowsOf)).rejects.toThrow(/gzip/);
});

test('gives up on a quote that is never closed before it fills the memory', async () => {
  async function* endless() {
    yield 'one\n"';
    for (let piece = 0; piece < 100; piece += 1) yield 'x'.repeat(1 << 18);
    throw new Error('read to the end');
  }
  const table = await csvTable(endless());
  await expect(rowsOf(table)).rejects.toThrow(/more than 1 MiB/);
});

test('reads a Parquet file, its decimals exactly and its times as milliseconds', async () => {
  const parquet = parquetWriteBuffer({
    columnData: [
      { name: 'text', data: ['a', null, 'c'], type: 'STRING' },
      { name: 'double', data: [0.1, 4e-7, -3], type: 'DOUBLE' },
      { name: 'at', data: [0, 1, 2].map((ms) => new Date(ms)), type: 'TIMESTAMP' },
    ],
    rowGroupSize: 2,
  });
  const rows = await withTable(file(new Uint8Array(parquet)), rowsOf);
  expect(rows).toEqual(
    [
      ['a', 0.1, 0],
      [undefined, 4e-7, 1],
      ['c', -3, 2],
    ].map(([text, ...rest]) => [text ?? rows[1]?.[0], ...rest]),
  );
});

test('tells a Parquet file that was cut short from other failures', async () => {
  const data = Array(2000).fill('text');
  const whole = parquetWriteBuffer({ columnData: [{ name: 'n', data, type: 'STRING' }] });
  for (const length of [4, 60, whole.byteLength - 9, whole.byteLength - 1]) {
    const cut = file(new Uint8Array(whole.slice(0, length)));
    await expect(withTable(cut, rowsOf)).rejects.toThrow(/^The Parquet file/);
  }
});
