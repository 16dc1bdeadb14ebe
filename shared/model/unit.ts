import { formatMoney, type Micros } from './money.ts';

/** What jobs count of their own work, and in which amounts their cost is told. */
export const UNITS = {
  steps: { of: 1_000, name: '1k steps' },
  tokens: { of: 1_000_000, name: '1M tokens' },
  samples: { of: 1, name: 'sample' },
} as const;

/** `$0.42 per 1M tokens` */
export function formatUnitCost(
  { counter, micros }: { counter: keyof typeof UNITS; micros: Micros },
  locale?: string,
): string {
  return `${formatMoney(micros, locale)} per ${UNITS[counter].name}`;
}
