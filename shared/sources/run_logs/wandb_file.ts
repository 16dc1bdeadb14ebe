import protobuf from 'protobufjs/minimal.js';
import type { ReadPart } from './tfevents.ts';

/** `:W&B`, a magic number and a version. */
const FILE_HEAD = 7;
const MARK = ':W&B';
/** Records lie in blocks; each piece has a checksum (4 bytes), a length (2) and a kind (1). */
const BLOCK = 32 * 1024;
const PIECE_HEAD = 7;
const WHOLE = 1;
const FIRST = 2;
const LAST = 4;
const PART_BYTES = 32 * BLOCK;
const MOST_BYTES = 32 * PART_BYTES;
/** A record of history is some kilobytes; what is longer holds something else. */
const MOST_RECORD = 1024 * 1024;

/**
 * Follows the log that a W&B run writes, `wandb/run-*\/run-*.wandb`, online and offline, and says
 * which step was logged last. It is a log of LevelDB's kind, of W&B's own Records.
 * https://github.com/google/leveldb/blob/main/doc/log_format.md
 * https://github.com/wandb/wandb/blob/main/wandb/proto/wandb_internal.proto
 */
export class WandbFile {
  #offset = 0;
  #step: number | undefined;
  #pieces: Buffer[] | undefined;
  #broken = false;

  /** The last step; undefined where there is none, or the file is none of these. */
  async read(readPart: ReadPart): Promise<number | undefined> {
    const end = this.#offset + MOST_BYTES;
    while (!this.#broken && this.#offset < end) {
      // Parts begin at a block, so that pieces are found where they are.
      const start = Math.floor(this.#offset / BLOCK) * BLOCK;
      const part = await readPart(start, PART_BYTES);
      if (!part) break;
      const before = this.#offset;
      this.#take(part, start);
      if (this.#offset === before) break;
    }
    return this.#step;
  }

  #take(part: Buffer, start: number): void {
    if (this.#offset === 0) {
      if (part.length < FILE_HEAD) return;
      this.#broken = part.toString('latin1', 0, MARK.length) !== MARK;
      if (this.#broken) return;
      this.#offset = FILE_HEAD;
    }
    for (;;) {
      const left = BLOCK - (this.#offset % BLOCK);
      // What is left of a block is too short for a piece, and empty.
      if (left < PIECE_HEAD) this.#offset += left;
      const at = this.#offset - start;
      if (at + PIECE_HEAD > part.length) return;
      const length = part.readUInt16LE(at + 4);
      const kind = part[at + 6] ?? 0;
      if (kind < WHOLE || kind > LAST) {
        // Zeros are space that the writer has not come to; else it is no such log.
        this.#broken = kind !== 0;
        return;
      }
      const end = at + PIECE_HEAD + length;
      if (end > part.length) return;
      this.#piece(kind, part.subarray(at + PIECE_HEAD, end));
      this.#offset = start + end;
    }
  }

  #piece(kind: number, bytes: Buffer): void {
    if (kind === WHOLE) {
      this.#note(bytes);
      return;
    }
    if (kind === FIRST) this.#pieces = [];
    const size = this.#pieces?.reduce((sum, piece) => sum + piece.length, 0) ?? 0;
    if (size + bytes.length > MOST_RECORD) this.#pieces = undefined;
    this.#pieces?.push(Buffer.from(bytes));
    if (kind === LAST && this.#pieces) this.#note(Buffer.concat(this.#pieces));
    if (kind === LAST) this.#pieces = undefined;
  }

  #note(record: Buffer): void {
    const step = stepOf(record);
    if (step !== undefined) this.#step = step;
  }
}

const HISTORY_OF_RECORD = 2;
const STEP_OF_HISTORY = 2;
const NUMBER_OF_STEP = 1;

/** The step of a record of history; undefined of any other. */
function stepOf(record: Uint8Array): number | undefined {
  try {
    const history = fieldOf(record, HISTORY_OF_RECORD);
    const step = history instanceof Uint8Array && fieldOf(history, STEP_OF_HISTORY);
    // A number that is 0 is not written.
    const number = step instanceof Uint8Array ? (fieldOf(step, NUMBER_OF_STEP) ?? 0) : undefined;
    return typeof number === 'number' ? number : undefined;
  } catch {
    // It is cut off, or no record.
    return undefined;
  }
}

/** One field of a message: a number, or the bytes of what is in it. */
function fieldOf(message: Uint8Array, field: number): number | Uint8Array | undefined {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === field && (tag & 7) === 0) return Number(reader.int64());
    if (tag >>> 3 === field && (tag & 7) === 2) return reader.bytes();
    reader.skipType(tag & 7);
  }
  return undefined;
}
