import type { Labels } from '../gpu_series.ts';
import { BACKSLASH, CLOSE, COMMA, EQUALS, nameEnd, OPEN, QUOTE, skipBlanks } from './bytes.ts';

/** A label block as it was read: `{...}`. */
export interface Block {
  labels: Labels;
  /** In bytes, with its braces. */
  length: number;
  /** The metric's own name, where the block holds it in quotes. */
  name?: string;
}

/** A block that stood at some place of a family, as bytes, and what they mean. */
interface Seen {
  bytes: Buffer;
  block: Block;
}

/** Blocks of eight GPUs have 3 kB; who writes other ones each time must not fill the memory. */
const MAX_KEPT = 64 * 1024;

/**
 * Reads label blocks. An exporter writes the same blocks in the same order in every family, so
 * that a block is first compared with the one at its place in the family before: equal bytes mean
 * equal labels, and nothing is decoded.
 */
export class LabelReader {
  readonly none: Labels;
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #values = new Map<string, string>();
  #seen: Seen[] = [];
  /** The bytes of all blocks that were remembered, be they forgotten since. */
  #kept = 0;
  #place = 0;

  constructor(labels: readonly string[]) {
    this.#indexes = new Map(labels.map((name, index) => [name, index]));
    this.none = labels.map(() => undefined);
  }

  restart(): void {
    this.#place = 0;
    if (this.#kept <= MAX_KEPT) return;
    this.#seen = [];
    this.#values.clear();
    this.#kept = 0;
  }

  startFamily(): void {
    this.#place = 0;
  }

  /** Reads the block that opens at `start`, or says what is wrong with it. */
  read(bytes: Buffer, start: number, end: number): Block | string {
    const place = this.#place;
    this.#place += 1;
    const seen = this.#seen[place];
    const length = seen?.bytes.length ?? 0;
    if (
      seen &&
      start + length <= end &&
      bytes[start + length - 1] === CLOSE &&
      seen.bytes.compare(bytes, start, start + length) === 0
    )
      return seen.block;
    const block = this.#parse(bytes, start, end);
    if (typeof block === 'string') return block;
    this.#seen[place] = { bytes: Buffer.from(bytes.subarray(start, start + block.length)), block };
    this.#kept += block.length;
    return block;
  }

  #parse(bytes: Buffer, start: number, end: number): Block | string {
    const labels: (string | undefined)[] = [...this.none];
    let name: string | undefined;
    let index = skipBlanks(bytes, start + (bytes[start] === OPEN ? 1 : 0), end);
    while (index < end && bytes[index] !== CLOSE) {
      const quoted = bytes[index] === QUOTE;
      const keyEnd = quoted ? quotedEnd(bytes, index, end) : nameEnd(bytes, index, end);
      if (keyEnd < 0) return 'a name without its closing quote';
      if (keyEnd === index) return 'a label without a name';
      const key = quoted ? unquote(bytes, index, keyEnd) : bytes.toString('latin1', index, keyEnd);
      index = skipBlanks(bytes, keyEnd, end);
      if (bytes[index] === EQUALS && index < end) {
        index = skipBlanks(bytes, index + 1, end);
        if (bytes[index] !== QUOTE || index >= end) return 'a label whose value is not in quotes';
        const valueEnd = quotedEnd(bytes, index, end);
        if (valueEnd < 0) return 'a label without its closing quote';
        const wanted = this.#indexes.get(key);
        if (wanted !== undefined) labels[wanted] ??= this.#intern(unquote(bytes, index, valueEnd));
        index = skipBlanks(bytes, valueEnd, end);
      } else if (quoted && name === undefined) name = key;
      else return 'a label without a value';
      if (index >= end || bytes[index] === CLOSE) break;
      if (bytes[index] !== COMMA) return 'labels without a comma between them';
      index = skipBlanks(bytes, index + 1, end);
    }
    if (index >= end) return 'labels without their closing brace';
    return { labels, length: index + 1 - start, ...(name !== undefined && { name }) };
  }

  #intern(value: string): string {
    const known = this.#values.get(value);
    if (known !== undefined) return known;
    this.#values.set(value, value);
    return value;
  }
}

/** After the quote that closes the one at `from`, or -1. */
function quotedEnd(bytes: Buffer, from: number, to: number): number {
  for (let index = from + 1; index < to; index += 1) {
    if (bytes[index] === QUOTE) return index + 1;
    if (bytes[index] === BACKSLASH) index += 1;
  }
  return -1;
}

/** The text between the quotes. A backslash before anything but `\`, `"` and `n` is itself. */
function unquote(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString('utf8', from + 1, to - 1);
  if (!text.includes('\\')) return text;
  return text.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}
