import { beginDecoder, type Decoder, decoderProgram } from './parquet_process.ts';
import { type Rows, type Table, TableError } from './table.ts';

export type Question =
  | { ask: 'open'; path: string }
  | { ask: 'read'; columns: readonly number[] }
  | { ask: 'more' };

export type Answer =
  | { answer: 'names'; names: readonly string[] }
  | { answer: 'begun' }
  | { answer: 'rows'; rows: Rows }
  | { answer: 'end' }
  /** What is decoded next; an answer follows. */
  | { answer: 'place'; place: string }
  | { answer: 'failed'; message: string; code?: string | undefined; isTable: boolean };

export interface Limits {
  /** The longest that one page of a column may take, in milliseconds. */
  silentMs: number;
  /** What the decoder's objects, and the whole of it, may take of the memory, in MiB. */
  heapMib: number;
  wholeMib: number;
}

/** A page takes a fraction of a second, on a machine that does other things too. */
const LIMITS: Limits = { silentMs: 60_000, heapMib: 1_024, wholeMib: 2_048 };
const LOOK_EVERY_MS = 200;

/** A question that waits for its answer. */
interface Waiting {
  heardAt: number;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/**
 * Decodes Parquet files in a process of its own. A damaged file may keep a decoder busy for ever, or
 * have it fill the memory: then that is ended, and whoever waits gets a TableError that says where in
 * the file it was. One question at a time.
 */
export class ParquetApart {
  readonly #limits: Limits;
  readonly #program: string;
  #decoder: Decoder | undefined;
  #waiting: Waiting | undefined;
  #place = '';

  constructor(limits: Partial<Limits> = {}, program = decoderProgram()) {
    this.#limits = { ...LIMITS, ...limits };
    this.#program = program;
  }

  /** The table in a file; that of the file before is no longer read. */
  async table(path: string): Promise<Table> {
    const opened = await this.#ask({ ask: 'open', path });
    if (opened.answer !== 'names') throw new Error(`a decoder answered ${opened.answer}`);
    return { names: opened.names, read: (columns) => this.#read(columns) };
  }

  /** Ends the decoder, whatever it does. */
  close(): void {
    this.#giveUp(new Error('the decoder was closed'));
  }

  async *#read(columns: readonly number[]): AsyncGenerator<Rows> {
    await this.#ask({ ask: 'read', columns });
    for (;;) {
      const next = await this.#ask({ ask: 'more' });
      if (next.answer !== 'rows') return;
      yield next.rows;
    }
  }

  async #ask(question: Question): Promise<Answer> {
    this.#decoder ??= this.#begin();
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const waiting = { heardAt: performance.now(), resolve, reject };
    this.#waiting = waiting;
    const { silentMs } = this.#limits;
    const watch = setInterval(() => {
      if (performance.now() - waiting.heardAt <= silentMs) return;
      this.#giveUp(this.#fault(`nothing came of it for ${Math.round(silentMs / 1000)} s`));
    }, LOOK_EVERY_MS);
    this.#decoder.send(question);
    try {
      return await promise;
    } finally {
      clearInterval(watch);
      this.#waiting = undefined;
    }
  }

  #begin(): Decoder {
    const decoder = beginDecoder({
      ...this.#limits,
      program: this.#program,
      hear: (answer) => this.#hear(answer),
      ended: (why) => {
        // One that was given up ends later; where nobody waits, the next question has another one.
        if (this.#decoder !== decoder) return;
        this.#giveUp(why === 'memory' ? this.#tooLarge() : this.#fault(why.reason));
      },
    });
    return decoder;
  }

  #hear(answer: Answer): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    waiting.heardAt = performance.now();
    if (answer.answer === 'place') this.#place = answer.place;
    else if (answer.answer !== 'failed') waiting.resolve(answer);
    else if (answer.isTable) waiting.reject(new TableError(answer.message));
    else waiting.reject(Object.assign(new Error(answer.message), { code: answer.code }));
  }

  /** What it is doing is of no use to anybody. */
  #giveUp(error: Error): void {
    this.#decoder?.kill();
    this.#decoder = undefined;
    this.#waiting?.reject(error);
  }

  #fault(what: string): TableError {
    return new TableError(
      `The Parquet file cannot be read, ${this.#place || 'its beginning'}: ${what}. It is damaged there, or made by a program that Burnrate does not understand.`,
    );
  }

  #tooLarge(): TableError {
    return new TableError(
      `The Parquet file cannot be read, ${this.#place || 'its beginning'}: that takes more memory than any bill should. It is damaged there, or its row groups are too large; write it with smaller ones.`,
    );
  }
}
