import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { ImportError, importFile } from '../../../shared/invoices/import.ts';
import { ParquetApart } from '../../../shared/invoices/table/parquet_apart.ts';
import { TableError } from '../../../shared/invoices/table/table.ts';
import { contents, emptyBills, fileOf, folder, HOUR_OF_A_MACHINE } from './bills.ts';

const ROWS = 300;
const GROUP = 100;

/** A bill's columns: text of few and of many values, amounts, times, gaps; compressed or not. */
function written(codec: 'SNAPPY' | 'UNCOMPRESSED'): Uint8Array {
  const of = <T>(make: (row: number) => T) => Array.from({ length: ROWS }, (_, row) => make(row));
  return new Uint8Array(
    parquetWriteBuffer({
      codec,
      rowGroupSize: GROUP,
      columnData: [
        { name: 'Service', data: of((row) => `service ${row % 7}`), type: 'STRING' },
        { name: 'Resource', data: of((row) => `i-${row * 7919}`), type: 'STRING' },
        { name: 'Cost', data: of((row) => row / 7), type: 'DOUBLE' },
        { name: 'Count', data: of((row) => BigInt(row)), type: 'INT64' },
        { name: 'At', data: of((row) => new Date(row * 3_600_000)), type: 'TIMESTAMP' },
        { name: 'Tag', data: of((row) => (row % 3 ? null : `tag ${row}`)), type: 'STRING' },
      ],
    }),
  );
}

async function countIn(apart: ParquetApart, path: string): Promise<number> {
  const table = await apart.table(path);
  let rows = 0;
  for await (const { count, columns } of table.read(table.names.map((_, index) => index))) {
    rows += count;
    for (const column of columns) expect(column).toHaveLength(count);
  }
  return rows;
}

/** All files below are tried in one process, until that has to be given up. */
const apart = new ParquetApart({ silentMs: 3_000, heapMib: 256, wholeMib: 700 });
afterAll(() => apart.close());

/** Either all rows or none: a TableError, within the limits. */
async function isUnderstoodOrRefused(path: string, bytes: Uint8Array): Promise<'read' | 'refused'> {
  writeFileSync(path, bytes);
  try {
    expect(await countIn(apart, path)).toBe(ROWS);
    return 'read';
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    expect(error.message).toMatch(/^The Parquet file /);
    return 'refused';
  }
}

test.each(['SNAPPY', 'UNCOMPRESSED'] as const)(
  'a %s file with flipped bytes gives all of its rows or an error, within limits',
  async (codec) => {
    const whole = written(codec);
    const path = join(folder(), 'bill.parquet');
    const seen = { read: 0, refused: 0 };
    const flip = fc.record({
      at: fc.integer({ min: 4, max: whole.length - 1 }),
      to: fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.integer({ min: 0, max: 255 })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 3 }), async (flips) => {
        const bytes = whole.slice();
        for (const { at, to } of flips) bytes[at] = to;
        seen[await isUnderstoodOrRefused(path, bytes)] += 1;
      }),
      { numRuns: Number(process.env.FUZZ ?? 120), seed: Number(process.env.SEED ?? 20261130) },
    );
    // Else nothing was tried.
    expect(seen.read).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
  },
  120_000,
);

test('a file that was cut anywhere is refused', async () => {
  const whole = written('SNAPPY');
  const path = join(folder(), 'bill.parquet');
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 4, max: whole.length - 1 }), async (length) => {
      expect(await isUnderstoodOrRefused(path, whole.slice(0, length))).toBe('refused');
    }),
    { numRuns: 60 },
  );
});

const MISBEHAVING = fileURLToPath(new URL('./decoders/misbehaving.ts', import.meta.url));

test.each([
  ['hang', {}, /column Cost: nothing came of it for 4 s\. It is damaged there/],
  ['fill', {}, /column Cost: that takes more memory than any bill should/],
  ['swell', { silentMs: 60_000 }, /column Cost: that takes more memory than any bill should/],
  ['end', {}, /column Cost: it ended \(7\)/],
])('a decoder that would %s is ended, and the place is told', async (way, limits, message) => {
  const usual = { silentMs: 4_000, heapMib: 64, wholeMib: 400 };
  const own = way === 'hang' ? usual : { ...usual, silentMs: 60_000 };
  const decoder = new ParquetApart({ ...own, ...limits }, MISBEHAVING);
  const opened = decoder.table(way);
  await expect(opened).rejects.toThrow(TableError);
  await expect(opened).rejects.toThrow(message);
  await expect(opened).rejects.toThrow('row group 2 of 3 (rows 101 to 200)');
  decoder.close();
});

test('a thread does for the tray app what a process does elsewhere', async () => {
  const electron = process as { type?: string };
  electron.type = 'browser';
  onTestFinished(() => {
    delete electron.type;
  });
  const path = join(folder(), 'bill.parquet');
  writeFileSync(path, written('SNAPPY'));
  const decoder = new ParquetApart();
  expect(await countIn(decoder, path)).toBe(ROWS);
  decoder.close();
  const own = new ParquetApart({ silentMs: 4_000 }, MISBEHAVING);
  await expect(own.table('hang')).rejects.toThrow(/column Cost: nothing came of it for 4 s/);
});

test('whoever closes a decoder that hangs is rid of it', async () => {
  const decoder = new ParquetApart({}, MISBEHAVING);
  const opened = decoder.table('hang');
  const refused = expect(opened).rejects.toThrow('the decoder was closed');
  decoder.close();
  await refused;
});

test('of a file that cannot be decoded nothing is imported, and the bills stay as they were', async () => {
  const bills = emptyBills();
  const path = folder();
  await importFile(bills, fileOf([{}], '2026-11-21', path));
  const before = contents(bills);
  const damaged = join(path, 'bill.parquet');
  const whole = parquetWriteBuffer({
    columnData: Object.entries(HOUR_OF_A_MACHINE).map(([name, value]) => ({
      name,
      data: Array(500).fill(value),
      type: 'STRING' as const,
    })),
    rowGroupSize: 100,
  });
  const bytes = new Uint8Array(whole);
  // In the data of the last row group, so that others are decoded before; the footer follows them.
  const footer = bytes.length - 8 - new DataView(whole).getUint32(bytes.length - 8, true);
  bytes.fill(0xff, footer - 400, footer - 360);
  writeFileSync(damaged, bytes);
  const failure = await importFile(bills, damaged).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ImportError);
  expect((failure as Error).message).toContain(damaged);
  expect((failure as Error).message).toMatch(/row group 5 of 5 \(rows 401 to 500\), column \w+/);
  expect(contents(bills)).toEqual(before);
  expect(bills.connection.database.inTransaction).toBe(false);
});
