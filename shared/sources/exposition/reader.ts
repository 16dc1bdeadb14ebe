import type { Labels, OnReading, Wanted } from '../gpu_series.ts';
import {
  HASH,
  isNamePart,
  isNameStart,
  NEWLINE,
  nameEnd,
  OPEN,
  RETURN,
  SPACE,
  skipBlanks,
  TAB,
  tokenEnd,
} from './bytes.ts';
import { LabelReader } from './labels.ts';
import { readNumber } from './number.ts';

/** No exporter writes a longer line; what has no line ends at all must not fill the memory. */
export const MAX_LINE = 256 * 1024;
const TOO_LONG = `longer than ${MAX_LINE / 1024} kB`;

/** What was read, and what could not be. */
export interface Summary {
  lines: number;
  readings: number;
  malformed: number;
  /** The first line that could not be read. */
  firstMalformed?: { line: number; reason: string };
}

/**
 * Reads metrics in the text formats of Prometheus (0.0.4, with names in UTF-8 too) and OpenMetrics
 * (1.0) as they arrive, in pieces of any size. Made for speed: a line is looked at no further than
 * its name unless its family is wanted, and labels that stood in the same place of the family
 * before are recognised as bytes. A line that makes no sense is counted and left out; no input
 * makes it throw.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 * https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export class ExpositionReader {
  readonly #families: ReadonlyMap<string, number>;
  readonly #labels: LabelReader;
  readonly #onReading: OnReading;
  /** Pieces of a line whose end has not arrived yet, and how long they are together. */
  #pieces: Buffer[] = [];
  #waiting = 0;
  /** The name of the last line: most lines have the name of the one before. */
  #name: Buffer = Buffer.alloc(64);
  #nameLength = 0;
  #family: number | undefined;
  #summary: Summary = { lines: 0, readings: 0, malformed: 0 };

  constructor(wanted: Wanted, onReading: OnReading) {
    this.#families = new Map(wanted.families.map((name, index) => [name, index]));
    this.#labels = new LabelReader(wanted.labels);
    this.#onReading = onReading;
  }

  /** Begins anew. Labels that were read before are recognised, as if no time had passed. */
  restart(): void {
    this.#pieces = [];
    this.#waiting = 0;
    this.#nameLength = 0;
    this.#family = undefined;
    this.#summary = { lines: 0, readings: 0, malformed: 0 };
    this.#labels.restart();
  }

  /** Takes the next bytes. They may change afterwards: what is needed of them is copied. */
  push(bytes: Uint8Array): void {
    const chunk = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    if (this.#waiting > 0) {
      const end = chunk.indexOf(NEWLINE);
      this.#wait(end < 0 ? chunk : chunk.subarray(0, end));
      if (end < 0) return;
      this.#endLine();
      start = end + 1;
    }
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      this.#line(chunk, start, end);
      start = end + 1;
    }
    this.#wait(chunk.subarray(start));
  }

  /** Reads the last line, where no line end follows it. */
  end(): Summary {
    if (this.#waiting > 0) this.#endLine();
    return { ...this.#summary };
  }

  #wait(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#waiting += piece.length;
    if (this.#waiting <= MAX_LINE) this.#pieces.push(Buffer.from(piece));
    else this.#pieces = [];
  }

  #endLine(): void {
    const line = Buffer.concat(this.#pieces);
    if (this.#waiting > MAX_LINE) this.#count(TOO_LONG);
    else this.#line(line, 0, line.length);
    this.#pieces = [];
    this.#waiting = 0;
  }

  #line(bytes: Buffer, from: number, to: number): void {
    this.#count(to - from > MAX_LINE ? TOO_LONG : this.#read(bytes, from, to));
  }

  #count(problem: string | undefined): void {
    this.#summary.lines += 1;
    if (problem === undefined) return;
    this.#summary.malformed += 1;
    this.#summary.firstMalformed ??= { line: this.#summary.lines, reason: problem };
  }

  /** Reads a line, or says what is wrong with it. */
  #read(bytes: Buffer, from: number, to: number): string | undefined {
    const start = skipBlanks(bytes, from, to);
    let end = to;
    while (end > start && isSpace(bytes[end - 1])) end -= 1;
    if (start === end) return undefined;
    const first = bytes[start] ?? 0;
    if (first === HASH) return undefined;
    if (first === OPEN) return this.#readQuoted(bytes, start, end);
    if (!isNameStart(first)) return 'it does not begin with the name of a metric';
    const after = this.#readName(bytes, start, end);
    return this.#family === undefined ? undefined : this.#readRest(this.#family, bytes, after, end);
  }

  /** Finds where the name ends, and whether its family is wanted. */
  #readName(bytes: Buffer, start: number, end: number): number {
    const known = start + this.#nameLength;
    if (known > start && known < end && !isNamePart(bytes[known]) && this.#hasName(bytes, start))
      return known;
    const after = nameEnd(bytes, start, end);
    this.#nameLength = after - start;
    if (this.#nameLength > this.#name.length) this.#name = Buffer.alloc(this.#nameLength);
    bytes.copy(this.#name, 0, start, after);
    this.#family = this.#families.get(bytes.toString('latin1', start, after));
    this.#labels.startFamily();
    return after;
  }

  /** From the end: it is there that the names of one exporter differ. */
  #hasName(bytes: Buffer, start: number): boolean {
    const name = this.#name;
    for (let index = this.#nameLength - 1; index >= 0; index -= 1) {
      if (name[index] !== bytes[start + index]) return false;
    }
    return true;
  }

  /** `{"name.in.utf8",label="value"} 1`: the name is within the braces. */
  #readQuoted(bytes: Buffer, start: number, end: number): string | undefined {
    const block = this.#labels.read(bytes, start, end);
    if (typeof block === 'string') return block;
    if (block.name === undefined) return 'it has labels but no name';
    const family = this.#families.get(block.name);
    return family === undefined
      ? undefined
      : this.#readValue(family, block.labels, bytes, start + block.length, end);
  }

  #readRest(family: number, bytes: Buffer, from: number, end: number): string | undefined {
    const start = skipBlanks(bytes, from, end);
    if (bytes[start] !== OPEN || start === end) {
      if (start === end) return 'it has no value';
      if (start === from) return 'a character that no name has';
      return this.#readValue(family, this.#labels.none, bytes, start, end);
    }
    const block = this.#labels.read(bytes, start, end);
    if (typeof block === 'string') return block;
    if (block.name !== undefined) return 'it has two names';
    return this.#readValue(family, block.labels, bytes, start + block.length, end);
  }

  /** The value, and after it a time stamp or an exemplar, or both, or nothing. */
  #readValue(
    family: number,
    labels: Labels,
    bytes: Buffer,
    from: number,
    end: number,
  ): string | undefined {
    const start = skipBlanks(bytes, from, end);
    const after = tokenEnd(bytes, start, end);
    const value = readNumber(bytes, start, after);
    if (value === undefined) return 'the value is not a number';
    const time = skipBlanks(bytes, after, end);
    if (time < end && bytes[time] !== HASH) {
      const timeEnd = tokenEnd(bytes, time, end);
      if (readNumber(bytes, time, timeEnd) === undefined)
        return 'what follows the value is not a time';
      const exemplar = skipBlanks(bytes, timeEnd, end);
      if (exemplar < end && bytes[exemplar] !== HASH)
        return 'something follows the value and its time';
    }
    this.#summary.readings += 1;
    this.#onReading(family, labels, value);
    return undefined;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN;
}
