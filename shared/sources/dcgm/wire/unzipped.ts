import { createGunzip, type Gunzip } from 'node:zlib';

/** Undoes gzip as it arrives, for the exporter that compresses unasked. */
export class Unzipped {
  readonly #gunzip: Gunzip = createGunzip();
  readonly #closed: Promise<void>;
  #problem: { error: unknown } | undefined;

  /** `take` may throw: then nothing more is unpacked. */
  constructor(take: (bytes: Buffer) => void) {
    const fail = (error: unknown) => {
      this.#problem ??= { error };
      this.#gunzip.destroy();
    };
    this.#closed = new Promise((resolve) => this.#gunzip.once('close', resolve));
    this.#gunzip.on('error', fail);
    this.#gunzip.on('data', (bytes: Buffer) => {
      try {
        if (!this.#problem) take(bytes);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Takes the next bytes. Throws what went wrong with those before. */
  push(bytes: Buffer): void {
    if (this.#problem) throw this.#problem.error;
    this.#gunzip.write(Buffer.from(bytes));
  }

  /** Resolves when all is unpacked; rejects with what went wrong. */
  async end(): Promise<void> {
    if (!this.#problem) this.#gunzip.end();
    await this.#closed;
    if (this.#problem) throw this.#problem.error;
  }

  close(): void {
    this.#gunzip.destroy();
  }
}
