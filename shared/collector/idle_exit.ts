/** Ends a collector that nobody looks at. In real time, also where the clock is accelerated. */
export class IdleExit {
  readonly #options: { afterMs: number; busy: () => boolean; exit: () => void };
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { afterMs: number; busy: () => boolean; exit: () => void }) {
    this.#options = options;
    this.touch();
  }

  /** Something happened: the wait starts anew. */
  touch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#options.busy()) this.touch();
      else this.#options.exit();
    }, this.#options.afterMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
