import type { JobHint, Progress } from '../../model/progress.ts';
import type { Sample } from '../../model/sample.ts';
import type { Clock } from '../../model/time.ts';
import { ExpositionReader, type Summary } from '../exposition/reader.ts';
import { Gpus } from '../gpu_series.ts';
import { decoded, HttpClient, looksLikeHtml } from '../http.ts';
import { isCounter, JobCounters, WANTED } from '../job_counters.ts';
import { SourceError } from '../source.ts';
import type { Endpoint } from './endpoint.ts';
import { failureOf, refused, Told } from './failures.ts';

/** An exporter of eight GPUs writes some 100 kB; what is larger, decompressed, is none. */
export const MAX_BYTES = 8 * 1024 * 1024;

/**
 * No compression is asked for: to undo it takes more than all the rest of reading an exporter,
 * 0.8 ms of CPU instead of 0.4 (`npm run bench -- scrape`), and 66 kB are little on any network
 * between a person and their GPUs. An exporter that compresses unasked is understood.
 */
const ACCEPT =
  'application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1';

export interface ScrapeResult {
  samples: Sample[];
  /** What a program there counts of its own work. */
  progress: Progress[];
  /** Lines that could not be read, while others could. */
  partial?: SourceError;
}

/** Asks exporters, over connections that stay open from one reading to the next. */
export class Scraper {
  readonly #http = new HttpClient();
  readonly #account: string;
  readonly #clock: Clock;
  readonly #authorization: string | undefined;

  constructor(options: { account: string; clock: Clock; authorization?: string | undefined }) {
    this.#account = options.account;
    this.#clock = options.clock;
    this.#authorization = options.authorization;
  }

  /** Reads one exporter. Rejects with a SourceError that names it, or with the signal's reason. */
  async scrape(endpoint: Endpoint, signal: AbortSignal): Promise<ScrapeResult> {
    try {
      return await this.#read(endpoint, signal);
    } catch (error) {
      if (error instanceof SourceError) throw error;
      throw failureOf(error, this.#told(endpoint));
    }
  }

  async close(): Promise<void> {
    this.#http.close();
  }

  async #read(endpoint: Endpoint, signal: AbortSignal): Promise<ScrapeResult> {
    const body = await this.#http.ask(endpoint.url, {
      headers: {
        accept: ACCEPT,
        'user-agent': 'burnrate',
        ...(this.#authorization && { authorization: this.#authorization }),
      },
      signal,
    });
    const { statusCode = 0, headers } = body;
    const told = this.#told(endpoint);
    try {
      const refusal = refused(statusCode, headers, told);
      if (refusal) throw refusal;
      const gpus = new Gpus();
      const counters = new JobCounters();
      const reader = new ExpositionReader(WANTED, (family, labels, value) => {
        (isCounter(family) ? counters : gpus).take(family, labels, value);
      });
      let size = 0;
      for await (const chunk of decoded(body)) {
        if (size === 0 && looksLikeHtml(chunk))
          throw told.malformed('an HTML page instead of metrics');
        size += chunk.length;
        if (size > MAX_BYTES)
          throw told.malformed(
            `more than ${MAX_BYTES / 1024 / 1024} MB of metrics; reading stopped there`,
          );
        reader.push(chunk);
      }
      const summary = reader.end();
      const now = this.#clock.now();
      const of: JobHint = { host: endpoint.host, ...(endpoint.job && { job: endpoint.job }) };
      const read = {
        samples: gpus.samples(endpoint.host, now),
        progress: counters.progress(now, of),
      };
      return this.#result(summary, read, told);
    } finally {
      // What is left unread would keep the connection; one read to its end is not disturbed.
      body.on('error', () => {
        // It was told above, or it is the end that this very line brings about.
      });
      body.destroy();
    }
  }

  #result(summary: Summary, read: ScrapeResult, told: Told): ScrapeResult {
    const { malformed, readings, lines, firstMalformed } = summary;
    if (read.samples.length + read.progress.length === 0 && malformed === 0)
      throw told.malformed(
        lines === 0
          ? 'it answered with nothing'
          : 'metrics, but none of GPUs by DCGM or by AMD, nor of tokens or steps',
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
