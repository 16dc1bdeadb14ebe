const FIRST_BYTES = 64 * 1024;

/**
 * Tells how far an answer is, byte for byte, the one before. dcgm-exporter collects each 30 s and
 * writes the same until then: most of its answers need not be read at all.
 */
export class Repeated {
  readonly #most: number;
  #kept = Buffer.alloc(0);
  /** Of the last whole answer; 0 where it is not kept. */
  #length = 0;
  /** Of this one so far. */
  #size = 0;
  #differs = true;

  /** `most`: an answer of more bytes is not kept, and the one after it is read. */
  constructor(most: number) {
    this.#most = most;
  }

  begin(): void {
    this.#differs = this.#length === 0;
    this.#size = 0;
  }

  /**
   * Takes the next bytes of an answer, which may change after the call, and gives those that have
   * to be read now: undefined while all is as before, and all from the beginning once it is not.
   */
  push(bytes: Buffer): readonly Buffer[] | undefined {
    const from = this.#size;
    this.#size += bytes.length;
    if (!this.#differs && this.#has(bytes, from)) return undefined;
    const unread = this.#differs ? [] : [this.#kept.subarray(0, from)];
    this.#differs = true;
    // Until this answer is whole, none is known.
    this.#length = 0;
    this.#keep(bytes, from);
    return [...unread, bytes];
  }

  /** The answer is whole: what of it is still to be read, undefined where all was as before. */
  end(): readonly Buffer[] | undefined {
    const same = !this.#differs && this.#size === this.#length;
    const unread = this.#differs ? [] : [this.#kept.subarray(0, this.#size)];
    this.#length = this.#size <= this.#most ? this.#size : 0;
    return same ? undefined : unread;
  }

  #has(bytes: Buffer, at: number): boolean {
    const end = at + bytes.length;
    return end <= this.#length && this.#kept.compare(bytes, 0, bytes.length, at, end) === 0;
  }

  #keep(bytes: Buffer, at: number): void {
    const size = at + bytes.length;
    if (size > this.#most) return;
    if (size > this.#kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, Math.ceil(size * 1.25)));
      this.#kept.copy(larger, 0, 0, at);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, at);
  }
}
