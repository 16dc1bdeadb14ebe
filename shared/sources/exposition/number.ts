const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;

/** Powers of ten that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/** What both formats accept besides infinities and NaN: no hexadecimal, no underscores. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The number in bytes `[start, end)`; undefined where there is none. Plain decimals are read
 * without making a string: up to 15 digits and a power of ten are exact in a double, so that one
 * division gives what `Number` gives.
 */
export function readNumber(bytes: Buffer, start: number, end: number): number | undefined {
  let index = start;
  const first = bytes[index];
  const negative = first === MINUS;
  if (negative || first === PLUS) index += 1;
  let digits = 0;
  let fraction = -1;
  let mantissa = 0;
  for (; index < end; index += 1) {
    const digit = (bytes[index] ?? 0) - ZERO;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits += 1;
    } else if (digit === DOT - ZERO && fraction < 0) fraction = digits;
    else break;
  }
  if (index < end || digits === 0 || digits > 15)
    return readText(bytes.toString('latin1', start, end));
  const value = fraction < 0 ? mantissa : mantissa / (POWERS[digits - fraction] ?? Number.NaN);
  return negative ? -value : value;
}

function readText(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (!word) return undefined;
  if (word[2]?.toLowerCase() === 'nan') return Number.NaN;
  return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
