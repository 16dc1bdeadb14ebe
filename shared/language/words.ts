import { formatMoney } from '../model/money.ts';
import { oneLine } from '../model/text.ts';
import type { Instant } from '../model/time.ts';
import { type Elsewhere, providerTitle, saySource } from '../pricing/elsewhere.ts';
import type { Ask, Need } from './ask.ts';
import type { Estimate } from './estimate.ts';

/** `4 × 8x H100`, `8x A100 + 2 × 1x L4`: what is priced; where nothing is, what is asked for first. */
export function whatOf(ask: Ask, estimate: Estimate | undefined): string {
  return (estimate?.needs ?? [ask, ...(ask.beside ?? [])]).map(kindOf).join(' + ');
}

function kindOf({ gpus, workers, instanceType }: Need): string {
  const one = gpus
    ? `${gpus.count}x ${gpus.model ? oneLine(gpus.model, 40) : 'GPU'}`
    : oneLine(instanceType ?? 'machine', 40);
  return workers === 1 ? one : `${workers} × ${one}`;
}

/**
 * `8x A100 · $32.77/h list on AWS us-east-1 (calibrated: $27.90/h) · up to $786 at --time=24:00:00
 * · cheapest now: $22.32/h on Lambda`
 */
export function priceLine(ask: Ask, estimate: Estimate | undefined): string {
  const what = whatOf(ask, estimate);
  if (!estimate) return `${what} · price unknown`;
  const { microsPerHour, provenance, where, calibrated, atLimit, others } = estimate;
  const spot = estimate.needs.some(({ market }) => market === 'spot')
    ? ', on demand; spot is usually less'
    : '';
  const own = calibrated === undefined ? '' : ` (calibrated: ${formatMoney(calibrated)}/h)`;
  const parts = [what, `${formatMoney(microsPerHour)}/h ${provenance} on ${where}${own}${spot}`];
  if (atLimit !== undefined)
    parts.push(`up to ${formatMoney(atLimit)} at ${oneLine(ask.limit?.said ?? 'its limit', 60)}`);
  const [cheapest] = others;
  if (cheapest && cheapest.microsPerHour < (calibrated ?? microsPerHour))
    parts.push(`cheapest now: ${offerText(cheapest)}`);
  return parts.join(' · ');
}

function offerText({ microsPerHour, offer }: Elsewhere): string {
  return `${formatMoney(microsPerHour)}/h on ${providerTitle(offer.provider)}`;
}

/** What a hover shows, in Markdown: the estimate with its basis, and the same GPUs elsewhere. */
export function comparison(ask: Ask, estimate: Estimate | undefined, now: Instant): string {
  const head = `**${inMarkdown(whatOf(ask, estimate))}**`;
  if (!estimate)
    return `${head}\n\nNo price of these GPUs is known: neither a machine in sight nor the catalogue has them.`;
  const { microsPerHour, provenance, where, basis, atLimit, others } = estimate;
  const lines = [
    head,
    `${formatMoney(microsPerHour)}/h *${provenance}* on ${inMarkdown(where)} (${inMarkdown(basis)})`,
  ];
  if (atLimit !== undefined)
    lines.push(`Up to **${formatMoney(atLimit)}** at \`${ask.limit?.said.replaceAll('`', '')}\``);
  if (others.length > 0) {
    const rows = others.map(
      (one) =>
        `| ${inMarkdown(providerTitle(one.offer.provider))} | ${formatMoney(one.microsPerHour)}/h | ${percent(one.microsPerHour, microsPerHour)} | ${inMarkdown(saySource(one, now))} |`,
    );
    lines.push(
      ['| The same elsewhere | per hour | | |', '| --- | ---: | ---: | --- |', ...rows].join('\n'),
    );
  }
  return lines.join('\n\n');
}

/** `-32%`: against the estimate. */
function percent(other: number, own: number): string {
  const share = Math.round((other / own - 1) * 100);
  return share > 0 ? `+${share}%` : `${share}%`;
}

/** Text in which nothing is markup: names in files and of machines are anybody's. */
export function inMarkdown(text: string): string {
  return oneLine(text, 200).replace(/[\\`*_{}[\]()<>#+!|~]/g, '\\$&');
}
