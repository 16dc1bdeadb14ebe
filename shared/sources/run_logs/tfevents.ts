import protobuf from 'protobufjs/minimal.js';

/** Read at a time, and at most at one look: a file of images is long. */
const PART_BYTES = 1024 * 1024;
const MOST_BYTES = 32 * PART_BYTES;
/** Before a record: its length in 8 bytes, and their checksum; after it, its own checksum. */
const HEAD_BYTES = 12;
const TAIL_BYTES = 4;
/** The step is among the first fields of an event; what follows may be megabytes. */
const EVENT_BYTES = 64;
const STEP_FIELD = 2;

/** Reads a file's bytes from an offset on. */
export type ReadPart = (from: number, bytes: number) => Promise<Buffer | undefined>;

/**
 * Follows one of TensorBoard's event files as it grows, and says which step was written last. It
 * is made of records of TensorFlow, each an Event; one that is not whole yet waits.
 * https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 */
export class EventFile {
  #offset = 0;
  #step: number | undefined;
  #broken = false;

  /** The last step; undefined where there is none, or the file is none of these. */
  async read(readPart: ReadPart): Promise<number | undefined> {
    const end = this.#offset + MOST_BYTES;
    while (!this.#broken && this.#offset < end) {
      const part = await readPart(this.#offset, PART_BYTES);
      if (!part || part.length < HEAD_BYTES) break;
      const taken = this.#take(part);
      if (taken === 0) break;
      this.#offset += taken;
    }
    return this.#step;
  }

  /** How many bytes of whole records there are, or of one that reaches beyond. */
  #take(part: Buffer): number {
    let at = 0;
    while (at + HEAD_BYTES <= part.length) {
      const length = Number(part.readBigUInt64LE(at));
      if (length > Number.MAX_SAFE_INTEGER / 2) {
        this.#broken = true;
        return at;
      }
      const start = at + HEAD_BYTES;
      const end = start + length + TAIL_BYTES;
      if (end > part.length) {
        // A long record is passed over once its beginning was read; a short one is not whole yet.
        if (at > 0 || length + HEAD_BYTES + TAIL_BYTES <= PART_BYTES) return at;
        this.#note(part.subarray(start));
        return end;
      }
      this.#note(part.subarray(start, start + length));
      at = end;
    }
    return at;
  }

  #note(event: Buffer): void {
    const step = stepIn(event.subarray(0, EVENT_BYTES));
    if (step !== undefined) this.#step = step;
  }
}

/** The step of an event; undefined where it has none, as the first of a file. */
function stepIn(event: Uint8Array): number | undefined {
  const reader = protobuf.Reader.create(event);
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag >>> 3 === STEP_FIELD && (tag & 7) === 0) {
        const step = Number(reader.int64());
        return Number.isSafeInteger(step) && step >= 0 ? step : undefined;
      }
      reader.skipType(tag & 7);
    }
  } catch {
    // Its first fields are longer than what was looked at, or it is no event.
  }
  return undefined;
}
