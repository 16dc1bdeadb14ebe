import type { InvoiceItem } from '../line.ts';

const PROVIDERS: readonly [RegExp, string][] = [
  [/\baws\b|amazon/i, 'aws'],
  [/\bgcp\b|google/i, 'gcp'],
  [/azure|microsoft/i, 'azure'],
  [/lambda/i, 'lambda'],
  [/runpod/i, 'runpod'],
  [/vast/i, 'vast'],
];

/** The provider as price keys have it; undefined for one that sells no machines we know of. */
export function providerOf({
  providerName,
}: Pick<InvoiceItem, 'providerName'>): string | undefined {
  return PROVIDERS.find(([pattern]) => pattern.test(providerName))?.[1];
}

/** Spot capacity, by whatever the bill calls it; undefined where it does not say. */
export function marketOf(item: InvoiceItem): 'spot' | 'on-demand' | undefined {
  if (item.pricingCategory === 'Dynamic') return 'spot';
  const words = [item.skuMeter, item.chargeDescription].join(' ');
  if (/spot|preemptible|low priority/i.test(words)) return 'spot';
  if (/boxusage|on.?demand/i.test(words)) return 'on-demand';
  return item.pricingCategory === undefined ? undefined : 'on-demand';
}
