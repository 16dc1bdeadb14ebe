import type { Instant } from '../model/time.ts';

/**
 * An amount or quantity in digits, just as the provider wrote it: `0.0123456789`, `-12`, `1.5e-7`.
 * Text, because bills are finer than a micro-dollar and a binary fraction is none of their amounts.
 */
export type Decimal = string;

export type ChargeCategory = 'Usage' | 'Purchase' | 'Tax' | 'Credit' | 'Adjustment';

/**
 * What a line is about: the columns of FOCUS 1.2 by their own names (first letter small) that say
 * what was charged. All of them together with the times of the charge are the line's identity, save
 * those marked `told`: they may change from one edition of a bill to the next, and the newest is
 * kept. Lines of one identity within one edition are added up.
 *
 * Leave out what the provider does not say; never invent it.
 */
export interface InvoiceItem {
  /** `AWS`, `Google Cloud`, `Microsoft`: as in the provider's own FOCUS files. */
  providerName: string;
  /** Who is billed: the payer account, the billing account, the enrolment. */
  billingAccountId: string;
  /** Where it runs: the AWS account, the GCP project, the Azure subscription. */
  subAccountId?: string;
  /** told */
  subAccountName?: string;
  /** ISO 4217, of all amounts of the line. */
  billingCurrency: string;
  billingPeriodStart: Instant;
  billingPeriodEnd: Instant;
  chargeCategory: ChargeCategory;
  /** Of a charge in a period whose invoice was already issued: it changes that by its amount. */
  chargeClass?: 'Correction';
  /** told */
  chargeDescription?: string;
  chargeFrequency?: string;
  serviceName: string;
  serviceCategory?: string;
  /** The machine's id as the source's nodes have it (`i-0abc...`), or the whole ARN or path. */
  resourceId?: string;
  /** told */
  resourceName?: string;
  resourceType?: string;
  regionId?: string;
  availabilityZone?: string;
  skuId?: string;
  skuPriceId?: string;
  /** What tells kinds of use apart where there are no SKUs: `USW2-BoxUsage:p4d.24xlarge`. */
  skuMeter?: string;
  /** `p4d.24xlarge`, where the bill says it in a field of its own (`x_InstanceType`). */
  instanceType?: string;
  commitmentDiscountId?: string;
  commitmentDiscountStatus?: 'Used' | 'Unused';
  /** `Reserved Instance`, `Savings Plan`, `Committed Use Discount`: the provider's word. */
  commitmentDiscountType?: string;
  pricingCategory?: 'Standard' | 'Dynamic' | 'Committed' | 'Other';
  pricingUnit?: string;
  consumedUnit?: string;
  /** told */
  tags?: Readonly<Record<string, string>>;
}

/** What the provider charged for one item over one period. */
export interface InvoiceLine extends InvoiceItem {
  /** `[start, end)`: an hour or a day mostly; a month of fees and taxes. */
  chargePeriodStart: Instant;
  chargePeriodEnd: Instant;
  /** What is on the invoice. */
  billedCost: Decimal;
  /** With what was paid ahead (reservations, plans) spread over the use that it covers. */
  effectiveCost: Decimal;
  /** At list prices. */
  listCost?: Decimal;
  /** At contracted prices, before commitments. */
  contractedCost?: Decimal;
  pricingQuantity?: number;
  consumedQuantity?: number;
  /** What one unit of the billing currency was in US dollars, where the bill itself says so. */
  usdPerUnit?: number;
  /** The invoice has been issued, or the provider says that this line no longer changes. */
  final: boolean;
}

/** The columns that are no part of a line's identity. */
export const TOLD = ['subAccountName', 'chargeDescription', 'resourceName', 'tags'] as const;
