import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Alike } from '../../../shared/invoices/table/alike.ts';
import { Records } from '../../../shared/invoices/table/records.ts';

/** The numbers of records, in their order. */
function numbersOf(records: readonly string[], alike: Alike): number[] {
  const found = new Records();
  found.take(Buffer.from(records.map((record) => `${record}\n`).join('')));
  return records.map((record) => {
    const starts = new Int32Array(record.length + 2);
    found.next(starts, 0);
    return alike.numberOf(found.view, starts, 0);
  });
}

test('tells a hundred thousand records apart, and knows each again', () => {
  // So many that some have the same hash of 32 bits.
  const id = (index: number) => createHash('sha256').update(`${index}`).digest('hex').slice(0, 17);
  const records = Array.from({ length: 100_000 }, (_, index) => `i-${id(index)},${index},p4d`);
  const alike = new Alike([0, 2]);
  const numbers = numbersOf(records, alike);
  expect(new Set(numbers).size).toBe(records.length);
  // Another cost of the same thing.
  const again = records.map((record) => record.replace(/,\d+,/, ',9,'));
  expect(numbersOf(again, alike)).toEqual(numbers);
});

test('forgets all when there is too much, and never gives a number a second time', () => {
  const records = Array.from({ length: 3000 }, (_, index) => `${'x'.repeat(200)}${index % 1500},1`);
  const alike = new Alike([0], 1 << 16);
  const numbers = numbersOf(records, alike);
  const byNumber = new Map(numbers.map((number, index) => [number, records[index]]));
  for (const [index, number] of numbers.entries())
    expect(byNumber.get(number)).toBe(records[index]);
  expect(byNumber.size).toBe(records.length);
  // What is in its memory is known again.
  expect(new Set(numbersOf(Array(100).fill('same,1'), alike)).size).toBe(1);
});

test('keeps apart what is long and differs in its last letter, or where one field ends', () => {
  const long = 'x'.repeat(1 << 19);
  const records = [
    `${long}a,1,b`,
    `${long}b,1,b`,
    `${long}a,1,b`,
    'ab,1,c',
    'a,1,bc',
    'a,1,b\0',
    'a,1,b',
  ];
  const numbers = numbersOf(records, new Alike([0, 2]));
  expect(numbers[2]).toBe(numbers[0]);
  expect(new Set(numbers).size).toBe(records.length - 1);
});
