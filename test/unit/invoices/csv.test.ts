import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAmount } from '../../../shared/invoices/amount.ts';
import { csvTable } from '../../../shared/invoices/table/csv.ts';
import { csvOf, plainRecords } from './plain_csv.ts';

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Read {
  names: readonly string[];
  /** By the number of each row. */
  rows: Map<number, unknown[]>;
  alike: Map<number, number>;
  batches: number;
}

/** All columns, of which the first are compared. */
async function read(bytes: AsyncIterable<Uint8Array>, compared = 0): Promise<Read> {
  const { names, read } = await csvTable(bytes);
  const result: Read = { names, rows: new Map(), alike: new Map(), batches: 0 };
  for await (const { first, count, columns, alike } of read([...names.keys()], compared)) {
    result.batches += 1;
    for (let row = 0; row < count; row += 1) {
      const cells = columns.map((column) => {
        const cell = column.at(row);
        const amount = column.amount?.(row);
        if (amount) expect(amount).toStrictEqual(parseAmount(String(cell)));
        return cell;
      });
      result.rows.set(first + row, cells);
      result.alike.set(first + row, alike?.[row] ?? 0);
    }
  }
  return result;
}

const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '€', '🖥') });
const size = fc.integer({ min: 1, max: 9 });
const end = fc.constantFrom('\n', '\r\n', '\r');

test('reads the fields that were written, wherever the text is cut', async () => {
  const table = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(table, size, end, fc.boolean(), async (rows, size, end, closed) => {
      const text = ['one,two', ...rows.map((row) => csvOf(row))].join(end);
      const { names, rows: found } = await read(pieces(closed ? text + end : text, size));
      expect(names).toEqual(['one', 'two']);
      expect([...found.values()]).toEqual(rows);
    }),
    { numRuns: 200 },
  );
});

test('reads any text as a plain reader does, and refuses what that refuses, where it does', async () => {
  const unit = fc.constantFrom('a', '1', '"', '"', ',', ',', '\n', '\n', '\r', '\r\n', '€');
  const text = fc.string({ unit, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, size, async (body, size) => {
      const text = `one,two\n${body}`;
      const found = await read(pieces(text, size)).then(
        ({ rows }) => [...rows],
        ({ message }: Error) => message,
      );
      const plain = plainRecords(text, 2);
      if (typeof plain === 'string') expect(found).toMatch(plain);
      else expect(found).toEqual(plain.filter(([row]) => row > 1));
    }),
    { numRuns: 3000 },
  );
});

test('gives one number to rows with the same cells in the compared columns, and to no others', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'b', '"', ',', '\0'), maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell, cell, cell), { maxLength: 30 }),
      fc.shuffledSubarray(['one', 'two', 'three', 'four'], { minLength: 4 }),
      fc.integer({ min: 1, max: 3 }),
      async (rows, order, compared) => {
        const places = order.map((name) => ['one', 'two', 'three', 'four'].indexOf(name));
        const text = `one,two,three,four\n${rows.map((row) => `${csvOf(row)}\n`).join('')}`;
        const table = await csvTable(pieces(text, 100));
        const cells = new Map<number, Set<string>>();
        const distinct = new Set<string>();
        for await (const { count, columns, alike } of table.read(places, compared)) {
          for (let row = 0; row < count; row += 1) {
            const said = JSON.stringify(columns.slice(0, compared).map((column) => column.at(row)));
            const number = alike?.[row] ?? 0;
            cells.set(number, (cells.get(number) ?? new Set()).add(said));
            distinct.add(said);
          }
        }
        expect([...cells.values()].every((said) => said.size === 1)).toBe(true);
        expect(cells.size).toBe(distinct.size);
      },
    ),
    { numRuns: 200 },
  );
});

test('numbers rows as a spreadsheet does, blank lines too, in batches of any size', async () => {
  const lines = Array.from({ length: 5000 }, (_, index) =>
    index % 1234 === 7 ? '' : `${index + 2},${'x'.repeat(index % 900)}`,
  );
  for (const size of [1 << 10, 1 << 16, 1 << 22]) {
    const { rows, batches } = await read(pieces(`row,text\n${lines.join('\n')}\n`, size));
    expect(rows.size).toBe(lines.filter((line) => line !== '').length);
    for (const [row, [said]] of rows) expect(String(row)).toBe(said);
    expect(batches).toBeGreaterThan(4);
  }
});

test.each(['one\n"', 'one,"', 'one\n1,', 'one\n'])(
  'gives up on %j with no end before it fills the memory',
  async (beginning) => {
    async function* endless() {
      yield Buffer.from(beginning);
      for (let piece = 0; piece < 100; piece += 1) yield Buffer.alloc(1 << 18, 'x');
      throw new Error('read to the end');
    }
    await expect(read(endless())).rejects.toThrow(/goes on for more than 1 MiB/);
  },
);

test('a quote that is closed late enough is a quote', async () => {
  const long = 'x\n'.repeat(400_000);
  const { rows } = await read(pieces(`one\n"${long}"\n1\n`, 1 << 16));
  expect([...rows.values()]).toEqual([[long], ['1']]);
});
