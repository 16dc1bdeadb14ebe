import { marginOf } from '../../faces/readout.ts';
import type { Figure, Provenance } from '../../model/rate.ts';
import { intervalOf } from '../../model/spread.ts';
import { locale, money } from '../locale.ts';

/** What each provenance means, best first. */
export const PROVENANCES: Readonly<Record<Provenance, string>> = {
  billed: 'An invoice line of the provider says so.',
  quoted: 'The provider names this machine’s own price.',
  calibrated: 'List price, corrected by what this account’s past bills came to.',
  list: 'Public list price, without your discounts or commitments.',
};

/** How much of a proof it is, as a disc that fills up: no meaning by colour alone. */
const PROOF: Readonly<Record<Provenance, number>> = {
  billed: 1,
  quoted: 0.75,
  calibrated: 0.5,
  list: 0,
};

interface BadgeProps {
  provenance?: Provenance | undefined;
  /** Without the word, for those who see: where many figures stand together the disc is enough. */
  brief?: boolean;
}

/** The mark that every sum carries: where the figure comes from. */
export function ProvenanceBadge({ provenance, brief = false }: BadgeProps) {
  if (!provenance) return null;
  const filled = PROOF[provenance] * 2 * Math.PI * 2;
  return (
    <span class="badge" title={PROVENANCES[provenance]}>
      <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
        <circle cx="5" cy="5" r="4.25" fill="none" stroke="currentColor" stroke-width="1" />
        <circle
          cx="5"
          cy="5"
          r="2"
          fill="none"
          stroke="currentColor"
          stroke-width="4"
          stroke-dasharray={`${filled} 100`}
          transform="rotate(-90 5 5)"
        />
      </svg>
      <span class={brief ? 'unseen' : undefined}>{provenance}</span>
    </span>
  );
}

/** What is doubtful about a figure, in words; empty where nothing is. */
export function doubts(figure: Figure): string[] {
  const lines: string[] = [];
  if (figure.unpriced > 0) {
    const nodes = figure.unpriced === 1 ? '1 node has' : `${figure.unpriced} nodes have`;
    lines.push(`At least this much: ${nodes} no known price.`);
  }
  if (figure.uncertain) {
    lines.push('Partly uncertain: metered without fresh evidence that the machine still ran.');
  }
  return lines;
}

/** Those words as a list; nothing where there are none. */
export function Doubts({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <ul class="doubts">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

/** In which interval a figure lies, in words; undefined where nothing tells. */
export function certainty(figure: Figure, what = 'it'): string | undefined {
  const interval = intervalOf(figure);
  if (!interval || marginOf(figure) === '') return undefined;
  const [low, high] = [money(interval.low), money(interval.high)];
  return `With 95% certainty ${what} is between ${low} and ${high}, by past bills.`;
}

/** `±0.62`: how far off a figure may be that rests on past bills. */
export function Margin({ of }: { of: Pick<Figure, 'spread' | 'provenance'> }) {
  const text = marginOf(of, locale);
  return text === '' ? null : <span class="margin">{text}</span>;
}

/** An amount with its marks: `≥` where a price is missing, `≈` where evidence is. */
export function Amount({ figure, per }: { figure: Figure; per?: 'h' }) {
  const lines = [...doubts(figure), certainty(figure)].filter((line) => line !== undefined);
  const mark = figure.unpriced > 0 ? '≥' : figure.uncertain ? '≈' : '';
  return (
    <span class="amount" title={lines.join(' ') || undefined}>
      {mark && (
        <>
          <span class="mark" aria-hidden="true">
            {mark}
          </span>
          <span class="unseen">{figure.unpriced > 0 ? 'at least ' : 'about '}</span>
        </>
      )}
      {money(figure.micros)}
      {per && (
        <span class="per">
          <span aria-hidden="true">/{per}</span>
          <span class="unseen"> per hour</span>
        </span>
      )}
      <Margin of={figure} />
    </span>
  );
}
