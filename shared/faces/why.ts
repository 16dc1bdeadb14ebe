import { formatMoney } from '../model/money.ts';
import type { PriceReason } from '../model/price_reason.ts';
import { formatDuration, type Instant, MINUTE } from '../model/time.ts';

/** Margins below a tenth of a cent are none. */
const LEAST_MARGIN = 1_000;

/**
 * `calibrated: list $32.77 × 0.851 from 14 days of bills, last 2026-11-27, ±$0.60`: why a machine
 * costs what it does per hour, in one line for a tooltip, a tree, a page and a terminal.
 */
export function sayWhy(reason: PriceReason, now: Instant, locale?: string): string {
  const { provenance, basis, bills } = reason;
  if (!bills) {
    const price = `${provenance}: ${formatMoney(reason.microsPerHour, locale)}/h, ${basis}, ${sayAge(now - reason.asOf)}`;
    const isRented = reason.kind !== undefined && reason.kind.market !== 'owned';
    const untold = provenance === 'list' && isRented;
    return untold ? `${price}; no bill has told your own price yet` : price;
  }
  const { listMicros, ratio, days, marginMicros, own, covered, sustained } = bills;
  const market = reason.kind?.market === 'spot' ? 'spot' : 'list';
  const rest = [
    `${provenance}: ${market} ${formatMoney(listMicros, locale)} × ${ratio.toFixed(3)} from ${days === 1 ? 'the bill of one day' : `${days} days of bills`}${own ? '' : ' of your other machines'}`,
    `last ${new Date(bills.lastDay).toISOString().slice(0, 10)}`,
    ...(marginMicros >= LEAST_MARGIN ? [`±${formatMoney(marginMicros, locale)}`] : []),
    ...(sustained ? [`× ${sustained.toFixed(2)} of that for sustained use this month`] : []),
    ...(covered ? [`${Math.round(covered * 100)}% paid by a commitment`] : []),
  ];
  return rest.join(', ');
}

/** `2x p4d.24xlarge in us-east-1a (spot)`: which machines a reason is for. */
export function sayKind({ machines, kind }: PriceReason): string {
  const count = machines === 1 ? '' : `${machines}x `;
  if (!kind) return machines === 1 ? 'its machine' : `${machines} machines`;
  const { instanceType, region, zone, market } = kind;
  const place = market === 'spot' ? (zone ?? region) : region;
  return `${count}${instanceType}${place ? ` in ${place}` : ''}${market === 'on-demand' ? '' : ` (${market})`}`;
}

function sayAge(ms: number): string {
  return ms < MINUTE ? 'read just now' : `${formatDuration(ms)} old`;
}
