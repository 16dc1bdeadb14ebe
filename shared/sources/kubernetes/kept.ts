import type { Clock, Instant } from '../../model/time.ts';

/** Answers that are good for a while, each asked for once by all who want it at the same moment. */
export class Kept {
  readonly #clock: Clock;
  readonly #answers = new Map<string, { answer: Promise<unknown>; askedAt: Instant }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer of that name, if it was asked for within `forMs`; failures are not kept. */
  get<T>(name: string, forMs: number, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(name);
    const now = this.#clock.now();
    if (known && now - known.askedAt < forMs) return known.answer as Promise<T>;
    return this.set(name, ask());
  }

  /** Keeps an answer that is being given. */
  set<T>(name: string, answer: Promise<T>): Promise<T> {
    const entry = { answer, askedAt: this.#clock.now() };
    this.#answers.set(name, entry);
    answer.catch(() => {
      // Whoever asked is told; nobody else is to be.
      if (this.#answers.get(name) === entry) this.#answers.delete(name);
    });
    return answer;
  }

  clear(): void {
    this.#answers.clear();
  }
}
