import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { withTable } from '../../../shared/invoices/table/open.ts';
import { type Table, TableError } from '../../../shared/invoices/table/table.ts';
import { folder } from './bills.ts';

async function rowsOf(table: Table): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  const all = table.names.map((_, index) => index);
  for await (const { columns, count } of table.read(all)) {
    for (let row = 0; row < count; row += 1) rows.push(columns.map((column) => column.at(row)));
  }
  return rows;
}

function file(content: string | Uint8Array): string {
  const path = join(folder(), 'table');
  writeFileSync(path, content);
  return path;
}

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

test('takes no line of very many fields for names of columns', async () => {
  await expect(withTable(file(`${'a,'.repeat(16_384)}b\n`), rowsOf)).rejects.toThrow(
    'The first line has 16385 fields, a bill has at most 16384',
  );
});

test('reads characters wherever they lie in a file, and whichever is its last', async () => {
  for (const last of ['a', 'é', '€', '🖥']) {
    const text = `one\n${last.repeat(100_000)}`;
    // So that one of the places where the file is cut is within a character.
    for (let shift = 0; shift < 4; shift += 1) {
      const shifted = `${'x'.repeat(shift)}${text}`;
      expect(await withTable(file(shifted), rowsOf)).toEqual([[last.repeat(100_000)]]);
    }
  }
});

test.each([
  ['in another encoding', Buffer.from('one\n\xe9\xe9\n', 'latin1')],
  ['in another encoding in a column', Buffer.from('one\n1\n\xe9', 'latin1')],
  ['in UTF-16', Buffer.from('\uFEFFone\n1\n', 'utf16le')],
  ['cut within its last character', Buffer.from('one\n€').subarray(0, -1)],
])('says that a file %s is no text', async (_, content) => {
  await expect(withTable(file(content), rowsOf)).rejects.toThrow(
    /neither Parquet nor CSV in UTF-8/,
  );
});

test('a gzip file that is cut or changed anywhere is damaged, or says the same', async () => {
  const text = `one,two\n${Array.from({ length: 3000 }, (_, row) => `${row},"${row % 7}"\n`).join('')}`;
  const zipped = gzipSync(text);
  const whole = await withTable(file(zipped), rowsOf);
  expect(whole).toHaveLength(3000);
  const read = (content: Uint8Array) => withTable(file(content), rowsOf);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: zipped.length - 1 }), async (length) => {
      await expect(read(zipped.subarray(0, length))).rejects.toThrow(TableError);
    }),
    { numRuns: 40 },
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 16, max: zipped.length * 8 - 1 }), async (bit) => {
      const flipped = Buffer.from(zipped);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const rows = await read(flipped).catch((error: unknown) => error);
      // Its name, time and system are in the header, and no part of the text.
      if (rows instanceof TableError) return;
      expect(bit >> 3).toBeLessThan(10);
      expect(rows).toEqual(whole);
    }),
    { numRuns: 100 },
  );
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
