import type { JobHint, Progress } from '../../model/progress.ts';
import type { Sample } from '../../model/sample.ts';
import type { Clock } from '../../model/time.ts';
import type { Traffic } from '../../model/traffic.ts';
import { ExpositionReader, type Summary } from '../exposition/reader.ts';
import { Gpus } from '../gpu_series.ts';
import { looksLikeHtml } from '../http.ts';
import { isCounter, JobCounters } from '../job_counters.ts';
import { isTraffic, NodeTraffic, WANTED } from '../node_traffic.ts';
import { SourceError } from '../source.ts';
import type { Endpoint } from './endpoint.ts';
import { failureOf, refused, Told } from './failures.ts';
import { Repeated } from './repeated.ts';
import { KeptConnection, type Patience } from './wire/kept_connection.ts';
import { Unzipped } from './wire/unzipped.ts';

/** An exporter of eight GPUs writes some 100 kB; what is larger, decompressed, is none. */
export const MAX_BYTES = 8 * 1024 * 1024;

/**
 * No compression is asked for: a reading in gzip takes 1.7 to 1.9 times the CPU of a plain one where all
 * of it is unpacked in one call, and 3.2 to 3.6 times as a stream (`npm run bench -- scrape` measures both
 * on the same exporters), and the exporter, beside the GPUs, pays for packing. It would save nearly
 * all of 66 kB, which are little on any network between a person and their GPUs. An exporter that
 * compresses unasked is understood.
 */
const ACCEPT =
  'application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1';

export interface ScrapeResult {
  samples: Sample[];
  /** What a program there counts of its own work. */
  progress: Progress[];
  /** What the machine sent and wrote, where node_exporter counts it. */
  traffic: Traffic[];
  /** Whether it said anything else than the last time; true where that is not known. */
  anew: boolean;
  /** Lines that could not be read, while others could. */
  partial?: SourceError;
}

/** One exporter: the connection to it, a reader that knows the labels it writes, and what was read. */
class Exporter {
  readonly connection: KeptConnection;
  readonly #reader: ExpositionReader;
  readonly #repeated: Repeated;
  #isRead = false;
  gpus = new Gpus();
  counters = new JobCounters();
  traffic = new NodeTraffic();
  #summary: Summary = { lines: 0, readings: 0, malformed: 0 };

  constructor(connection: KeptConnection, keptBytes: number) {
    this.connection = connection;
    this.#repeated = new Repeated(keptBytes);
    this.#reader = new ExpositionReader(WANTED, (family, labels, value) => {
      if (isTraffic(family)) this.traffic.take(family, labels, value);
      else (isCounter(family) ? this.counters : this.gpus).take(family, labels, value);
    });
  }

  /** Whether anything of the answer had to be read. */
  get isRead(): boolean {
    return this.#isRead;
  }

  begin(): void {
    this.#repeated.begin();
    this.#isRead = false;
  }

  push(bytes: Buffer): void {
    this.#read(this.#repeated.push(bytes));
  }

  end(): Summary {
    const unread = this.#repeated.end();
    this.#read(unread);
    if (unread) this.#summary = this.#reader.end();
    return this.#summary;
  }

  #read(pieces: readonly Buffer[] | undefined): void {
    if (!pieces) return;
    if (!this.#isRead) this.#restart();
    this.#isRead = true;
    for (const piece of pieces) this.#reader.push(piece);
  }

  #restart(): void {
    this.#reader.restart();
    this.gpus = new Gpus();
    this.counters = new JobCounters();
    this.traffic = new NodeTraffic();
  }
}

/** Asks exporters, over connections that stay open from one reading to the next. */
export class Scraper {
  /** Those that nobody is reading now, by URL. */
  readonly #idle = new Map<string, Exporter>();
  readonly #all = new Set<Exporter>();
  readonly #account: string;
  readonly #clock: Clock;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #keptBytes: number;

  constructor(options: {
    account: string;
    clock: Clock;
    authorization?: string | undefined;
    /** How much of what each wrote is kept, to know it again. Default: nothing. */
    keptBytes?: number;
  }) {
    this.#account = options.account;
    this.#clock = options.clock;
    this.#keptBytes = options.keptBytes ?? 0;
    this.#headers = {
      accept: ACCEPT,
      'user-agent': 'burnrate',
      ...(options.authorization && { authorization: options.authorization }),
    };
  }

  /** Reads one exporter. Rejects with a SourceError that names it. */
  async scrape(endpoint: Endpoint, patience: Patience): Promise<ScrapeResult> {
    const exporter = this.#take(endpoint.url);
    try {
      return await this.#read(exporter, endpoint, patience);
    } catch (error) {
      if (error instanceof SourceError) throw error;
      throw failureOf(error, this.#told(endpoint));
    } finally {
      this.#giveBack(endpoint.url, exporter);
    }
  }

  async close(): Promise<void> {
    for (const { connection } of this.#all) connection.close();
  }

  async #read(exporter: Exporter, endpoint: Endpoint, patience: Patience): Promise<ScrapeResult> {
    const told = this.#told(endpoint);
    exporter.begin();
    let size = 0;
    const take = (bytes: Buffer) => {
      if (size === 0 && looksLikeHtml(bytes))
        throw told.malformed('an HTML page instead of metrics');
      size += bytes.length;
      if (size > MAX_BYTES)
        throw told.malformed(
          `more than ${MAX_BYTES / 1024 / 1024} MB of metrics; reading stopped there`,
        );
      exporter.push(bytes);
    };
    let unzipped: Unzipped | undefined;
    try {
      await exporter.connection.get(
        {
          onHead: ({ status, headers }) => {
            const refusal = refused(status, headers, told);
            if (refusal) throw refusal;
            if (/^(x-)?gzip$/i.test(headers['content-encoding'] ?? ''))
              unzipped = new Unzipped(take);
          },
          onBody: (bytes) => (unzipped ? unzipped.push(bytes) : take(bytes)),
        },
        patience,
      );
      await unzipped?.end();
    } finally {
      unzipped?.close();
    }
    const summary = exporter.end();
    const now = this.#clock.now();
    const of: JobHint = { host: endpoint.host, ...(endpoint.job && { job: endpoint.job }) };
    const read = {
      samples: exporter.gpus.samples(endpoint.host, now),
      progress: exporter.counters.progress(now, of),
      traffic: exporter.traffic.traffic(endpoint.host, now),
      anew: exporter.isRead,
    };
    return this.#result(summary, read, told);
  }

  /** One that is being read already, by the doctor say, is asked over another connection. */
  #take(url: string): Exporter {
    const idle = this.#idle.get(url);
    this.#idle.delete(url);
    const exporter = idle ?? new Exporter(new KeptConnection(url, this.#headers), this.#keptBytes);
    this.#all.add(exporter);
    return exporter;
  }

  #giveBack(url: string, exporter: Exporter): void {
    if (this.#idle.has(url)) {
      this.#all.delete(exporter);
      exporter.connection.close();
    } else this.#idle.set(url, exporter);
  }

  #result(summary: Summary, read: ScrapeResult, told: Told): ScrapeResult {
    const { malformed, readings, lines, firstMalformed } = summary;
    const found = read.samples.length + read.progress.length + read.traffic.length;
    if (found === 0 && malformed === 0)
      throw told.malformed(
        lines === 0
          ? 'it answered with nothing'
          : 'metrics, but none of GPUs by DCGM or by AMD, nor of tokens or steps, nor of a machine’s network',
      );
    if (!firstMalformed) return read;
    const failure = told.malformed(
      `${malformed} of ${lines} lines make no sense, the first is line ${firstMalformed.line}: ${firstMalformed.reason}`,
    );
    if (readings === 0) throw failure;
    return { ...read, partial: failure };
  }

  #told(endpoint: Endpoint): Told {
    return new Told(this.#account, endpoint, this.#clock);
  }
}
