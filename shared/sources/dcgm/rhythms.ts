import type { Sample } from '../../model/sample.ts';
import type { Instant, Interval } from '../../model/time.ts';
import type { Endpoint } from './endpoint.ts';
import { Rhythm } from './rhythm.ts';
import type { ScrapeResult } from './scrape.ts';

/** What came of asking an exporter; without a result where it did not answer. */
interface Asked {
  endpoint: Endpoint;
  askedAt: Instant;
  at: Instant;
  result?: Pick<ScrapeResult, 'samples' | 'anew' | 'partial'>;
}

/** The rhythms of an account's exporters, and what each of them said last. */
export class Rhythms {
  readonly #all: ReadonlyMap<Endpoint, Rhythm>;
  readonly #said = new Map<Endpoint, readonly Sample[]>();

  constructor(endpoints: readonly Endpoint[]) {
    this.#all = new Map(endpoints.map((endpoint) => [endpoint, new Rhythm()]));
  }

  /** Whether an exporter may say something new; one without a rhythm always may. */
  isDue(endpoint: Endpoint, at: Instant, everyMs: number): boolean {
    return this.#all.get(endpoint)?.isDue(at, everyMs) ?? true;
  }

  /**
   * What an exporter told: its samples; and, where it wrote at its time, before them once more
   * those that had stood until then, as if it had been asked meanwhile. Rules see how long a GPU
   * worked before it did not.
   */
  samplesOf({ endpoint, askedAt, at, result }: Asked): Sample[] {
    const samples = result?.samples ?? [];
    const rhythm = this.#all.get(endpoint);
    if (!rhythm) return samples;
    if (!result || result.partial) {
      // It is asked until it is well, and its rhythm learned again.
      rhythm.startOver(askedAt);
      return samples;
    }
    const before = this.#said.get(endpoint) ?? [];
    this.#said.set(endpoint, samples);
    const stoodUntil = rhythm.answered(askedAt, at, result.anew);
    if (stoodUntil === undefined) return samples;
    return [...before.map((sample) => ({ ...sample, at: stoodUntil })), ...samples];
  }

  /** About how many ms lie between two times that an exporter says something new, once that is known. */
  periodOf(endpoint: Endpoint): number | undefined {
    return this.#all.get(endpoint)?.periodMs;
  }

  /** From when on, and by when, one of them is to be asked again; undefined where none has a rhythm. */
  nextAt(everyMs: number): Interval | undefined {
    if (this.#all.size === 0) return undefined;
    const next = [...this.#all.values()].map((rhythm) => rhythm.next(everyMs));
    return {
      from: Math.min(...next.map(({ from }) => from)),
      to: Math.min(...next.map(({ to }) => to)),
    };
  }
}
