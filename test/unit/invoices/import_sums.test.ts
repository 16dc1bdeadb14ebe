import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { importFile } from '../../../shared/invoices/import.ts';
import { HOUR } from '../../../shared/model/time.ts';
import type { Bills } from '../../../shared/store/bills/bills.ts';
import { emptyBills, folder, HOUR_OF_A_MACHINE } from './bills.ts';
import { csvOf } from './plain_csv.ts';

const START = Date.parse('2026-11-20T00:00:00Z');
const COSTS = ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost'] as const;

interface Charge {
  service: string;
  resource: string;
  hour: number;
  /** In millionths of a millionth, in the order of COSTS. */
  picos: [bigint, bigint, bigint, bigint];
}

/** Names with all that is hard to read in CSV; few, so that most rows are of an item that was there. */
const name = fc.constantFrom(
  'EC2',
  'EC2 ',
  'a,b',
  'a "quoted" name',
  'two\nlines',
  '機械',
  'x'.repeat(40),
);
const pico = fc.oneof(
  fc.bigInt(-(10n ** 15n), 10n ** 15n),
  fc.bigInt(-1000n, 1000n),
  fc.constant(32_772_600_000_000n),
);
const charge: fc.Arbitrary<Charge> = fc.record({
  service: name,
  resource: name,
  hour: fc.integer({ min: 0, max: 5 }),
  picos: fc.tuple(pico, pico, pico, pico),
});

/** The same amount in the ways in which bills have it. */
function written(picos: bigint, way: number): string {
  const digits = (picos < 0n ? -picos : picos).toString();
  const sign = picos < 0n ? '-' : '';
  if (way === 0) return `${sign}${digits}e-12`;
  const plain = digits.padStart(13, '0').replace(/(\d{12})$/, '.$1');
  return sign + (way === 1 ? plain : plain.replace(/\.?0+$/, ''));
}

const instant = (hour: number) => new Date(START + hour * HOUR).toISOString();

function rowOf({ service, resource, hour, picos }: Charge, way: number): string[] {
  const said: Record<string, string> = {
    ...HOUR_OF_A_MACHINE,
    ServiceName: service,
    ResourceId: resource,
    ChargePeriodStart: instant(hour),
    ChargePeriodEnd: instant(hour + 1),
    ...Object.fromEntries(COSTS.map((name, index) => [name, written(picos[index] ?? 0n, way)])),
  };
  return NAMES.map((name) => said[name] ?? '');
}

const NAMES = [...new Set([...Object.keys(HOUR_OF_A_MACHINE), ...COSTS])];
const bare = (fields: readonly string[]) =>
  fields.map((text) => (/[",\n]/.test(text) ? csvOf([text]) : text)).join(',');

/** The sums of each item and hour, exactly. */
function sumsOf(charges: readonly Charge[], times: number): Map<string, bigint[]> {
  const sums = new Map<string, bigint[]>();
  for (const { service, resource, hour, picos } of charges) {
    const key = JSON.stringify([service, resource, START + hour * HOUR]);
    const sum = sums.get(key) ?? [0n, 0n, 0n, 0n];
    sums.set(
      key,
      sum.map((part, index) => part + (picos[index] ?? 0n) * BigInt(times)),
    );
  }
  return sums;
}

function kept(bills: Bills): Map<string, bigint[]> {
  const rows = bills.connection.all<Record<string, number> & { facts: string }>(
    'SELECT * FROM line JOIN item ON item.id = line.item',
  );
  return new Map(
    rows.map((row) => {
      const { serviceName, resourceId } = JSON.parse(row.facts);
      const sums = ['billed', 'effective', 'list', 'contracted'].map(
        (column) => BigInt(row[column] ?? 0) * 1_000_000n + BigInt(row[`${column}_fine`] ?? 0),
      );
      return [JSON.stringify([serviceName, resourceId, row.from_ms]), sums];
    }),
  );
}

test('keeps of each item and hour the exact sum, however the bill is written', async () => {
  const charges = fc.array(charge, { minLength: 1, maxLength: 60 });
  const end = fc.constantFrom('\n', '\r\n');
  // Enough to be more than the writer keeps before it writes.
  const times = fc.constantFrom(1, 1, 150);
  const way = fc.integer({ min: 0, max: 2 });
  const quoted = fc.boolean();
  await fc.assert(
    fc.asyncProperty(charges, times, way, end, quoted, async (charges, times, way, end, quoted) => {
      const lines = charges.map((charge) => (quoted ? csvOf : bare)(rowOf(charge, way)) + end);
      const text = `\uFEFF${NAMES.join(',')}${end}${lines.join('').repeat(times)}`;
      const file = join(folder(), 'bill.csv.gz');
      writeFileSync(file, gzipSync(text));
      const bills = emptyBills();
      const { edition } = await importFile(bills, file);
      expect(edition.lines).toBe(charges.length * times);
      expect(kept(bills)).toEqual(sumsOf(charges, times));
    }),
    { numRuns: 25 },
  );
});

test('keeps a bill of thousands of things, in whatever order its lines come', async () => {
  const charges = Array.from({ length: 12_000 }, (_, index): Charge => {
    // Every resource has three hours, far from each other in the file.
    const at = (index * 7919) % 12_000;
    const picos = BigInt(index) * 1_000_003n;
    const resource = `i-${Math.floor(at / 3)}`;
    return { service: 'EC2', resource, hour: at % 3, picos: [picos, -picos, 0n, 1n] };
  });
  const lines = charges.map((charge) => `${bare(rowOf(charge, 2))}\n`);
  const file = join(folder(), 'bill.csv');
  writeFileSync(file, `${NAMES.join(',')}\n${lines.join('')}`);
  const bills = emptyBills();
  await importFile(bills, file);
  expect(kept(bills)).toEqual(sumsOf(charges, 1));
});
