import { plainText } from './csv_reader.ts';

/**
 * The rules of FOCUS 1.2 (May 2025, https://focus.finops.org/focus-specification/v1-2/) that can be
 * seen in a dataset of usage: which columns there must be, of what type, where null is allowed, the
 * allowed values, and what columns say of each other.
 */
type Type = 'string' | 'decimal' | 'instant' | 'json';

interface Column {
  type: Type;
  /** Whether the specification's "Allows nulls" is false. */
  filled: boolean;
  /** "Feature level" mandatory; the others are conditional or recommended. */
  mandatory: boolean;
  values?: readonly string[];
}

const column = (
  level: 'M' | 'C',
  nulls: 'null' | 'filled',
  type: Type,
  values?: string[],
): Column => ({
  type,
  filled: nulls === 'filled',
  mandatory: level === 'M',
  ...(values && { values }),
});

const SERVICE_CATEGORIES =
  'AI and Machine Learning|Analytics|Business Applications|Compute|Databases|Developer Tools|Multicloud|Identity|Integration|Internet of Things|Management and Governance|Media|Migration|Mobile|Networking|Security|Storage|Web|Other';

const COLUMNS: Readonly<Record<string, Column>> = {
  AvailabilityZone: column('C', 'null', 'string'),
  BilledCost: column('M', 'filled', 'decimal'),
  BillingAccountId: column('M', 'filled', 'string'),
  BillingAccountName: column('M', 'null', 'string'),
  BillingAccountType: column('C', 'filled', 'string'),
  BillingCurrency: column('M', 'filled', 'string'),
  BillingPeriodEnd: column('M', 'filled', 'instant'),
  BillingPeriodStart: column('M', 'filled', 'instant'),
  CapacityReservationId: column('C', 'null', 'string'),
  CapacityReservationStatus: column('C', 'null', 'string', ['Used', 'Unused']),
  ChargeCategory: column('M', 'filled', 'string', [
    'Usage',
    'Purchase',
    'Tax',
    'Credit',
    'Adjustment',
  ]),
  ChargeClass: column('M', 'null', 'string', ['Correction']),
  ChargeDescription: column('M', 'null', 'string'),
  ChargeFrequency: column('C', 'filled', 'string', ['One-Time', 'Recurring', 'Usage-Based']),
  ChargePeriodEnd: column('M', 'filled', 'instant'),
  ChargePeriodStart: column('M', 'filled', 'instant'),
  CommitmentDiscountCategory: column('C', 'null', 'string', ['Spend', 'Usage']),
  CommitmentDiscountId: column('C', 'null', 'string'),
  CommitmentDiscountName: column('C', 'null', 'string'),
  CommitmentDiscountQuantity: column('C', 'null', 'decimal'),
  CommitmentDiscountStatus: column('C', 'null', 'string', ['Used', 'Unused']),
  CommitmentDiscountType: column('C', 'null', 'string'),
  CommitmentDiscountUnit: column('C', 'null', 'string'),
  ConsumedQuantity: column('C', 'null', 'decimal'),
  ConsumedUnit: column('C', 'null', 'string'),
  ContractedCost: column('M', 'filled', 'decimal'),
  ContractedUnitPrice: column('C', 'null', 'decimal'),
  EffectiveCost: column('M', 'filled', 'decimal'),
  InvoiceId: column('C', 'null', 'string'),
  InvoiceIssuerName: column('M', 'filled', 'string'),
  ListCost: column('M', 'filled', 'decimal'),
  ListUnitPrice: column('C', 'null', 'decimal'),
  PricingCategory: column('C', 'null', 'string', ['Standard', 'Dynamic', 'Committed', 'Other']),
  PricingCurrency: column('C', 'null', 'string'),
  PricingCurrencyContractedUnitPrice: column('C', 'null', 'decimal'),
  PricingCurrencyEffectiveCost: column('C', 'null', 'decimal'),
  PricingCurrencyListUnitPrice: column('C', 'null', 'decimal'),
  PricingQuantity: column('M', 'null', 'decimal'),
  PricingUnit: column('M', 'null', 'string'),
  ProviderName: column('M', 'filled', 'string'),
  PublisherName: column('M', 'filled', 'string'),
  RegionId: column('C', 'null', 'string'),
  RegionName: column('C', 'null', 'string'),
  ResourceId: column('C', 'null', 'string'),
  ResourceName: column('C', 'null', 'string'),
  ResourceType: column('C', 'null', 'string'),
  ServiceCategory: column('M', 'filled', 'string', SERVICE_CATEGORIES.split('|')),
  ServiceName: column('M', 'filled', 'string'),
  ServiceSubcategory: column('C', 'filled', 'string', [
    'Containers',
    'End User Computing',
    'Quantum Compute',
    'Serverless Compute',
    'Virtual Machines',
    'Other (Compute)',
  ]),
  SkuId: column('C', 'null', 'string'),
  SkuMeter: column('C', 'null', 'string'),
  SkuPriceDetails: column('C', 'null', 'json'),
  SkuPriceId: column('C', 'null', 'string'),
  SubAccountId: column('C', 'null', 'string'),
  SubAccountName: column('C', 'null', 'string'),
  SubAccountType: column('C', 'null', 'string'),
  Tags: column('C', 'null', 'json'),
};

type Row = Readonly<Record<string, string | null>>;

/** What each type asks of a value; a text that is none of it, or nothing. */
const TYPES: Readonly<Record<Type, (value: string) => boolean>> = {
  string: (value) => value.trim() !== '',
  decimal: (value) => /^-?\d+(\.\d+)?(E-?\d+)?$/.test(value),
  instant: (value) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value) && Number.isFinite(Date.parse(value)),
  json: isKeyValues,
};

/** Of a row of usage that is no correction: every rule must hold. */
const RULES: Readonly<Record<string, (row: Row) => boolean>> = {
  'the charge period ends after it starts': (row) =>
    at(row, 'ChargePeriodStart') < at(row, 'ChargePeriodEnd'),
  'the charge period lies in the billing period': (row) =>
    at(row, 'BillingPeriodStart') <= at(row, 'ChargePeriodStart') &&
    at(row, 'ChargePeriodEnd') <= at(row, 'BillingPeriodEnd'),
  'currencies are of ISO 4217': (row) => /^[A-Z]{3}$/.test(row.BillingCurrency ?? ''),
  'usage has a quantity that is priced': (row) => row.PricingQuantity !== null,
  'usage has a quantity that is consumed': (row) => row.ConsumedQuantity !== null,
  'usage has a pricing category': (row) => row.PricingCategory !== null,
  'a priced quantity and its unit go together': (row) =>
    (row.PricingQuantity === null) === (row.PricingUnit === null),
  'a consumed quantity and its unit go together': (row) =>
    (row.ConsumedQuantity === null) === (row.ConsumedUnit === null),
  'units are among the recommended ones': (row) =>
    [row.PricingUnit, row.ConsumedUnit].every((unit) => unit === 'Hours'),
  'a purchase is not usage-based': (row) =>
    row.ChargeCategory !== 'Purchase' || row.ChargeFrequency !== 'Usage-Based',
  'without unit prices, all costs match what is billed': (row) =>
    row.ListUnitPrice != null ||
    (row.ListCost === row.BilledCost && row.ContractedCost === row.BilledCost),
  'a region has an id and a name, or neither': (row) =>
    (row.RegionId === null) === (row.RegionName === null),
  'a resource has a type': (row) => (row.ResourceId === null) === (row.ResourceType === null),
  'the name of a resource does not double its id': (row) =>
    row.ResourceName === null || row.ResourceName !== row.ResourceId,
  'a resource has a name only where it has an id': (row) =>
    row.ResourceName === null || row.ResourceId !== null,
  'a zone lies in a region': (row) => row.AvailabilityZone === null || row.RegionId !== null,
  'the billing period is a whole month of UTC': (row) => {
    const [from, to] = [at(row, 'BillingPeriodStart'), at(row, 'BillingPeriodEnd')];
    const month = new Date(from);
    const next = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1);
    return from === Date.UTC(month.getUTCFullYear(), month.getUTCMonth()) && to === next;
  },
  'the currency is one that is in use': (row) =>
    Intl.supportedValuesOf('currency').includes(row.BillingCurrency ?? ''),
  'a commitment that covers usage says whether it was used': (row) =>
    row.CommitmentDiscountId == null ||
    row.ChargeCategory !== 'Usage' ||
    row.CommitmentDiscountStatus != null,
  'nothing is said of a commitment where there is none': (row) =>
    row.CommitmentDiscountId != null ||
    ['Category', 'Name', 'Quantity', 'Status', 'Type', 'Unit'].every(
      (rest) => row[`CommitmentDiscount${rest}`] == null,
    ),
  'a reservation of capacity has a status, or neither': (row) =>
    (row.CapacityReservationId == null) === (row.CapacityReservationStatus == null),
  'what is not discounted costs as much as it was contracted at': (row) =>
    row.CommitmentDiscountId != null || row.EffectiveCost === row.ContractedCost,
  'a service of a kind is of a category': (row) =>
    row.ServiceSubcategory == null || row.ServiceCategory === 'Compute',
  'a SKU has a price only where it is named': (row) =>
    (row.SkuPriceId == null && row.SkuMeter == null && row.SkuPriceDetails == null) ||
    row.SkuId != null,
  'quantities are of usage, and not negative': (row) =>
    [row.PricingQuantity, row.ConsumedQuantity].every((text) => Number(text ?? 0) >= 0),
  'custom columns do not stand in for columns of the specification': (row) =>
    Object.keys(row).every((name) => !name.startsWith('x_') || !COLUMNS[name.slice(2)]),
};

/** Columns of which one has the same value wherever the other one does. */
const GO_TOGETHER: readonly [string, string][] = [
  ['BillingAccountId', 'BillingAccountName'],
  ['BillingAccountId', 'BillingCurrency'],
  ['RegionId', 'RegionName'],
  ['ServiceName', 'ServiceCategory'],
  ['ServiceName', 'ServiceSubcategory'],
  ['AvailabilityZone', 'RegionId'],
];

/** Each breach of the specification, in words; none where the dataset conforms. */
export function breaches(head: readonly string[], rows: readonly Row[]): string[] {
  const found = new Set<string>();
  for (const [name, { mandatory }] of Object.entries(COLUMNS)) {
    if (mandatory && !head.includes(name)) found.add(`${name} must be there`);
  }
  const customFrom = head.findIndex((name) => name.startsWith('x_'));
  for (const [index, name] of head.entries()) {
    const isCustom = name.startsWith('x_');
    if (!isCustom && !COLUMNS[name]) found.add(`${name} is not a column of FOCUS 1.2`);
    if (!isCustom && customFrom >= 0 && index > customFrom)
      found.add(`${name} is after a custom column`);
    if (!/^(x_)?[A-Z][A-Za-z0-9]{0,49}$/.test(name)) found.add(`${name} is not Pascal case`);
    if (head.indexOf(name) !== index) found.add(`${name} is there twice`);
  }
  for (const written of rows) {
    const row = Object.fromEntries(
      Object.entries(written).map(([name, value]) => [name, plainText(value)]),
    );
    for (const name of head) {
      const rule = COLUMNS[name];
      const value = row[name] ?? null;
      if (value === '') found.add(`${name} is an empty string`);
      if (!rule) continue;
      if (value === null) {
        if (rule.filled) found.add(`${name} must not be null`);
        continue;
      }
      if (!TYPES[rule.type](value)) found.add(`${name} is no ${rule.type}: ${value}`);
      if (rule.values && !rule.values.includes(value)) found.add(`${name} cannot be ${value}`);
    }
    for (const [what, holds] of Object.entries(RULES)) {
      if (!holds(row)) found.add(`${what}: ${JSON.stringify(row)}`);
    }
  }
  for (const [one, other] of GO_TOGETHER) {
    const named = rows.filter((row) => row[one] != null);
    for (const [value, of] of Map.groupBy(named, (row) => row[one])) {
      const all = new Set(of.map((row) => row[other] ?? null));
      if (all.size > 1) found.add(`${one} ${value} has ${all.size} of ${other}`);
    }
  }
  return [...found];
}

function at(row: Row, name: string): number {
  return Date.parse(row[name] ?? '');
}

/** An object of unique keys whose values are no objects. */
function isKeyValues(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    return Object.values(value).every((one) => one === null || typeof one !== 'object');
  } catch {
    return false;
  }
}
