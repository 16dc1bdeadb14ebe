import { TableError } from './table.ts';

/** Enough for all that bills say of one charge; more is a quote that was never closed. */
const LONGEST_RECORD = 1 << 20;
const LF = 10;
const CR = 13;
export const QUOTE = 34;
export const COMMA = 44;

/**
 * Finds the records of a CSV file (RFC 4180), and the fields in them, in bytes that come piece by
 * piece: no field is looked at twice, or copied.
 */
export class Records {
  /** What the records lie in that were not dropped; another place when more is taken. */
  bytes: Buffer = Buffer.alloc(1 << 17);
  view = viewOf(this.bytes);
  /** How many were found; the header is the first of them. */
  count = 0;
  /** The number of the line that the last one begins in, from 1 on. */
  line = 0;
  ended = false;
  #nextLine = 1;
  #at = 0;
  #end = 0;

  /** How many bytes are held: of the records that were found, and what is behind them. */
  get held(): number {
    return this.#end;
  }

  /** Lets go of the records that were found. */
  drop(): void {
    this.bytes.copyWithin(0, this.#at, this.#end);
    this.#end -= this.#at;
    this.#at = 0;
  }

  /** Takes more bytes; undefined where the file ends. */
  take(piece: Uint8Array | undefined): void {
    if (!piece) {
      this.ended = true;
      return;
    }
    const end = this.#end + piece.length;
    if (end > this.bytes.length) {
      const larger = Buffer.alloc(2 * end);
      larger.set(this.bytes.subarray(0, this.#end));
      this.bytes = larger;
      this.view = viewOf(larger);
    }
    this.bytes.set(piece, this.#end);
    this.#end = end;
  }

  /**
   * Finds the next record: notes where each of its fields begins, quotes included, at `place` of
   * `starts` and after, and behind them where one more would begin. Answers the number of its
   * fields; 0 where no whole record is there. Throws a TableError.
   */
  next(starts: Int32Array, place: number): number {
    const bytes = this.bytes;
    const end = this.#end;
    let at = this.#at;
    if (at >= end) return 0;
    let lines = 1;
    let fields = 0;
    let byte = COMMA;
    while (byte === COMMA) {
      starts[place + fields] = at;
      fields += 1;
      // Behind the end there may be what was there before.
      if (at < end && bytes[at] === QUOTE) {
        at += 1;
        for (; at < end; at += 1) {
          byte = bytes[at] ?? 0;
          if (byte === LF) lines += 1;
          if (byte !== QUOTE) continue;
          if (at + 1 < end && bytes[at + 1] === QUOTE) at += 1;
          else break;
        }
        if (at >= end) return this.#incomplete();
        at += 1;
      } else {
        for (; at < end; at += 1) {
          byte = bytes[at] ?? 0;
          if (byte <= COMMA && (byte === COMMA || byte === LF || byte === CR)) break;
        }
      }
      if (at >= end && !this.ended) return this.#incomplete();
      byte = at < end ? (bytes[at] ?? 0) : LF;
      at += 1;
    }
    starts[place + fields] = at;
    if (byte === CR) {
      if (at >= end && !this.ended) return this.#incomplete();
      if (at < end && bytes[at] === LF) at += 1;
    } else if (byte !== LF) {
      throw new TableError(
        `Line ${this.#nextLine}: text goes on after the closing quote of field ${fields}.`,
      );
    }
    this.#at = at;
    this.count += 1;
    this.line = this.#nextLine;
    this.#nextLine += lines;
    return fields;
  }

  #incomplete(): 0 {
    if (this.ended) throw new TableError(`Line ${this.#nextLine}: a quote is never closed.`);
    if (this.#end - this.#at > LONGEST_RECORD) {
      throw new TableError(
        `Line ${this.#nextLine} goes on for more than 1 MiB: a quote is never closed, or this is no CSV.`,
      );
    }
    return 0;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
