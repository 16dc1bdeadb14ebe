/** A generation holds so many names: those of a fleet of ten thousand machines of eight GPUs. */
const GENERATION = 100_000;

/**
 * Names and their small numbers, as far as they are in use. When a generation is full the next one
 * begins, and takes over what is asked for again: so what is used with each tick stays, though a
 * year's names go by, and no name is ever looked up because of another one's coming.
 */
export class Names {
  readonly #size: number;
  #young = generation();
  #old = generation();

  constructor(size = GENERATION) {
    this.#size = size;
  }

  add(id: number, text: string): void {
    if (this.#young.ids.size >= this.#size) {
      this.#old = this.#young;
      this.#young = generation();
    }
    this.#young.ids.set(text, id);
    this.#young.texts.set(id, text);
  }

  idOf(text: string): number | undefined {
    const id = this.#young.ids.get(text);
    if (id !== undefined) return id;
    const older = this.#old.ids.get(text);
    if (older !== undefined) this.add(older, text);
    return older;
  }

  textOf(id: number): string | undefined {
    const text = this.#young.texts.get(id);
    if (text !== undefined) return text;
    const older = this.#old.texts.get(id);
    if (older !== undefined) this.add(id, older);
    return older;
  }

  forget(): void {
    this.#young = generation();
    this.#old = generation();
  }
}

const generation = () => ({ ids: new Map<string, number>(), texts: new Map<number, string>() });
