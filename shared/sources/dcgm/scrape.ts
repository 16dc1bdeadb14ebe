import type { Sample } from '../../model/sample.ts';
import type { Clock } from '../../model/time.ts';
import { Gpus, WANTED } from '../gpu_series.ts';
import { decoded, HttpClient, looksLikeHtml } from '../http.ts';
import { SourceError } from '../source.ts';
import type { Endpoint } from './endpoint.ts';
import { ExpositionReader, type Summary } from './exposition.ts';
import { failureOf, refused, Told } from './failures.ts';

/** An exporter of eight GPUs writes some 100 kB; what is larger, decompressed, is none. */
export const MAX_BYTES = 8 * 1024 * 1024;

const ACCEPT =
  'application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1';

export interface ScrapeResult {
  samples: Sample[];
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
        'accept-encoding': 'gzip',
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
      const reader = new ExpositionReader(WANTED, gpus.take);
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
      return this.#result(reader.end(), gpus.samples(endpoint.host, this.#clock.now()), told);
    } finally {
      // What is left unread would keep the connection; one read to its end is not disturbed.
      body.on('error', () => {
        // It was told above, or it is the end that this very line brings about.
      });
      body.destroy();
    }
  }

  #result(summary: Summary, samples: Sample[], told: Told): ScrapeResult {
    const { malformed, readings, lines, firstMalformed } = summary;
    if (samples.length === 0 && malformed === 0)
      throw told.malformed(
        lines === 0 ? 'it answered with nothing' : 'metrics, but none of GPUs by DCGM or by AMD',
      );
    if (!firstMalformed) return { samples };
    const failure = told.malformed(
      `${malformed} of ${lines} lines make no sense, the first is line ${firstMalformed.line}: ${firstMalformed.reason}`,
    );
    if (readings === 0) throw failure;
    return { samples, partial: failure };
  }

  #told(endpoint: Endpoint): Told {
    return new Told(this.#account, endpoint, this.#clock);
  }
}
