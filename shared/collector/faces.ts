import type { Hello } from '../protocol/protocol.ts';

/** At most four snapshots a second. */
const PUSH_GAP_MS = 250;

/** One of those who watch: a connection, or a page. */
export interface Watcher {
  /** What it said of itself; undefined until then. */
  readonly hello: Hello | undefined;
  /** Sends it the latest snapshot. */
  push(): void;
  close(): void;
}

/** All that watch the collector through one door, and when they are sent what has changed. */
export class Faces {
  readonly #faces = new Set<Watcher>();
  #timer: NodeJS.Timeout | undefined;
  #pushedAt = Number.NEGATIVE_INFINITY;

  add(face: Watcher): void {
    this.#faces.add(face);
  }

  delete(face: Watcher): void {
    this.#faces.delete(face);
  }

  get size(): number {
    return this.#faces.size;
  }

  /** Those that have said what they are. */
  get greeted(): number {
    return [...this.#faces].filter((face) => face.hello).length;
  }

  /** Whether one of them shows notifications. */
  get notifies(): boolean {
    return [...this.#faces].some((face) => face.hello?.notifies);
  }

  /** Says that the snapshot has changed: every face is sent the newest, at most four a second. */
  changed(): void {
    if (this.#timer || this.greeted === 0) return;
    // Not by the wall clock: one that is set back must not keep faces waiting.
    const wait = Math.max(0, this.#pushedAt + PUSH_GAP_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pushedAt = performance.now();
      for (const face of this.#faces) face.push();
    }, wait);
  }

  /** Closes every one. */
  close(): void {
    clearTimeout(this.#timer);
    for (const face of this.#faces) face.close();
  }
}
