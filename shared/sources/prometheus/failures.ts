import type { IncomingHttpHeaders } from 'node:http';
import type { FailureKind } from '../../model/account.ts';
import { oneLine } from '../../model/text.ts';
import type { Clock } from '../../model/time.ts';
import { networkFailure } from '../network_failure.ts';
import { retryAfterMs } from '../retry_after.ts';
import { SourceError } from '../source.ts';
import type { Failed } from './answer.ts';

/** What an answer that is no success was. */
export interface Refusal {
  status: number;
  headers: IncomingHttpHeaders;
  /** The server's own words, where it answered in the API's own form. */
  failed: Failed | undefined;
  /** What it said otherwise: a line of text, as proxies do. */
  text: string;
}

const AGAIN = 'Burnrate tries again by itself.';
const SECTION = 'sources.prometheus.servers in burnrate.yaml';
const LONGEST = 300;

/** The names of all series, where a server repeats the query before it says what is wrong. */
const NAMES = /[\w:]+(?:\|[\w:]+){5,}/g;

/** Says what happened at one server. */
export class Told {
  readonly #account: string;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #secret: string | undefined;

  /** `secret`: what was sent to open the server, and must not be told even where it repeats it. */
  constructor(options: {
    account: string;
    name: string;
    clock: Clock;
    secret?: string | undefined;
  }) {
    this.#account = options.account;
    this.#name = options.name;
    this.#clock = options.clock;
    this.#secret = options.secret;
  }

  /** A request that was not answered. */
  network(error: unknown): SourceError {
    const { kind, happened, remedy } = networkFailure(error);
    if (kind === 'malformed') return this.malformed(happened);
    return this.#error(
      kind,
      happened,
      remedy ?? `${AGAIN} Check that the server runs and that this machine can reach it.`,
    );
  }

  malformed(
    happened: string,
    remedy = `Something other than Prometheus may answer there (a proxy, a sign-in page): check the URL under ${SECTION}. It is what comes before /api/v1, with a path such as /prometheus where there is one.`,
  ): SourceError {
    return this.#error('malformed', happened, remedy);
  }

  /** What the server had to say beside an answer that holds something. */
  warned(warnings: readonly string[], infos: readonly string[]): SourceError | undefined {
    const all = [...warnings, ...infos];
    if (all.length === 0) return undefined;
    return this.#error(
      warnings.length > 0 ? 'unreachable' : 'malformed',
      `its answer may lack a part: ${this.#own(all.join('; '))}`,
      `${AGAIN} What is missing is for who runs the server to mend: a store or an upstream that does not answer.`,
    );
  }

  /** GPUs that are somewhere, nobody says where. */
  nameless(gpus: number): SourceError | undefined {
    if (gpus === 0) return undefined;
    return this.malformed(
      `${gpus === 1 ? '1 GPU is' : `${gpus} GPUs are`} on no machine: the series have neither Hostname nor node nor instance`,
      'Keep one of these labels where the series are relabelled or aggregated.',
    );
  }

  /** The kind by the server's own word, where it gave one, else by the status. */
  refused({ status, headers, failed, text }: Refusal): SourceError {
    const said = this.#own(failed?.error || text);
    const words = said ? `: ${said}` : '';
    if (status === 401 || status === 403 || status === 407)
      return this.#error(
        'denied',
        `it refuses (status ${status}${words})`,
        `Put the header it wants (\`Bearer ...\` or \`Basic ...\`) into an environment variable, name that as authorizationVariable under ${SECTION}, and where it serves several tenants, yours as tenant.`,
      );
    if (status === 429) return this.#throttled(status, words, headers);
    const type = failed?.errorType;
    if (type === 'timeout' || type === 'canceled')
      return this.#error(
        'unreachable',
        `it gave the query up (${type}${words})`,
        `${AGAIN} If it persists, the server is too busy, or has very many GPUs: read some of them, by a selector under ${SECTION}.`,
        headers,
      );
    // VictoriaMetrics gives the status as the kind.
    const wrong = type === 'bad_data' || type === 'execution' || status === 422;
    if (failed && wrong)
      return this.malformed(
        `it cannot do the query (${type}${words})`,
        `Check the selector under ${SECTION}; where it is right or there is none, report this message.`,
      );
    if (status === 503) return this.#throttled(status, words, headers);
    if (status >= 500)
      return this.#error(
        'unreachable',
        `it failed on its side (status ${status}${words})`,
        `${AGAIN} If it persists, see the log of the server, or of the proxy before it.`,
        headers,
      );
    if (status >= 300 && status < 400)
      return this.malformed(
        `it sends elsewhere (status ${status}); Burnrate does not take credentials there`,
      );
    return this.malformed(`no answer to a query (status ${status}${words})`);
  }

  #throttled(status: number, words: string, headers: IncomingHttpHeaders): SourceError {
    return this.#error(
      'throttled',
      `it asks for fewer requests (status ${status}${words})`,
      'Burnrate waits and tries again by itself. If it persists, set cadence.telemetrySeconds higher in burnrate.yaml.',
      headers,
    );
  }

  #own(words: string): string {
    const secret = this.#secret;
    const parts = secret ? [secret, ...secret.split(/\s+/).filter((part) => part.length > 7)] : [];
    const told = parts.reduce((text, part) => text.replaceAll(part, '***'), words);
    return oneLine(told.replace(NAMES, '…'), LONGEST);
  }

  #error(
    kind: FailureKind,
    happened: string,
    remedy: string,
    headers: IncomingHttpHeaders = {},
  ): SourceError {
    const wait = retryAfterMs(headers['retry-after'], this.#clock.now());
    return new SourceError(kind, {
      account: this.#account,
      message: `${this.#name}: ${happened}`,
      remedy,
      ...(wait !== undefined && { retryAfterMs: wait }),
    });
  }
}
