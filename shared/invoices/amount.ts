import type { Micros } from '../model/money.ts';

/**
 * An amount in some currency, exact to 10⁻¹² of its unit: whole millionths, and what is left in
 * millionths of those, both of one sign. Bills are finer than a millionth (a request costs
 * $0.0000004), and five million roundings would show. Two safe integers add up without a fault, and
 * hold more than any bill.
 */
export interface Amount {
  micros: Micros;
  fine: number;
}

const FINE = 1_000_000;
const PLAIN = /^([+-]?)(\d*)(?:\.(\d*))?$/;
const WITH_EXPONENT = /^([+-]?)(\d*)(?:\.(\d*))?[eE]([+-]?\d{1,4})$/;

/** Reads digits as they are in a bill; undefined where they are no amount, or beyond any bill. */
export function parseAmount(text: string): Amount | undefined {
  const plain = PLAIN.exec(text);
  if (plain) return amountOf(plain[1] === '-', plain[2] ?? '', plain[3] ?? '');
  const scientific = WITH_EXPONENT.exec(text);
  if (!scientific) return undefined;
  const [, sign, whole = '', fraction = '', exponent] = scientific;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point > 40 || digits === '') return undefined;
  if (point <= 0) return amountOf(sign === '-', '0', '0'.repeat(-point) + digits);
  const filled = digits.padEnd(point, '0');
  return amountOf(sign === '-', filled.slice(0, point), filled.slice(point));
}

function amountOf(negative: boolean, whole: string, fraction: string): Amount | undefined {
  if (whole === '' && fraction === '') return undefined;
  const padded = fraction.length >= 12 ? fraction : fraction.padEnd(12, '0');
  let micros = Number(whole + padded.slice(0, 6));
  let fine = Number(padded.slice(6, 12));
  // What is finer still is rounded, halves away from zero.
  if (padded.length > 12 && padded.charCodeAt(12) >= 53) fine += 1;
  if (fine === FINE) {
    fine = 0;
    micros += 1;
  }
  if (!Number.isSafeInteger(micros)) return undefined;
  // `0 -` and not a sign of its own: there is no negative zero among amounts.
  return negative ? { micros: 0 - micros, fine: 0 - fine } : { micros, fine };
}

const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/**
 * The same of digits in a file, from one place to before another: without a text of them. Undefined,
 * too, where they are written in a longer way, which parseAmount reads.
 */
export function amountIn(bytes: Uint8Array, from: number, to: number): Amount | undefined {
  const sign = bytes[from];
  const start = sign === MINUS || sign === PLUS ? from + 1 : from;
  let point = to;
  let micros = 0;
  let fine = 0;
  for (let at = start; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === POINT && point === to) {
      point = at;
      continue;
    }
    const digit = byte - ZERO;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    if (at <= point + 6) micros = micros * 10 + digit;
    else fine = fine * 10 + digit;
  }
  const decimals = Math.max(0, to - point - 1);
  // Nine digits before the point are all that a charge has, and leave a millionth its place.
  if (point - start > 9 || decimals > 12 || point - start + decimals === 0) return undefined;
  micros *= POWERS[Math.max(0, 6 - decimals)] ?? 1;
  fine *= POWERS[Math.min(6, 12 - decimals)] ?? 1;
  return sign === MINUS ? { micros: 0 - micros, fine: 0 - fine } : { micros, fine };
}

const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** To the nearest millionth, halves away from zero. */
export function roundAmount({ micros, fine }: Amount): Micros {
  const carried = Math.trunc(fine / FINE);
  const left = fine - carried * FINE;
  let whole = micros + carried;
  // The parts of a sum may differ in sign.
  if (whole > 0 && left < 0) return whole - (-left > FINE / 2 ? 1 : 0);
  if (whole < 0 && left > 0) return whole + (left > FINE / 2 ? 1 : 0);
  if (Math.abs(left) >= FINE / 2) whole += Math.sign(left);
  return whole;
}

export function addAmounts(a: Amount, b: Amount): Amount {
  return { micros: a.micros + b.micros, fine: a.fine + b.fine };
}

/** The digits of an amount, all of them. */
export function decimalOf({ micros, fine }: Amount): string {
  const whole = BigInt(micros) * 1_000_000n + BigInt(fine);
  const digits = (whole < 0n ? -whole : whole).toString().padStart(13, '0');
  return `${whole < 0n ? '-' : ''}${digits.slice(0, -12)}.${digits.slice(-12)}`;
}
