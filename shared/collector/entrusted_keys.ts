import type { KeyWanted } from '../protocol/protocol.ts';
import type { Source, Surroundings } from '../sources/source.ts';

/**
 * API keys that faces have entrusted to this process. They are in its memory alone: no file, log,
 * snapshot, argument or child process is given them, and they go when it ends; each face gives its
 * own again to the next collector.
 */
export class EntrustedKeys {
  readonly #sources: readonly Source[];
  readonly #keys = new Map<string, string>();
  readonly #own: Surroundings['env'];
  #env: Surroundings['env'];

  constructor(sources: readonly Source[], own: Surroundings['env']) {
    this.#sources = sources;
    this.#own = own;
    this.#env = own;
  }

  /** The machine as sources see it: with these keys, which go before its own environment's. */
  over(machine: Surroundings): Surroundings {
    const now = () => ({ env: this.#env, entrusted: new Set(this.#keys.keys()) });
    return Object.defineProperties(
      { ...machine },
      {
        env: { enumerable: true, get: () => now().env },
        entrusted: { enumerable: true, get: () => now().entrusted },
      },
    );
  }

  /** The sources that take an API key, and whether one is in its variable, from whatever place. */
  wanted(): KeyWanted[] {
    return this.#sources.flatMap(({ id, title, apiKey }) =>
      apiKey
        ? { ...apiKey, source: id, title, set: Boolean(this.#env[apiKey.variable]?.trim()) }
        : [],
    );
  }

  /**
   * Takes keys by their variables; null takes one back. Rejects a variable that no source has for
   * its key: this is no way to set a program's environment. Answers whether anything has changed.
   */
  take(keys: Readonly<Record<string, string | null>>): boolean {
    const known = new Set(this.#sources.flatMap(({ apiKey }) => apiKey?.variable ?? []));
    for (const variable of Object.keys(keys)) {
      if (!known.has(variable)) throw new Error(`No source takes an API key as ${variable}.`);
    }
    const before = new Map(this.#keys);
    for (const [variable, key] of Object.entries(keys)) {
      if (key === null) this.#keys.delete(variable);
      else this.#keys.set(variable, key);
    }
    // Not to be enumerated: a source that hands on its environment does not hand on these.
    this.#env = Object.defineProperties(
      { ...this.#own },
      Object.fromEntries(
        [...this.#keys].map(([variable, value]) => [variable, { value, enumerable: false }]),
      ),
    );
    const same = ([variable, key]: [string, string]) => before.get(variable) === key;
    return before.size !== this.#keys.size || ![...this.#keys].every(same);
  }
}
