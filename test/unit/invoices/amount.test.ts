import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Amount,
  addAmounts,
  amountIn,
  parseAmount,
  roundAmount,
} from '../../../shared/invoices/amount.ts';

const PICO = 10n ** 12n;
const exact = ({ micros, fine }: Amount) => BigInt(micros) * 1_000_000n + BigInt(fine);

test('reads an amount exactly to the twelfth decimal', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 4_000_000_000n),
      fc.bigInt(0n, PICO - 1n),
      fc.boolean(),
      (whole, fraction, negative) => {
        const text = `${negative ? '-' : ''}${whole}.${fraction.toString().padStart(12, '0')}`;
        const amount = parseAmount(text);
        const size = whole * PICO + fraction;
        expect(amount && exact(amount)).toBe(negative ? -size : size);
      },
    ),
  );
});

/** The amount in the middle of other digits, which are none of it. */
function within(text: string): Amount | undefined {
  const bytes = Buffer.from(`7${text}7`);
  return amountIn(bytes, 1, bytes.length - 1);
}

test('reads plain digits in a file as their text, and leaves it what is written otherwise', () => {
  const digit = fc.constantFrom(...'0123456789');
  const digits = (least: number, most: number) =>
    fc.string({ unit: digit, minLength: least, maxLength: most });
  const sign = fc.constantFrom('', '-', '+');
  fc.assert(
    fc.property(sign, digits(1, 9), fc.option(digits(0, 12)), (sign, whole, fraction) => {
      const text = `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`;
      expect(within(text)).toStrictEqual(parseAmount(text));
    }),
  );
  const any = fc.string({ unit: fc.constantFrom(...'0123456789.+-eE ,"é'), maxLength: 24 });
  fc.assert(
    fc.property(fc.oneof(any, digits(0, 24)), (text) => {
      const amount = within(text);
      if (amount) expect(amount).toStrictEqual(parseAmount(text));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['4e-7', 0, 400_000],
  ['-1.5E-7', 0, -150_000],
  ['1.2345678901234e2', 123_456_789, 12_340],
  ['0.0000000000004', 0, 0],
  ['0.9999999999996', 1_000_000, 0],
  ['.5', 500_000, 0],
  ['12.', 12_000_000, 0],
  ['+3', 3_000_000, 0],
  ['-0', 0, 0],
])('reads %s', (text, micros, fine) => {
  expect(parseAmount(text)).toEqual({ micros, fine });
});

test.each([
  '',
  '.',
  '-',
  'abc',
  '1,000',
  '$5',
  '0x10',
  'Infinity',
  'NaN',
  '1e99999',
  '1e30',
  '1 2',
])('takes %j for no amount', (text) => {
  expect(parseAmount(text)).toBeUndefined();
});

test('rounds a sum as one whole, whatever the signs of its parts', () => {
  const amount = fc.record({
    micros: fc.integer({ min: -1e9, max: 1e9 }),
    fine: fc.integer({ min: -999_999, max: 999_999 }),
  });
  fc.assert(
    fc.property(fc.array(amount, { minLength: 1, maxLength: 20 }), (amounts) => {
      const sum = amounts.reduce(addAmounts);
      const picos = exact(sum);
      const size = picos < 0n ? -picos : picos;
      const rounded = Number((size + 500_000n) / 1_000_000n);
      expect(roundAmount(sum) + 0).toBe(picos < 0n ? 0 - rounded : rounded);
    }),
  );
});
