import { parseAmount } from '../../invoices/amount.ts';
import type { LineFigures } from '../../invoices/focus/rows.ts';
import type { InvoiceItem, InvoiceLine } from '../../invoices/line.ts';
import type { Interval } from '../../model/time.ts';

/** A reader's line as it is kept. Throws a RangeError where it is not one, or not of this part. */
export function figuresOf(
  line: InvoiceLine,
  { part, span }: { part: string; span: Interval },
): { item: InvoiceItem; figures: LineFigures } {
  const {
    chargePeriodStart: from,
    chargePeriodEnd: to,
    billedCost,
    effectiveCost,
    listCost,
    contractedCost,
    pricingQuantity,
    consumedQuantity,
    usdPerUnit,
    final,
    ...item
  } = line;
  const amount = (text: string) => {
    const parsed = parseAmount(text);
    if (!parsed) throw new RangeError(`part ${part}: “${text.slice(0, 60)}” is no amount`);
    return parsed;
  };
  if (!(from < to) || from < span.from || from >= span.to) {
    throw new RangeError(`part ${part}: a line from ${from} to ${to} is not of its time`);
  }
  return {
    item,
    figures: {
      from,
      to,
      billed: amount(billedCost),
      effective: amount(effectiveCost),
      list: listCost === undefined ? undefined : amount(listCost),
      contracted: contractedCost === undefined ? undefined : amount(contractedCost),
      pricingQuantity,
      consumedQuantity,
      usdPerUnit,
      final,
    },
  };
}
