import type { Clock, Time } from '../clock.ts';

/** Something that is paid for by the hour from its start to its end: a rented machine, or a job. */
export class Tenure {
  readonly name: string;
  readonly system: string;
  readonly microsPerHour: number;
  /** Whole seconds, as most systems tell it. */
  readonly startedAt: Time;
  readonly #clock: Clock;
  #endedAt: Time | undefined;

  constructor(
    system: string,
    clock: Clock,
    { name, dollarsPerHour, begins }: { name: string; dollarsPerHour: number; begins: number },
  ) {
    this.system = system;
    this.name = name;
    this.microsPerHour = Math.round(dollarsPerHour * 1_000_000);
    this.startedAt = Math.floor(clock.origin / 1000 + begins * 60) * 1000;
    this.#clock = clock;
  }

  get endedAt(): Time | undefined {
    return this.#endedAt;
  }

  end(): void {
    this.#endedAt ??= Math.ceil(this.#clock.now() / 1000) * 1000;
  }

  microsUntil(at: Time): number {
    const to = Math.min(at, this.#endedAt ?? at);
    return Math.round((Math.max(0, to - this.startedAt) * this.microsPerHour) / 3_600_000);
  }
}
