import type { InvoiceItem, InvoiceLine } from '../line.ts';

/** The columns that are text and nothing else. */
type TextField = Exclude<
  keyof InvoiceItem,
  'billingPeriodStart' | 'billingPeriodEnd' | 'tags' | 'chargeCategory' | 'chargeClass'
>;

/**
 * What each column is called in FOCUS 1.0 to 1.3, and under which other names providers have it
 * (https://focus.finops.org; the ones with `x_` are Microsoft's and Google's own). The first that
 * a file has counts. Compared without regard to case and underscores.
 */
export const TEXT_COLUMNS: Readonly<Record<TextField, readonly string[]>> = {
  providerName: ['ProviderName', 'ServiceProviderName', 'HostProviderName', 'Provider'],
  billingAccountId: ['BillingAccountId'],
  subAccountId: ['SubAccountId'],
  subAccountName: ['SubAccountName'],
  billingCurrency: ['BillingCurrency'],
  chargeDescription: ['ChargeDescription'],
  chargeFrequency: ['ChargeFrequency'],
  serviceName: ['ServiceName'],
  serviceCategory: ['ServiceCategory'],
  resourceId: ['ResourceId'],
  resourceName: ['ResourceName'],
  resourceType: ['ResourceType'],
  regionId: ['RegionId', 'Region'],
  availabilityZone: ['AvailabilityZone'],
  skuId: ['SkuId'],
  skuPriceId: ['SkuPriceId'],
  skuMeter: ['SkuMeter', 'x_UsageType', 'x_SkuMeterName', 'x_SkuDescription'],
  instanceType: ['x_InstanceType', 'x_SkuInstanceType', 'x_MachineType'],
  commitmentDiscountId: ['CommitmentDiscountId'],
  commitmentDiscountStatus: ['CommitmentDiscountStatus'],
  commitmentDiscountType: ['CommitmentDiscountType'],
  pricingCategory: ['PricingCategory'],
  pricingUnit: ['PricingUnit'],
  consumedUnit: ['ConsumedUnit', 'UsageUnit'],
};

/** Columns that are read and not kept as they are. */
type Unkept =
  | 'skuPriceDetails'
  | 'exchangeRate'
  | 'pricingCurrency'
  | 'pricingCurrencyCost'
  | 'invoiceId';

/** The others, each read in a way of its own. */
export const OTHER_COLUMNS = {
  billingPeriodStart: ['BillingPeriodStart'],
  billingPeriodEnd: ['BillingPeriodEnd'],
  chargeCategory: ['ChargeCategory', 'ChargeType'],
  chargeClass: ['ChargeClass'],
  chargePeriodStart: ['ChargePeriodStart'],
  chargePeriodEnd: ['ChargePeriodEnd'],
  tags: ['Tags'],
  billedCost: ['BilledCost'],
  effectiveCost: ['EffectiveCost', 'AmortizedCost'],
  listCost: ['ListCost'],
  contractedCost: ['ContractedCost'],
  pricingQuantity: ['PricingQuantity'],
  consumedQuantity: ['ConsumedQuantity', 'UsageQuantity'],
  skuPriceDetails: ['SkuPriceDetails'],
  exchangeRate: ['x_BillingExchangeRate', 'x_ExchangeRate'],
  pricingCurrency: ['PricingCurrency', 'x_PricingCurrency'],
  pricingCurrencyCost: ['PricingCurrencyEffectiveCost'],
  invoiceId: ['InvoiceId'],
} as const satisfies Partial<Record<keyof InvoiceLine | Unkept, readonly string[]>>;

/** Without these a row says nothing that could be added up. */
export const REQUIRED = [
  'providerName',
  'billingAccountId',
  'billingCurrency',
  'billingPeriodStart',
  'billingPeriodEnd',
  'serviceName',
  'chargeCategory',
  'chargePeriodStart',
  'chargePeriodEnd',
  'billedCost',
] as const;

export type Field = TextField | keyof typeof OTHER_COLUMNS;

/** Where in the file each field is; those it does not have are absent. */
export function placesOf(names: readonly string[]): Map<Field, number> {
  const plain = (name: string) => name.toLowerCase().replaceAll('_', '');
  const byName = new Map(names.map((name, index) => [plain(name), index]));
  const places = new Map<Field, number>();
  for (const [field, titles] of Object.entries({ ...TEXT_COLUMNS, ...OTHER_COLUMNS })) {
    const title = titles.find((one) => byName.has(plain(one)));
    const place = title === undefined ? undefined : byName.get(plain(title));
    if (place !== undefined) places.set(field as Field, place);
  }
  return places;
}

/** What the specification calls the field. */
export function titleOf(field: Field): string {
  return { ...TEXT_COLUMNS, ...OTHER_COLUMNS }[field][0] ?? field;
}
