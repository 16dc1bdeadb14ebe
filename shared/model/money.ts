import { grouped } from './count.ts';
/**
 * Money is integer micro-dollars (1 USD = 1,000,000). Sums of integers do not drift, whatever
 * the order they are added in, and a safe integer holds nine billion dollars.
 */
export type Micros = number;

export const MICROS_PER_DOLLAR = 1_000_000;
const MS_PER_HOUR = 3_600_000n;

/** Dollars (any finite number) to the nearest micro-dollar. Throws RangeError on NaN or overflow. */
export function toMicros(dollars: number): Micros {
  const micros = Math.round(dollars * MICROS_PER_DOLLAR);
  if (!Number.isSafeInteger(micros)) throw new RangeError(`not an amount of money: ${dollars}`);
  return micros;
}

/** Micro-dollars to dollars, for display and charts only; never for further sums. */
export function toDollars(micros: Micros): number {
  return micros / MICROS_PER_DOLLAR;
}

/**
 * What a constant rate accrues over `[fromMs, toMs)`, in micro-dollars.
 *
 * The amount is the difference of two floors on the absolute time line, so that any partition of
 * an interval accrues exactly what the whole does: a late or doubled tick cannot change a sum.
 */
export function accrued(microsPerHour: Micros, fromMs: number, toMs: number): Micros {
  if (toMs <= fromMs) return 0;
  return Number(accruedThrough(microsPerHour, toMs) - accruedThrough(microsPerHour, fromMs));
}

/** What a constant rate would have accrued from the epoch until an instant, rounded down. */
export function accruedThrough(microsPerHour: Micros, atMs: number): bigint {
  return (BigInt(microsPerHour) * BigInt(Math.trunc(atMs))) / MS_PER_HOUR;
}

/**
 * Splits an amount by non-negative weights so that the parts sum to it exactly (largest
 * remainder method; ties go to the earlier part). All-zero weights give all-zero parts and the
 * caller keeps the amount.
 */
export function split(total: Micros, weights: readonly number[]): Micros[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum <= 0) return weights.map(() => 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const parts = exact.map(Math.floor);
  let left = total - parts.reduce((a, b) => a + b, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder) {
    if (left <= 0) break;
    parts[index] = (parts[index] ?? 0) + 1;
    left -= 1;
  }
  return parts;
}

/** `$32.77`, `$0.0042` for fractions of a cent, `$1,204` from a thousand up. */
export function formatMoney(micros: Micros, locale = 'en-US'): string {
  const value = toDollars(micros);
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 0.01 || size === 0 ? 2 : 4;
  return locale === 'en-US' ? inEnglish(micros, digits) : formatOf(locale, digits).format(value);
}

/** What ICU says in US English, without it (see count.ts). */
function inEnglish(micros: Micros, digits: number): string {
  const unit = 10 ** (6 - digits);
  const units = Math.round(Math.abs(micros) / unit);
  const whole = Math.floor(units / 10 ** digits);
  const fraction = digits > 0 ? `.${String(units % 10 ** digits).padStart(digits, '0')}` : '';
  return `${micros < 0 ? '-' : ''}$${grouped(whole)}${fraction}`;
}

const formats = new Map<string, Intl.NumberFormat>();

/** Made once: it takes a hundred times as long as to use it. */
function formatOf(locale: string, digits: number): Intl.NumberFormat {
  const key = `${locale} ${digits}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  formats.set(key, made);
  return made;
}
