import type { Clock, Instant } from '../model/time.ts';
import type { Timetable } from './timetable.ts';

/** One task that is to be done once, at the earliest of the times for which it was asked. */
export class Due {
  readonly #clock: Clock;
  readonly #timetable: Timetable;
  readonly #task: () => void;
  #next: { at: Instant; cancel: () => void } | undefined;

  constructor(options: { clock: Clock; timetable: Timetable; task: () => void }) {
    this.#clock = options.clock;
    this.#timetable = options.timetable;
    this.#task = options.task;
  }

  /** Within so many milliseconds of the clock's; where it is due before, that stays. */
  within(ms: number): void {
    const at = this.#clock.now() + ms;
    if (this.#next && this.#next.at <= at) return;
    this.cancel();
    this.#next = { at, cancel: this.#timetable.after(ms, () => this.#task()) };
  }

  /** It is done now, or not to be done. */
  cancel(): void {
    this.#next?.cancel();
    this.#next = undefined;
  }
}
