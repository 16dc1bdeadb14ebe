import { sayKind, sayWhy } from '@burnrate/shared/faces/why.ts';
import { PriceReason } from '@burnrate/shared/model/price_reason.ts';
import { DAY, HOUR } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';

const NOW = Date.UTC(2026, 10, 30);
const BARE: PriceReason = {
  machines: 2,
  kind: {
    provider: 'aws',
    instanceType: 'p4d.24xlarge',
    region: 'us-east-1',
    zone: 'us-east-1a',
    market: 'on-demand',
  },
  microsPerHour: 32_772_600,
  provenance: 'list',
  basis: 'Price List API',
  asOf: NOW - 3 * HOUR,
};
const LEARNED: PriceReason = {
  ...BARE,
  microsPerHour: 27_889_483,
  provenance: 'calibrated',
  bills: {
    listMicros: 32_772_600,
    ratio: 0.851,
    marginMicros: 600_000,
    days: 14,
    lastDay: Date.UTC(2026, 10, 27),
    own: true,
  },
};

test('a calibrated price names the list price, the ratio, the bills behind it and its margin', () => {
  expect(PriceReason.parse(LEARNED)).toEqual(LEARNED);
  expect(sayWhy(LEARNED, NOW)).toBe(
    'calibrated: list $32.77 × 0.851 from 14 days of bills, last 2026-11-27, ±$0.60',
  );
  const { bills } = LEARNED;
  const early = { ...LEARNED, bills: bills && { ...bills, days: 1, own: false, covered: 0.4 } };
  expect(sayWhy(early, NOW)).toBe(
    'calibrated: list $32.77 × 0.851 from the bill of one day of your other machines, last 2026-11-27, ±$0.60, 40% paid by a commitment',
  );
});

test('any other price tells its source and age, and a list price that no bill has spoken of it', () => {
  expect(sayWhy(BARE, NOW)).toBe(
    'list: $32.77/h, Price List API, 3 h 00 min old; no bill has told your own price yet',
  );
  const owned = { ...BARE, basis: 'your burnrate.yaml', asOf: NOW - 2 * DAY };
  delete owned.kind;
  expect(sayWhy(owned, NOW)).toBe('list: $32.77/h, your burnrate.yaml, 2 d 0 h old');
  const quoted = { ...BARE, provenance: 'quoted', basis: 'EC2 spot price in us-east-1a' } as const;
  expect(sayWhy({ ...quoted, asOf: NOW }, NOW)).toBe(
    'quoted: $32.77/h, EC2 spot price in us-east-1a, read just now',
  );
});

test('the machines that a reason is for are named by kind and place', () => {
  expect(sayKind(BARE)).toBe('2x p4d.24xlarge in us-east-1');
  const spot = BARE.kind && { ...BARE.kind, market: 'spot' as const };
  expect(sayKind({ ...BARE, machines: 1, ...(spot && { kind: spot }) })).toBe(
    'p4d.24xlarge in us-east-1a (spot)',
  );
});
