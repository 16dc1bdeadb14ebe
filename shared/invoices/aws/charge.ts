import type { ChargeCategory, Decimal, InvoiceLine } from '../line.ts';

/** One charge in AWS's own terms, of Cost Explorer or a cost and usage report. */
export interface Charge {
  /** The line item type, or Cost Explorer's record type: `SavingsPlanCoveredUsage`. */
  type: string;
  /** What it is charged at, before discounts that are given apart. */
  unblended: Decimal;
  /** After all discounts; absent where the account has none. */
  net: Decimal | undefined;
  /**
   * Its amortized cost, net where there is one: of use, with what was paid ahead spread over it; of
   * a commitment's fee, the part that was not used.
   */
  amortized: Decimal | undefined;
  /** At public prices on demand. */
  onDemand: Decimal | undefined;
  /** The ARN of the reservation or Savings Plan. */
  commitment: string | undefined;
  spot: boolean;
  about: About;
}

/** What a line says beside its kind and its costs. */
export type About = Omit<
  InvoiceLine,
  | 'chargeCategory'
  | 'chargeFrequency'
  | 'chargeClass'
  | 'billedCost'
  | 'effectiveCost'
  | 'listCost'
  | 'pricingCategory'
  | 'commitmentDiscountId'
  | 'commitmentDiscountStatus'
  | 'commitmentDiscountType'
>;

type Commitment = Pick<
  InvoiceLine,
  'commitmentDiscountId' | 'commitmentDiscountType' | 'commitmentDiscountStatus'
>;

/**
 * The lines of a charge, so that what is billed sums to the invoice and what is effective to the
 * amortized cost. Use that a Savings Plan covers is listed at its price on demand, and taken back by
 * a negation: neither is billed. A commitment's fee is billed, and its part that was not used is a
 * line of its own.
 * https://docs.aws.amazon.com/cur/latest/userguide/cur-sp.html
 * https://docs.aws.amazon.com/cur/latest/userguide/amortized-reservation.html
 */
export function linesOf(charge: Charge): InvoiceLine[] {
  const { about, unblended, net, amortized, onDemand, spot } = charge;
  const billed = net ?? unblended;
  const listed = onDemand !== undefined && { listCost: onDemand };
  const line = (
    chargeCategory: ChargeCategory,
    costs: Pick<InvoiceLine, 'billedCost' | 'effectiveCost'>,
    more: Partial<InvoiceLine> = {},
  ): InvoiceLine => ({ ...about, chargeCategory, ...costs, ...more });
  const plain = { billedCost: billed, effectiveCost: amortized ?? billed };

  switch (charge.type.replaceAll(' ', '')) {
    case 'SavingsPlanNegation':
      return [];
    case 'SavingsPlanCoveredUsage':
      return [
        line(
          'Usage',
          { billedCost: '0', effectiveCost: amortized ?? '0' },
          {
            pricingCategory: 'Committed',
            ...commitmentOf(charge, 'Savings Plan', 'Used'),
            listCost: onDemand ?? unblended,
          },
        ),
      ];
    case 'DiscountedUsage':
      return [
        line('Usage', plain, {
          pricingCategory: 'Committed',
          ...commitmentOf(charge, 'Reserved Instance', 'Used'),
          ...listed,
        }),
      ];
    case 'SavingsPlanRecurringFee':
      return feeOf(charge, line, 'Savings Plan');
    case 'RIFee':
    case 'Recurring':
      return feeOf(charge, line, 'Reserved Instance');
    case 'SavingsPlanUpfrontFee':
    case 'Fee':
    case 'Upfront':
      return [line('Purchase', plain, { chargeFrequency: 'One-Time' })];
    case 'Tax':
      return [line('Tax', plain)];
    case 'Credit':
      return [line('Credit', plain)];
    case 'Refund':
      return [line('Adjustment', plain)];
    default:
      // `EdpDiscount`, `PrivateRateDiscount`: what they take off is in net costs, where those are.
      if (/discount/i.test(charge.type)) return isZero(billed) ? [] : [line('Adjustment', plain)];
      return [line('Usage', plain, { pricingCategory: spot ? 'Dynamic' : 'Standard', ...listed })];
  }
}

function feeOf(
  charge: Charge,
  line: (
    category: ChargeCategory,
    costs: Pick<InvoiceLine, 'billedCost' | 'effectiveCost'>,
    more: Partial<InvoiceLine>,
  ) => InvoiceLine,
  kind: Kind,
): InvoiceLine[] {
  const billed = charge.net ?? charge.unblended;
  return [
    line(
      'Purchase',
      { billedCost: billed, effectiveCost: '0' },
      { chargeFrequency: 'Recurring', ...commitmentOf(charge, kind) },
    ),
    line(
      'Usage',
      { billedCost: '0', effectiveCost: charge.amortized ?? '0' },
      { pricingCategory: 'Committed', ...commitmentOf(charge, kind, 'Unused') },
    ),
  ];
}

type Kind = 'Savings Plan' | 'Reserved Instance';

function commitmentOf(
  { commitment }: Charge,
  kind: Kind,
  status?: 'Used' | 'Unused',
): Partial<Commitment> {
  return {
    ...(commitment && { commitmentDiscountId: commitment }),
    commitmentDiscountType: kind,
    ...(status && { commitmentDiscountStatus: status }),
  };
}

function isZero(amount: Decimal): boolean {
  return Number(amount) === 0;
}
