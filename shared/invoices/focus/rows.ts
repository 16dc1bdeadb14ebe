import { DAY, type Instant } from '../../model/time.ts';
import { type Amount, parseAmount } from '../amount.ts';
import type { ChargeCategory, InvoiceItem } from '../line.ts';
import type { Cell, Column, Rows } from '../table/table.ts';
import { instantOf, numberOf, tagsOf, textOf } from './cells.ts';
import { type Field, OTHER_COLUMNS, REQUIRED, TEXT_COLUMNS, titleOf } from './columns.ts';

/** What of a line is not its item, in the form in which it is kept. */
export interface LineFigures {
  from: Instant;
  to: Instant;
  billed: Amount;
  effective: Amount;
  list: Amount | undefined;
  contracted: Amount | undefined;
  pricingQuantity: number | undefined;
  consumedQuantity: number | undefined;
  usdPerUnit: number | undefined;
  final: boolean;
}

/** Stands for an item: by all of its cells as one text, or by a number in their place. */
export type ItemKey = string | number;

/** A row that cannot be understood, and the column where that shows. */
export class RowFault extends Error {
  override name = 'RowFault';
  readonly column: string;

  constructor(column: string, message: string) {
    super(message);
    this.column = column;
  }
}

const CATEGORIES: readonly string[] = ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'];
const PRICING: Readonly<Record<string, NonNullable<InvoiceItem['pricingCategory']>>> = {
  Standard: 'Standard',
  'On-Demand': 'Standard',
  Dynamic: 'Dynamic',
  Committed: 'Committed',
  'Commitment Discount': 'Committed',
  'Commitment-Based': 'Committed',
  Other: 'Other',
};
/** A provider closes a month's bill within some days of its end: AWS by the 5th or so. */
const CLOSED_AFTER = 10 * DAY;
const MOST_KNOWN = 10_000;

/** What tells one item from another. */
export const ITEM_FIELDS: readonly Field[] = [
  ...(Object.keys(TEXT_COLUMNS) as Field[]),
  'billingPeriodStart',
  'billingPeriodEnd',
  'chargeCategory',
  'chargeClass',
  'tags',
  'skuPriceDetails',
];
/** Read in this order from the table: first those of the item. */
export const FIELDS: readonly Field[] = [
  ...ITEM_FIELDS,
  ...(Object.keys(OTHER_COLUMNS) as Field[]).filter((field) => !ITEM_FIELDS.includes(field)),
];

/** Reads the rows of a FOCUS file, one batch at a time. */
export class FocusRows {
  readonly #asOf: Instant;
  /** The columns of the batch, by field. */
  #cells: Partial<Record<Field, Column>> = {};
  #itemColumns: Column[] = [];
  #alike: ArrayLike<number> | undefined;
  /** Bills name few instants, many times each. */
  readonly #instants = new Map<Cell, Instant>();

  /** `asOf` is when the file was made: what may still change depends on it. */
  constructor(asOf: Instant) {
    this.#asOf = asOf;
  }

  /** Takes the next batch, whose columns are those of the fields. */
  take({ columns, alike }: Rows, fields: readonly Field[]): void {
    this.#cells = Object.fromEntries(fields.map((field, index) => [field, columns[index]]));
    this.#itemColumns = ITEM_FIELDS.map((field) => this.#cells[field]).filter(
      (column) => column !== undefined,
    );
    this.#alike = alike;
  }

  /** Stands for the row's item, unread: only rows of the same item have the same one. */
  keyOf(row: number): ItemKey {
    if (this.#alike) return this.#alike[row] ?? 0;
    let key = '';
    for (const column of this.#itemColumns) {
      const cell = column.at(row);
      key += typeof cell === 'string' ? cell : (textOf(cell) ?? '');
      key += '\u0001';
    }
    return key;
  }

  /** What the row is about. Throws a RowFault. */
  item(row: number): InvoiceItem {
    for (const field of REQUIRED) {
      if (this.#text(field, row) === undefined) {
        throw new RowFault(titleOf(field), 'is empty, but must not be');
      }
    }
    const item: Record<string, unknown> = {};
    for (const field of Object.keys(TEXT_COLUMNS) as Field[]) {
      const text = this.#text(field, row);
      if (text !== undefined) item[field] = text;
    }
    item.billingPeriodStart = this.#instant('billingPeriodStart', row);
    item.billingPeriodEnd = this.#instant('billingPeriodEnd', row);
    const category = this.#text('chargeCategory', row) ?? '';
    if (!CATEGORIES.includes(category)) {
      throw new RowFault('ChargeCategory', `is “${cut(category)}”, not ${CATEGORIES.join(', ')}`);
    }
    item.chargeCategory = category as ChargeCategory;
    if (this.#text('chargeClass', row) === 'Correction') item.chargeClass = 'Correction';
    const currency = String(item.billingCurrency);
    if (!/^[A-Z]{3}$/.test(currency)) {
      throw new RowFault('BillingCurrency', `is “${cut(currency)}”, not three letters as USD is`);
    }
    item.instanceType ??= instanceTypeIn(this.#text('skuPriceDetails', row));
    if (item.instanceType === undefined) delete item.instanceType;
    const status = item.commitmentDiscountStatus;
    if (status !== 'Used' && status !== 'Unused') delete item.commitmentDiscountStatus;
    const pricing = PRICING[String(item.pricingCategory)];
    if (pricing) item.pricingCategory = pricing;
    else delete item.pricingCategory;
    const tags = tagsOf(this.#cells.tags?.at(row));
    if (tags) item.tags = tags;
    return item as unknown as InvoiceItem;
  }

  /** What the row says of money and time. Throws a RowFault. */
  figures(row: number): LineFigures {
    const from = this.#instant('chargePeriodStart', row);
    const to = this.#instant('chargePeriodEnd', row);
    if (to < from) throw new RowFault('ChargePeriodEnd', 'is before ChargePeriodStart');
    const billed = this.#amount('billedCost', row);
    if (!billed) throw new RowFault('BilledCost', 'is empty, but must not be');
    return {
      from,
      // Some give a one-time charge no length at all.
      to: to === from ? from + 1 : to,
      billed,
      effective: this.#amount('effectiveCost', row) ?? billed,
      list: this.#amount('listCost', row),
      contracted: this.#amount('contractedCost', row),
      pricingQuantity: numberOf(this.#cells.pricingQuantity?.at(row)),
      consumedQuantity: numberOf(this.#cells.consumedQuantity?.at(row)),
      usdPerUnit: this.#usdPerUnit(row),
      final: this.#isFinal(row),
    };
  }

  #isFinal(row: number): boolean {
    if (this.#text('invoiceId', row) !== undefined) return true;
    return this.#instant('billingPeriodEnd', row) + CLOSED_AFTER <= this.#asOf;
  }

  /** Some price in dollars and bill in another currency: what a unit of that was, by the bill. */
  #usdPerUnit(row: number): number | undefined {
    if (this.#text('billingCurrency', row) === 'USD') return undefined;
    if (this.#text('pricingCurrency', row) !== 'USD') return undefined;
    const number = (field: Field) => numberOf(this.#cells[field]?.at(row)) ?? 0;
    const rate = number('exchangeRate');
    if (rate > 0) return 1 / rate;
    const perUnit = number('pricingCurrencyCost') / number('effectiveCost');
    return Number.isFinite(perUnit) && perUnit > 0 ? perUnit : undefined;
  }

  #text(field: Field, row: number): string | undefined {
    return textOf(this.#cells[field]?.at(row));
  }

  #amount(field: Field, row: number): Amount | undefined {
    const plain = this.#cells[field]?.amount?.(row);
    if (plain) return plain;
    const text = this.#text(field, row);
    if (text === undefined) return undefined;
    const amount = parseAmount(text);
    if (!amount) throw new RowFault(titleOf(field), `is “${cut(text)}”, which is no amount`);
    return amount;
  }

  #instant(field: Field, row: number): Instant {
    const cell = this.#cells[field]?.at(row);
    const known = this.#instants.get(cell);
    if (known !== undefined) return known;
    const at = instantOf(cell);
    if (at === undefined) {
      throw new RowFault(titleOf(field), `is “${cut(textOf(cell) ?? '')}”, which is no time`);
    }
    if (this.#instants.size >= MOST_KNOWN) this.#instants.clear();
    this.#instants.set(cell, at);
    return at;
  }
}

/** FOCUS 1.2 has a machine's type among the details of its price, in JSON. */
function instanceTypeIn(details: string | undefined): string | undefined {
  if (details === undefined) return undefined;
  try {
    const { InstanceType: type } = JSON.parse(details) ?? {};
    return typeof type === 'string' && type !== '' ? type : undefined;
  } catch {
    // Details in no form that FOCUS knows tell nothing; no sum depends on them.
    return undefined;
  }
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
