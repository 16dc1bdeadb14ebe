import type { BillLine } from './bill.ts';
import { Dice } from './dice.ts';
import { hash } from './market.ts';
import { DAY_S, HOUR_S } from './work.ts';

/** A day of one provider's bill, as it is delivered at one moment. */
export interface Edition {
  provider: string;
  /** The day it is about. */
  day: number;
  /** When it can be read, in seconds since the first day's start. */
  at: number;
  final: boolean;
  lines: BillLine[];
}

/**
 * A day is billed some 36 hours after its end, with lines that are still missing and, on some
 * days, discounts that are not yet taken off; days later it is delivered again as it should be.
 * Taxes, a support fee, refunds and promotional credits come with it: none is the price of use.
 */
export function editionsOf(lines: readonly BillLine[], seed: number): Edition[] {
  const parts = Map.groupBy(
    lines,
    (line) => `${line.ProviderName} ${Math.floor(line.from / DAY_S)}`,
  );
  return [...parts]
    .flatMap(([part, list]): Edition[] => {
      const dice = new Dice(seed ^ hash(part));
      const [first] = list;
      if (!first) return [];
      const day = Math.floor(first.from / DAY_S);
      const late = (day + 1) * DAY_S + Math.round(dice.between(30, 42) * HOUR_S);
      const corrected = late + Math.round(dice.between(2, 5) * DAY_S);
      const undiscounted = dice.chance(0.08);
      const preliminary = list
        .filter(() => !dice.chance(0.04))
        .map((line) => (undiscounted && dice.chance(0.5) ? withoutDiscount(line) : line));
      const extra = besides(first, day, list, dice);
      const { ProviderName: provider } = first;
      return [
        { provider, day, at: late, final: false, lines: [...preliminary, ...extra] },
        { provider, day, at: corrected, final: true, lines: [...list, ...extra] },
      ];
    })
    .sort((a, b) => a.at - b.at);
}

function withoutDiscount(line: BillLine): BillLine {
  if (line.PricingCategory !== 'Standard') return line;
  return { ...line, BilledCost: line.ListCost, EffectiveCost: line.ListCost };
}

function besides(first: BillLine, day: number, list: readonly BillLine[], dice: Dice): BillLine[] {
  const sum = list.reduce((total, { BilledCost }) => total + BilledCost, 0n);
  const line = (
    ChargeCategory: BillLine['ChargeCategory'],
    ServiceName: string,
    cost: bigint,
    ResourceId = '',
  ): BillLine => ({
    ...first,
    ChargeCategory,
    ServiceName,
    ResourceId,
    InstanceType: '',
    PricingCategory: '',
    CommitmentDiscountId: '',
    CommitmentDiscountStatus: '',
    from: day * DAY_S,
    to: (day + 1) * DAY_S,
    ListCost: cost,
    BilledCost: cost,
    EffectiveCost: cost,
    quantity: 0,
  });
  const lines = [line('Tax', 'Tax', (sum * 19n) / 100n)];
  if (day % 30 === 0) lines.push(line('Purchase', 'Support', 100_000_000_000n));
  if (dice.chance(0.1)) lines.push(line('Credit', 'Promotion', -(sum / 4n)));
  if (dice.chance(0.05)) lines.push(line('Adjustment', 'Refund', -(sum / 8n), first.ResourceId));
  return lines;
}
