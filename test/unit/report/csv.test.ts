import type { Report } from '@burnrate/shared/protocol/report.ts';
import { csvOf, csvRecord, Decimal, dollars } from '@burnrate/shared/report/csv.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { microsOf, plainText, readCsv, readTable } from './csv_reader.ts';

const HOSTILE = [
  '=1+1',
  '+SUM(A1)',
  '-2+3|cmd',
  '@SUM(1)',
  "'=1",
  '"quoted", and more',
  'two\r\nlines',
  '\t=1',
  ' =1',
  '＝1+1',
  "'",
  ' spaces ',
];

const anyText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: fc.constantFrom(...`=+-@'", \t\r\nab`), minLength: 1, maxLength: 8 }),
  fc.string({ unit: 'binary', minLength: 1 }),
);

test('what is written is read back, whatever anyone called their job', () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyText, { minLength: 1 }), { minLength: 1 }), (records) => {
      const read = readCsv(records.map(csvRecord).join(''));
      expect(read.map((fields) => fields.map(plainText))).toEqual(records);
    }),
    { numRuns: 500 },
  );
});

test('no text is a formula to a spreadsheet, and a negative number stays a number', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const [field] = readCsv(csvRecord([text]))[0] ?? [];
      expect(field).not.toMatch(/^\s*[=+\-@]/);
    }),
    { numRuns: 500 },
  );
  expect(csvRecord([new Decimal('-1.5'), undefined, 'a'])).toBe('-1.5,,a\r\n');
});

test('dollars are written to the micro-dollar, without the errors of floating point', () => {
  expect(dollars(0).text).toBe('0.000000');
  expect(dollars(1).text).toBe('0.000001');
  expect(dollars(-1_500_000).text).toBe('-1.500000');
  fc.assert(
    fc.property(fc.maxSafeInteger(), (micros) => {
      expect(microsOf([dollars(micros).text])).toBe(micros);
    }),
  );
});

test('a report in CSV has a row for each of its rows, and their sums', () => {
  const row: Report['rows'][number] = {
    key: 'slurm:lab:1',
    name: '=cmd|x',
    micros: 3_000_001,
    byProvenance: { billed: 0, quoted: 1, calibrated: 0, list: 3_000_000 },
    uncertainMicros: 2,
    idleMicros: 0,
  };
  const { key: _key, name: _name, ...total } = row;
  const work = {
    waste: { idle: 500_000, stalled: 250_000, waiting: 0 },
    savedMicros: 9,
    steps: { amount: 1_500, micros: 3_000_001 },
    egress: {
      moved: { sent: 1_400_000_000_000, written: 5 },
      cost: { low: 0, high: 126_000_000, likely: 1, unpriced: false },
    },
  };
  const made: Report = {
    by: 'job',
    from: 0,
    to: 1,
    everyones: false,
    currency: 'USD',
    estimate: true,
    total,
    rows: [{ ...row, work }],
  };
  expect(readTable([...csvOf(made)].join(''))).toEqual([
    {
      key: 'slurm:lab:1',
      name: "'=cmd|x",
      owner: null,
      estimated_usd: '3.000001',
      billed_usd: '0.000000',
      quoted_usd: '0.000001',
      calibrated_usd: '0.000000',
      list_usd: '3.000000',
      uncertain_usd: '0.000002',
      idle_usd: '0.000000',
      wasted_usd: '0.750000',
      saved_usd: '0.000009',
      steps: '1500',
      usd_per_1k_steps: '2.000001',
      tokens: null,
      usd_per_1m_tokens: null,
      samples: null,
      usd_per_sample: null,
      sent_bytes: '1400000000000',
      received_bytes: null,
      written_bytes: '5',
      egress_low_usd: '0.000000',
      egress_usd: '0.000001',
      egress_high_usd: '126.000000',
    },
  ]);
  // The price of some of the bytes is not known: no amount is better than one that lacks a part.
  const unpriced = { ...work.egress, cost: { ...work.egress.cost, unpriced: true } };
  const lacking = { ...made, rows: [{ ...row, work: { ...work, egress: unpriced } }] };
  expect(readTable([...csvOf(lacking)].join(''))).toMatchObject([
    { sent_bytes: '1400000000000', egress_low_usd: null, egress_usd: null, egress_high_usd: null },
  ]);
});
