import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

/** What a piece of text means; the terminal decides how that looks. */
export type Tone = 'quiet' | 'strong' | 'flame' | 'good' | 'warning' | 'critical';

export interface Span {
  text: string;
  tone?: Tone | undefined;
}

/** One line of a screen. */
export type Line = readonly Span[];

export const BLANK: Line = [];

export function say(text: string, tone?: Tone): Span {
  return { text, tone };
}

/** Control characters, lone surrogates, and what hides or reorders the text after it. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text that a terminal shows and never obeys: escape sequences go as a whole, line ends become
 * spaces. Names come from providers and other people; the collector cleans them too.
 */
export function clean(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\r\n\t]+/g, ' ')
    .replace(UNSEEN, '');
}

/** Columns of a terminal that the text takes. */
export function widthOf(text: string | Line): number {
  if (typeof text === 'string') return stringWidth(clean(text));
  return text.reduce((sum, span) => sum + widthOf(span.text), 0);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The text in at most `width` columns, the end of what is longer replaced by `…`. */
export function cut(text: string, width: number): string {
  const shown = clean(text);
  if (stringWidth(shown) <= width) return shown;
  let kept = '';
  let taken = 1;
  for (const { segment } of graphemes.segment(shown)) {
    taken += stringWidth(segment);
    if (taken > width) break;
    kept += segment;
  }
  return width > 0 ? `${kept.trimEnd()}…` : '';
}

/** The line in at most `width` columns. */
export function cutLine(line: Line, width: number): Line {
  if (widthOf(line) <= width) return line;
  const kept: Span[] = [];
  let left = width;
  for (const span of line) {
    // One column stays for the mark that something follows.
    const size = widthOf(span.text);
    if (size >= left) {
      kept.push({
        ...span,
        text: size === left ? `${cut(span.text, left - 1)}…` : cut(span.text, left),
      });
      break;
    }
    kept.push(span);
    left -= size;
  }
  return kept;
}

/** The line in exactly `width` columns. */
export function fitLine(line: Line, width: number, align: 'left' | 'right' = 'left'): Line {
  const short = cutLine(line, width);
  const padding = say(' '.repeat(Math.max(0, width - widthOf(short))));
  return align === 'left' ? [...short, padding] : [padding, ...short];
}

/** Two ends of one line, the left one cut where both do not fit. */
export function spread(left: Line, right: Line, width: number): Line {
  const ends = width - widthOf(right);
  // What lies at the right end goes first: the left one names what the line is about.
  return ends < 14 ? cutLine(left, width) : [...fitLine(cutLine(left, ends - 2), ends), ...right];
}

/** The text in lines of at most `width` columns, broken between words where there are any. */
export function wrap(text: string, width: number, tone?: Tone): Line[] {
  const lines: string[] = [];
  let line = '';
  for (const word of clean(text)
    .split(/ +/)
    .flatMap((word) => pieces(word, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (stringWidth(longer) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== '') lines.push(line);
  return lines.map((one) => [say(one, tone)]);
}

/** Puts `margin` before each line; the first may have another of the same width. */
export function indent(lines: readonly Line[], margin: Line, first: Line = margin): Line[] {
  return lines.map((line, index) => [...(index === 0 ? first : margin), ...line]);
}

/** Parts one below the other with a blank line between; empty ones leave no gap. */
export function stacked(parts: readonly Line[][]): Line[] {
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index > 0 ? [BLANK, ...part] : part));
}

/** A word longer than a line, in parts that fit. */
function pieces(word: string, width: number): string[] {
  if (stringWidth(word) <= width) return [word];
  const parts = [''];
  for (const { segment } of graphemes.segment(word)) {
    const longer = `${parts.at(-1)}${segment}`;
    if (stringWidth(longer) <= width) parts[parts.length - 1] = longer;
    else parts.push(segment);
  }
  return parts;
}
