import { preferFastCode } from '../sources/code_size.ts';

/** Of one core: at rest the collector takes a tenth of it. */
const BUSY_SHARE = 0.03;
/** Taken over so long: a minute's answers, which come all at once, are not yet work. */
const SPAN_MS = 30_000;
/** While it starts it is busy, too. */
const STARTS_MS = 90_000;

/** Watches with each tick how much the collector has to do, and has its code made fast for it. */
export class Effort {
  readonly #cpuMs: () => number;
  readonly #now: () => number;
  readonly #onBusy: () => void;
  readonly #startedAt: number;
  #seen: { at: number; cpuMs: number };
  #isFast = false;

  constructor(options: { cpuMs?: () => number; now?: () => number; onBusy?: () => void } = {}) {
    this.#cpuMs = options.cpuMs ?? cpuMs;
    this.#now = options.now ?? (() => performance.now());
    this.#onBusy = options.onBusy ?? preferFastCode;
    this.#startedAt = this.#now();
    this.#seen = { at: this.#startedAt, cpuMs: this.#cpuMs() };
  }

  look(): void {
    const at = this.#now();
    const span = at - this.#seen.at;
    if (this.#isFast || span < SPAN_MS) return;
    const used = this.#cpuMs();
    const share = (used - this.#seen.cpuMs) / span;
    const isStarting = this.#seen.at - this.#startedAt < STARTS_MS;
    this.#seen = { at, cpuMs: used };
    if (isStarting || share < BUSY_SHARE) return;
    this.#isFast = true;
    this.#onBusy();
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
