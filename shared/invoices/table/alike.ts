import { COMMA } from './records.ts';

/** So many bytes of records are remembered; then all are forgotten, and get new numbers. */
const MOST_BYTES = 64 << 20;
/** Before the bytes of each: their hash, how many words they are, and the number they got. */
const HEAD = 3;

/**
 * Gives records numbers, the same number only to those that are the same in some of their fields,
 * byte by byte: millions of lines of a bill are about some thousand things, which are to be read
 * once each. All is compared, four bytes at a time, and nothing is made of a record that was there.
 */
export class Alike {
  /** Neighbours among the fields, from the first to before the last: copied together. */
  readonly #runs: readonly (readonly [number, number])[];
  readonly #mostBytes: number;
  #words = new Int32Array(1 << 16);
  /** Where in the words the next new one goes. */
  #used = 0;
  /** An open hash table of places in the words, each plus one. */
  #table = new Int32Array(1 << 12);
  #kept = 0;
  #given = 0;

  /** `fields`: the numbers of those that are compared. */
  constructor(fields: readonly number[], mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes;
    const runs: [number, number][] = [];
    for (const field of fields.toSorted((a, b) => a - b)) {
      const last = runs.at(-1);
      if (last?.[1] === field) last[1] = field + 1;
      else runs.push([field, field + 1]);
    }
    this.#runs = runs;
  }

  /** The number of the record whose fields begin where `starts` says from `place` on. */
  numberOf(view: DataView, starts: Int32Array, place: number): number {
    const length = this.#copy(view, starts, place);
    const words = this.#words;
    const from = this.#used + HEAD;
    const hash = words[this.#used] ?? 0;
    const mask = this.#table.length - 1;
    let slot = hash & mask;
    for (; this.#table[slot]; slot = (slot + 1) & mask) {
      const known = (this.#table[slot] ?? 0) - 1;
      if (words[known] === hash && words[known + 1] === length) {
        let same = 0;
        while (same < length && words[known + HEAD + same] === words[from + same]) same += 1;
        if (same === length) return words[known + 2] ?? 0;
      }
    }
    return this.#keep(slot, length);
  }

  /**
   * Copies the fields as they are, each run with a comma behind it and zeros to the next word, and
   * their hash before them; answers their length in words.
   */
  #copy(view: DataView, starts: Int32Array, place: number): number {
    let most = this.#runs.length;
    for (const [first, end] of this.#runs) {
      most += ((starts[place + end] ?? 0) - (starts[place + first] ?? 0)) >> 2;
    }
    this.#makeRoom(HEAD + most);
    const words = this.#words;
    let to = this.#used + HEAD;
    let hash = 0;
    for (const [first, end] of this.#runs) {
      let at = starts[place + first] ?? 0;
      const until = (starts[place + end] ?? 0) - 1;
      for (; at + 4 <= until; at += 4) {
        const word = view.getInt32(at, true);
        words[to] = word;
        to += 1;
        hash = Math.imul(hash ^ word, 0x9e3779b1);
        hash ^= hash >>> 15;
      }
      let word = COMMA;
      for (let back = until - 1; back >= at; back -= 1) word = (word << 8) | view.getUint8(back);
      words[to] = word;
      to += 1;
      hash = Math.imul(hash ^ word, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    words[this.#used] = hash;
    return to - this.#used - HEAD;
  }

  #makeRoom(length: number): void {
    if ((this.#used + length) << 2 > this.#mostBytes) {
      this.#used = 0;
      this.#kept = 0;
      this.#table.fill(0);
    }
    if (this.#used + length <= this.#words.length) return;
    const larger = new Int32Array(Math.max(2 * this.#words.length, this.#used + length));
    larger.set(this.#words.subarray(0, this.#used));
    this.#words = larger;
  }

  #keep(slot: number, length: number): number {
    const place = this.#used;
    this.#given += 1;
    this.#words[place + 1] = length;
    this.#words[place + 2] = this.#given;
    this.#table[slot] = place + 1;
    this.#used += HEAD + length;
    this.#kept += 1;
    if (2 * this.#kept > this.#table.length) this.#enlarge();
    return this.#given;
  }

  #enlarge(): void {
    const table = new Int32Array(2 * this.#table.length);
    const mask = table.length - 1;
    for (let at = 0; at < this.#used; at += HEAD + (this.#words[at + 1] ?? 0)) {
      let slot = (this.#words[at] ?? 0) & mask;
      while (table[slot]) slot = (slot + 1) & mask;
      table[slot] = at + 1;
    }
    this.#table = table;
  }
}
