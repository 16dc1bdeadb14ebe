import type { Matched } from '@burnrate/shared/invoices/matched.ts';
import { type Claim, commitmentsOf, cover } from '@burnrate/shared/pricing/coverage.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const P4D = { nodeId: 'p4d', unitMicros: 20, microsPerHour: 20, saving: 0.38 };
const G5 = { nodeId: 'g5', unitMicros: 4, microsPerHour: 4, saving: 0.29 };

function shares(microsPerHour: number, claims: Claim[]): Record<string, number> {
  return Object.fromEntries(
    [...cover(microsPerHour, claims)].map(([id, { share }]) => [id, share]),
  );
}

describe('a commitment covers', () => {
  test('the most saving machine first, and of the next one what is left', () => {
    expect(shares(22, [G5, P4D])).toEqual({ p4d: 1, g5: 0.5 });
  });

  test('of equally saving ones the cheapest first', () => {
    expect(shares(10, [{ ...P4D, saving: 0.29 }, G5])).toEqual({ g5: 1, p4d: 0.3 });
  });

  test('equal machines alike, with a doubt which of them it was', () => {
    const covers = cover(30, [P4D, { ...P4D, nodeId: 'other' }]);
    expect(covers.get('p4d')?.share).toBe(0.75);
    expect(covers.get('p4d')?.deviation).toBeGreaterThan(0.01);
    expect(covers.get('other')).toEqual(covers.get('p4d'));
  });

  test('one machine without a doubt', () => {
    expect(cover(5, [P4D]).get('p4d')).toEqual({ share: 0.25, deviation: 0 });
  });

  test('more of one that ran for a part of the hour', () => {
    expect(shares(10, [{ ...P4D, microsPerHour: 10 }])).toEqual({ p4d: 1 });
  });

  test('never more than there is, nor more than all of a machine', () => {
    const claim = fc.record({
      nodeId: fc.uuid(),
      unitMicros: fc.integer({ min: 1, max: 1e8 }),
      hours: fc.double({ min: 0.01, max: 1, noNaN: true }),
      saving: fc.double({ min: 0, max: 0.7, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(claim, { maxLength: 8 }),
        fc.integer({ min: 0, max: 1e9 }),
        (claims, microsPerHour) => {
          const list = claims.map(({ hours, ...one }) => ({
            ...one,
            microsPerHour: one.unitMicros * hours,
          }));
          const covers = cover(microsPerHour, list);
          const used = list.reduce(
            (sum, one) => sum + one.microsPerHour * (covers.get(one.nodeId)?.share ?? 0),
            0,
          );
          expect(used).toBeLessThanOrEqual(microsPerHour * (1 + 1e-9));
          for (const { share, deviation } of covers.values()) {
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThanOrEqual(1);
            expect(deviation).toBeGreaterThanOrEqual(0);
          }
        },
      ),
    );
  });
});

describe('how much a commitment is per hour', () => {
  const pair = (day: number, billedMicros: number, commitment?: string): Matched => ({
    account: 'aws:team',
    priceKey: {
      provider: 'aws',
      instanceType: 'p4d.24xlarge',
      region: 'us-east-1',
      market: 'on-demand',
    },
    ...(commitment !== undefined && { commitment }),
    day,
    listMicros: billedMicros * 2,
    billedMicros,
    final: true,
  });

  test('is told by what was used of it and what was not', () => {
    const unused = [{ account: 'aws:team', commitment: 'plan', day: 1, micros: 140 }];
    expect(commitmentsOf([pair(1, 100, 'plan')], unused)).toMatchObject([
      { id: 'plan', microsPerHour: 10, exhausted: true },
    ]);
  });

  test('is else the most that was used of it, exhausted where others went without', () => {
    const used = [pair(1, 120, 'plan'), pair(2, 240, 'plan')];
    expect(commitmentsOf(used)).toMatchObject([{ microsPerHour: 10, exhausted: false }]);
    expect(commitmentsOf([...used, pair(2, 50)])).toMatchObject([{ exhausted: true }]);
  });

  test('is nothing once it is no longer used by what it would pay for', () => {
    const ended = [pair(1, 240, 'plan'), pair(2, 240), pair(3, 240), pair(4, 240)];
    expect(commitmentsOf(ended)).toEqual([]);
  });
});
