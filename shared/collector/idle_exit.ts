/** When a collector that nobody looks at ends. */
interface Options {
  afterMs: number;
  /** Whether somebody looks. To begin or to end that is a reason to `touch`. */
  attended: () => boolean;
  /** Whether it has something to do all the same. */
  busy: () => boolean;
  exit: () => void;
}

/** Ends a collector that nobody looks at. In real time, also where the clock is accelerated. */
export class IdleExit {
  readonly #options: Options;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.touch();
  }

  /** Something happened: the wait starts anew, but where somebody looks: then nothing is due. */
  touch(): void {
    this.stop();
    if (this.#options.attended()) return;
    this.#timer = setTimeout(() => {
      if (this.#options.busy()) this.touch();
      else this.#options.exit();
    }, this.#options.afterMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
