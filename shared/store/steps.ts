/** Where the steps of one list lie in another: `first` at `place`, then `every` so many one further. */
export interface Placing {
  first: number;
  end: number;
  place: number;
  /** How many steps go into one place. */
  every: number;
  /** How many of them lie before the first, in its place. */
  skipped: number;
}

/**
 * What one job cost and how busy it was, by equal steps: three lists in one piece of memory, of
 * which a chart reads thousands. First the micros, NaN where nothing was charged; then activity times
 * readings, summed; then the readings.
 */
export class Steps {
  readonly #count: number;
  readonly #values: Float64Array;
  /** Where the lists begin among the values. */
  readonly #from: number;

  constructor(count: number, values?: Float64Array, from = 0) {
    this.#count = count;
    this.#values = values ?? new Float64Array(3 * count).fill(Number.NaN, 0, count);
    this.#from = from;
  }

  /** What was charged in a step; NaN where nothing was. */
  micros(step: number): number {
    return this.#values[this.#from + step] as number;
  }

  /** Mean activity of a step, 0 to 1; undefined where nothing was read. */
  activity(step: number): number | undefined {
    const at = this.#from + this.#count + step;
    const readings = this.#values[at + this.#count] as number;
    return readings > 0 ? (this.#values[at] as number) / readings : undefined;
  }

  charge(step: number, micros: number): void {
    const at = this.#from + step;
    const before = this.#values[at] as number;
    this.#values[at] = Number.isNaN(before) ? micros : before + micros;
  }

  work(step: number, total: number, readings: number): void {
    const at = this.#from + this.#count + step;
    (this.#values[at] as number) += total;
    (this.#values[at + this.#count] as number) += readings;
  }

  add(other: Steps, { first, end, place, every, skipped }: Placing): void {
    const values = other.#values;
    const count = other.#count;
    let to = place;
    let inPlace = skipped;
    for (let at = other.#from + first; at < other.#from + end; at += 1) {
      const cost = values[at] as number;
      if (!Number.isNaN(cost)) this.charge(to, cost);
      const readings = values[at + 2 * count] as number;
      if (readings > 0) this.work(to, values[at + count] as number, readings);
      inPlace += 1;
      if (inPlace === every) {
        inPlace = 0;
        to += 1;
      }
    }
  }

  /** Forgets the steps from `first` on. */
  clear(first: number): void {
    const count = this.#count;
    for (const [list, nothing] of [Number.NaN, 0, 0].entries()) {
      const begin = this.#from + list * count;
      this.#values.fill(nothing, begin + first, begin + count);
    }
  }

  /** Writes all of them, as they are, into another piece of memory. */
  copyTo(values: Float64Array, at: number): void {
    values.set(this.#values.subarray(this.#from, this.#from + 3 * this.#count), at);
  }
}

/** The steps of one job, or of one node's idle time. */
export interface Lane {
  job: number;
  /** 0, but for idle time. */
  node: number;
  steps: Steps;
}

/** Numbers before the steps of a lane: its job and its node. */
const HEAD = 2;

/** The lanes of a span of `count` steps, as the database keeps them: doubles, little-endian. */
export function pack(lanes: readonly Lane[], count: number): Buffer {
  const size = HEAD + 3 * count;
  const all = new Float64Array(lanes.length * size);
  for (const [index, { job, node, steps }] of lanes.entries()) {
    all.set([job, node], index * size);
    steps.copyTo(all, index * size + HEAD);
  }
  return Buffer.from(all.buffer);
}

/** The lanes that were packed, over the very bytes that are given. */
export function unpack(bytes: Buffer, count: number): Lane[] {
  const isAligned = bytes.byteOffset % Float64Array.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset, byteLength } = isAligned ? bytes : Uint8Array.from(bytes);
  const all = new Float64Array(buffer, byteOffset, byteLength / Float64Array.BYTES_PER_ELEMENT);
  const size = HEAD + 3 * count;
  return Array.from({ length: all.length / size }, (_, index) => {
    const at = index * size;
    const steps = new Steps(count, all, at + HEAD);
    return { job: all[at] ?? 0, node: all[at + 1] ?? 0, steps };
  });
}
