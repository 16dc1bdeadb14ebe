/**
 * What one job cost and how busy it was, by equal steps: three lists in one piece of memory, as
 * the database keeps them (see schema/course.ts).
 */
export class Steps {
  /** NaN where nothing was charged. */
  readonly micros: Float64Array;
  /** Activity times readings, summed. */
  readonly total: Float64Array;
  readonly readings: Float64Array;
  readonly #all: Float64Array;

  constructor(count: number, all?: Float64Array) {
    const kept = all ?? new Float64Array(3 * count).fill(Number.NaN, 0, count);
    this.#all = kept;
    this.micros = kept.subarray(0, count);
    this.total = kept.subarray(count, 2 * count);
    this.readings = kept.subarray(2 * count);
  }

  static of(bytes: Buffer): Steps {
    const isAligned = bytes.byteOffset % Float64Array.BYTES_PER_ELEMENT === 0;
    const { buffer, byteOffset } = isAligned ? bytes : Uint8Array.from(bytes);
    const length = bytes.byteLength / Float64Array.BYTES_PER_ELEMENT;
    return new Steps(length / 3, new Float64Array(buffer, byteOffset, length));
  }

  get bytes(): Buffer {
    return Buffer.from(this.#all.buffer, this.#all.byteOffset, this.#all.byteLength);
  }

  charge(step: number, micros: number): void {
    const before = this.micros[step];
    this.micros[step] = before === undefined || Number.isNaN(before) ? micros : before + micros;
  }

  work(step: number, total: number, readings: number): void {
    this.total[step] = (this.total[step] ?? 0) + total;
    this.readings[step] = (this.readings[step] ?? 0) + readings;
  }

  /** Mean activity of a step, 0 to 1; undefined where nothing was read. */
  activity(step: number): number | undefined {
    const readings = this.readings[step] ?? 0;
    return readings > 0 ? (this.total[step] ?? 0) / readings : undefined;
  }

  /** Adds those of another, from `first` up to `end`: `place` says which step of this one each is. */
  add(other: Steps, first: number, end: number, place: (step: number) => number): void {
    for (let step = first; step < end; step += 1) {
      const at = place(step);
      const micros = other.micros[step] ?? Number.NaN;
      if (!Number.isNaN(micros)) this.charge(at, micros);
      const readings = other.readings[step] ?? 0;
      if (readings > 0) this.work(at, other.total[step] ?? 0, readings);
    }
  }

  /** Forgets the steps from `first` on. True where any of them said something. */
  clear(first: number): boolean {
    const said =
      this.micros.subarray(first).some((micros) => !Number.isNaN(micros)) ||
      this.readings.subarray(first).some((readings) => readings > 0);
    this.micros.fill(Number.NaN, first);
    this.total.fill(0, first);
    this.readings.fill(0, first);
    return said;
  }
}
