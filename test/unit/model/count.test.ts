import { counted, grouped } from '@burnrate/shared/model/count.ts';
import { formatMoney } from '@burnrate/shared/model/money.ts';
import { expect, test } from 'vitest';

test.each([0, 7, 999, 1000, 12_345, 999_999, 1_000_000, 1_234_567_890])(
  '%i is grouped',
  (count) => {
    expect(grouped(count)).toBe(new Intl.NumberFormat('en-US').format(count));
  },
);

test('what is counted is in the plural, but for one', () => {
  expect(counted(1, 'service')).toBe('1 service');
  expect(counted(1204, 'service')).toBe('1,204 services');
});

test('sums are said in English as ICU would say them', () => {
  const digitsOf = (size: number) => (size >= 1000 ? 0 : size >= 0.01 || size === 0 ? 2 : 4);
  const sums = [0, 1, 49, 50, 99, 9_999, 10_000, 14_999, 15_000, 994_999, 995_000, 1_005_000];
  const large = [999_994_999, 999_995_000, 1_000_499_999, 1_000_500_000, 123_456_789_012_345];
  for (let index = 0; index < 2000; index += 1) sums.push((index * 7_919_993) % 3_000_000_000);
  for (const micros of [...sums, ...large].flatMap((one) => [one, 0 - one])) {
    const value = micros / 1e6;
    const digits = digitsOf(Math.abs(value));
    const expected = new Intl.NumberFormat('en-US', {
      style: 'currency',
      currency: 'USD',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(value);
    expect(formatMoney(micros)).toBe(expected);
  }
});
