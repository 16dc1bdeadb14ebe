import type { InvoiceLine } from '@burnrate/shared/invoices/line.ts';
import { Reconciler } from '@burnrate/shared/invoices/reconcile/reconciler.ts';
import { DAY, type Instant } from '@burnrate/shared/model/time.ts';
import { type Bills, openBills } from '@burnrate/shared/store/bills/bills.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import { type BillLine, digits } from '../bills/bill.ts';
import type { Edition } from '../bills/editions.ts';
import { EPOCH } from './provider.ts';

const SOURCES: Readonly<Record<string, string>> = {
  AWS: 'aws',
  'Google Cloud': 'gcp',
  Microsoft: 'azure',
};

/** The bills' own store, and what compares it with the ledger: the product's. */
export class Billing {
  readonly #bills: Bills;
  readonly #reconciler: Reconciler;

  constructor(store: Store, now: () => Instant) {
    this.#bills = openBills(':memory:', now);
    this.#reconciler = new Reconciler(store, this.#bills.connection, now);
  }

  /** Takes a day of a bill as a reader delivers it. */
  take({ provider, day, at, final, lines }: Edition): void {
    const from = EPOCH + day * DAY;
    const account = `${SOURCES[provider]}:team`;
    this.#bills.takePart(
      { name: `bench ${account}`, account, precision: 9 },
      {
        part: String(day),
        version: String(at),
        asOf: EPOCH + at * 1000,
        span: { from, to: from + DAY },
      },
      lines.map((line) => lineOf(line, final)),
    );
  }

  /** Compares what has changed; the earliest instant of it, where there was anything. */
  compare(): Instant | undefined {
    return this.#reconciler.compare();
  }

  close(): void {
    this.#bills.close();
  }
}

function lineOf(line: BillLine, final: boolean): InvoiceLine {
  const from = EPOCH + line.from * 1000;
  const month = new Date(from);
  const optional = {
    ...(line.ResourceId && { resourceId: line.ResourceId }),
    ...(line.RegionId && { regionId: line.RegionId }),
    ...(line.AvailabilityZone && { availabilityZone: line.AvailabilityZone }),
    ...(line.InstanceType && { instanceType: line.InstanceType }),
    ...(line.CommitmentDiscountId && { commitmentDiscountId: line.CommitmentDiscountId }),
    ...(line.CommitmentDiscountStatus && {
      commitmentDiscountStatus: line.CommitmentDiscountStatus,
    }),
    ...(line.PricingCategory && { pricingCategory: line.PricingCategory }),
  };
  return {
    ...optional,
    providerName: line.ProviderName,
    billingAccountId: 'payer',
    subAccountId: 'team',
    billingCurrency: 'USD',
    billingPeriodStart: Date.UTC(month.getUTCFullYear(), month.getUTCMonth()),
    billingPeriodEnd: Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1),
    chargeCategory: line.ChargeCategory,
    chargeDescription: line.InstanceType ? `${line.InstanceType} instance hour` : line.ServiceName,
    serviceName: line.ServiceName,
    serviceCategory: 'Compute',
    consumedUnit: 'Hours',
    consumedQuantity: line.quantity,
    pricingUnit: 'Hours',
    pricingQuantity: line.quantity,
    chargePeriodStart: from,
    chargePeriodEnd: EPOCH + line.to * 1000,
    billedCost: digits(line.BilledCost),
    effectiveCost: digits(line.EffectiveCost),
    listCost: digits(line.ListCost),
    final,
  };
}
