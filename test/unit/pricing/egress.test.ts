import { addEgress, type EgressCost } from '@burnrate/shared/model/egress.ts';
import { egressRange, formatBytes, formatEgress } from '@burnrate/shared/model/egress_words.ts';
import { formatMoney } from '@burnrate/shared/model/money.ts';
import { egressPriceOf } from '@burnrate/shared/pricing/egress/prices.ts';
import { type TransferDay, TransferShares } from '@burnrate/shared/pricing/egress/share.ts';
import { costOfNext, monthCost, type Tier } from '@burnrate/shared/pricing/egress/tiers.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const GIB = 2 ** 30;

function priceOf(provider: string, region: string, market: 'spot' | 'owned' = 'spot') {
  return egressPriceOf({ provider, region, market });
}

const PRICED = [
  ['aws', 'us-east-1'],
  ['aws', 'ap-southeast-2'],
  ['gcp', 'europe-west4'],
  ['azure', 'westeurope'],
  ['lambda', 'us-south-1'],
] as const;

const anyTiers = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 500_000 }), fc.integer({ min: 0, max: 200 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((steps): Tier[] => {
    let fromBytes = 0;
    return steps.map(([width, mills], nth) => {
      if (nth > 0) fromBytes += width * 1e9;
      return { fromBytes, usdPerByte: mills / 1000 / 1e9 };
    });
  });
const anyBytes = fc.integer({ min: 0, max: 2e15 });

describe('tiers', () => {
  test('more bytes never cost less, and no more than the dearest tier asks for them', () => {
    fc.assert(
      fc.property(anyTiers, anyBytes, fc.integer({ min: 0, max: 1e13 }), (tiers, before, more) => {
        const next = costOfNext(tiers, before, more);
        const dearest = Math.max(...tiers.map(({ usdPerByte }) => usdPerByte));
        expect(next).toBeGreaterThanOrEqual(0);
        // Continuous: so few bytes cost so little, at the edge of a tier too. Rounding is a micro-dollar.
        expect(next).toBeLessThanOrEqual(more * dearest * 1e6 + 1.001);
      }),
    );
  });

  test('the parts of a month cost what the month does, however it is cut', () => {
    fc.assert(
      fc.property(anyTiers, fc.array(fc.integer({ min: 0, max: 1e14 })), (tiers, parts) => {
        let before = 0;
        let sum = 0;
        for (const part of parts) {
          sum += costOfNext(tiers, before, part);
          before += part;
        }
        expect(sum).toBe(monthCost(tiers, before));
      }),
    );
  });

  test('a month on AWS is what its tiers come to', () => {
    const tiers = priceOf('aws', 'us-east-1')?.internet ?? [];
    const usd = (gib: number) => monthCost(tiers, gib * GIB) / 1e6;
    expect(usd(100)).toBe(0);
    expect(usd(101)).toBeCloseTo(0.09, 6);
    expect(usd(10_240)).toBeCloseTo(10_140 * 0.09, 5);
    expect(usd(51_200)).toBeCloseTo(10_140 * 0.09 + 40_960 * 0.085, 5);
    expect(usd(200_000)).toBeCloseTo(
      10_140 * 0.09 + 40_960 * 0.085 + 102_400 * 0.07 + 46_400 * 0.05,
      4,
    );
  });
});

describe('price lists', () => {
  test.each(PRICED)('%s in %s has a price, with its source and date', (provider, region) => {
    const price = priceOf(provider, region);
    expect(price?.internet[0]?.fromBytes).toBe(0);
    expect(price?.basis).toMatch(/^list of egress prices, 20\d\d-\d\d-\d\d, from [\w.-]+$/);
    expect(price?.asOf).toBeGreaterThan(0);
    // The farther the dearer, and within its zone it is free.
    const most = Math.max(...(price?.internet ?? []).map(({ usdPerByte }) => usdPerByte));
    expect(price?.otherRegionUsdPerByte).toBeLessThanOrEqual(most);
  });

  test('of a region in no list the basis says whose price it is', () => {
    const price = priceOf('aws', 'me-central-1');
    expect(price?.basis).toContain('that of us-*, since none is known of me-central-1');
  });

  test('nobody knows what an own machine pays, nor an unknown provider asks', () => {
    expect(priceOf('aws', 'us-east-1', 'owned')).toBeUndefined();
    expect(priceOf('somebody', 'somewhere')).toBeUndefined();
  });

  test('where leaving is free it costs nothing however much it is', () => {
    expect(monthCost(priceOf('runpod', 'EU-RO-1')?.internet ?? [], 1e15)).toBe(0);
  });
});

describe('the share that is paid', () => {
  const day = (nth: number, billedMicros: number, nodeId?: string): TransferDay => ({
    account: 'aws:lab',
    ...(nodeId !== undefined && { nodeId }),
    day: nth,
    listMicros: 100_000_000,
    billedMicros,
  });

  test('before any bill it is anything from nothing to all', () => {
    const shares = new TransferShares();
    expect(shares.cost('aws:lab', 'n', 7_000_000)).toEqual({
      low: 0,
      high: 7_000_000,
      unpriced: false,
    });
  });

  test('bills make one amount likely, and narrow the range once there are some', () => {
    const shares = new TransferShares();
    shares.learn([day(1, 10_000_000)]);
    expect(shares.cost('aws:lab', 'n', 1_000_000)).toEqual({
      low: 0,
      high: 1_000_000,
      likely: 100_000,
      unpriced: false,
    });
    shares.learn([9, 10, 11, 10, 9, 11].map((millions, nth) => day(nth, millions * 1_000_000)));
    const narrow = shares.cost('aws:lab', 'n', 1_000_000);
    expect(narrow.likely).toBe(100_000);
    expect(narrow.low).toBeGreaterThan(70_000);
    expect(narrow.high).toBeLessThan(130_000);
    expect(shares.of('aws:other')).toBeUndefined();
  });

  test('days count by what was sent; a day of little traffic does not decide', () => {
    const shares = new TransferShares();
    const little = { account: 'aws:lab', day: 9, listMicros: 1_000, billedMicros: 1_000 };
    shares.learn([day(1, 0), day(2, 0), day(3, 0), little]);
    expect(shares.of('aws:lab')?.share).toBeCloseTo(1_000 / 300_001_000, 9);
  });

  test('a machine that lines name has its own', () => {
    const shares = new TransferShares();
    shares.learn([day(1, 100_000_000, 'loud'), day(1, 0, 'quiet'), day(1, 0)]);
    expect(shares.of('aws:lab', 'loud')?.share).toBe(1);
    expect(shares.of('aws:lab', 'quiet')?.share).toBe(0);
    expect(shares.of('aws:lab', 'unnamed')?.share).toBeCloseTo(1 / 3, 9);
  });

  test('more than the price of the internet is believed: a gateway asks for its part', () => {
    const shares = new TransferShares();
    shares.learn([1, 2, 3].map((nth) => day(nth, 150_000_000)));
    expect(shares.cost('aws:lab', 'n', 100)).toMatchObject({ likely: 150, high: 150 });
  });

  test('the range holds what is likely, whatever bills say', () => {
    const anyDay = fc.record({ list: fc.integer({ min: 1, max: 1e12 }), billed: fc.nat(1e12) });
    fc.assert(
      fc.property(fc.array(anyDay, { minLength: 1 }), (days) => {
        const shares = new TransferShares();
        shares.learn(
          days.map(({ list, billed }, nth) => ({
            ...day(nth, billed),
            listMicros: list,
          })),
        );
        const { low, likely = Number.NaN, high } = shares.cost('aws:lab', undefined, 1_000_000);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(likely);
        expect(likely).toBeLessThanOrEqual(high);
      }),
    );
  });
});

describe('in words', () => {
  const cost = (change: Partial<EgressCost>): EgressCost => ({
    low: 0,
    high: 126_000_000,
    unpriced: false,
    ...change,
  });

  test('a cost says how it is known', () => {
    expect(formatEgress(cost({}), formatMoney)).toBe('up to $126.00');
    expect(formatEgress(cost({ likely: 12_000_000 }), formatMoney)).toBe('≈$12.00');
    expect(formatEgress(cost({ high: 0, likely: 0 }), formatMoney)).toBe('no charge');
    const unpriced = cost({ unpriced: true });
    expect(formatEgress(unpriced, formatMoney)).toBe('up to $126.00 and more');
    expect(formatEgress({ ...unpriced, high: 0 }, formatMoney)).toBe('price unknown');
    expect(egressRange(cost({}), formatMoney)).toContain('$0.00 to $126.00: nothing where');
    expect(egressRange(cost({ likely: 1 }), formatMoney)).toContain('by what this account’s bills');
  });

  test('bytes are rounded to what can be told', () => {
    expect([0, 999, 1_000, 1_400_000_000_000, 24e9, 999_960_000].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '1.4 TB',
      '24 GB',
      '1.0 GB',
    ]);
  });

  test('what is likely of a sum is told where it is of all that may cost something', () => {
    const known = cost({ likely: 5 });
    expect(addEgress([known, known]).likely).toBe(10);
    expect(addEgress([known, cost({})]).likely).toBeUndefined();
    expect(addEgress([cost({}), known]).likely).toBeUndefined();
    expect(addEgress([known, cost({ high: 0 })]).likely).toBe(5);
    expect(addEgress([known, cost({ high: 0, unpriced: true })])).toEqual({
      low: 0,
      high: 126_000_000,
      unpriced: true,
    });
  });
});
