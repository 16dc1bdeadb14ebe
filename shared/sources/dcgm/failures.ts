import type { FailureKind } from '../../model/account.ts';
import type { Clock } from '../../model/time.ts';
import { retryAfterMs } from '../retry_after.ts';
import { SourceError } from '../source.ts';
import type { Endpoint } from './endpoint.ts';

/** Says what happened at one exporter. */
export class Told {
  readonly #account: string;
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;

  constructor(account: string, endpoint: Endpoint, clock: Clock) {
    this.#account = account;
    this.#endpoint = endpoint;
    this.#clock = clock;
  }

  unreachable(
    happened: string,
    remedy = `Check that dcgm-exporter runs there and that this machine can reach it: ${this.#curl}`,
  ): SourceError {
    return this.#error('unreachable', happened, remedy);
  }

  malformed(happened: string): SourceError {
    return this.#error(
      'malformed',
      happened,
      `Something other than dcgm-exporter may answer there (a proxy, a sign-in page): look at ${this.#curl}, and correct sources.dcgm.endpoints in burnrate.yaml.`,
    );
  }

  denied(status: number): SourceError {
    return this.#error(
      'denied',
      `it asks for credentials (status ${status})`,
      'Put the header it wants (`Bearer ...` or `Basic ...`) into an environment variable and name that under sources.dcgm.authorizationVariable in burnrate.yaml.',
    );
  }

  throttled(status: number, retryAfter: string | undefined): SourceError {
    return this.#error(
      'throttled',
      `it asks for fewer requests (status ${status})`,
      'Burnrate waits and tries again by itself. If it persists, set cadence.telemetrySeconds higher in burnrate.yaml.',
      retryAfterMs(retryAfter, this.#clock.now()),
    );
  }

  get #curl(): string {
    return `curl ${this.#endpoint.url}`;
  }

  #error(kind: FailureKind, happened: string, remedy: string, waitMs?: number): SourceError {
    return new SourceError(kind, {
      account: this.#account,
      message: `${this.#endpoint.name}: ${happened}`,
      remedy,
      ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    });
  }
}

/** What an answer that holds no metrics means; undefined where it may hold some. */
export function refused(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  told: Told,
): SourceError | undefined {
  const header = (name: string) => [headers[name]].flat()[0];
  if (status === 401 || status === 403 || status === 407) return told.denied(status);
  if (status === 429 || status === 503) return told.throttled(status, header('retry-after'));
  if (status >= 300 && status < 400)
    return told.malformed(
      `it sends elsewhere (status ${status}, ${header('location') ?? 'nowhere'}); Burnrate does not follow, name that address instead`,
    );
  if (status >= 500)
    return told.unreachable(`it answered with an error of its own (status ${status})`);
  if (status !== 200) return told.malformed(`no metrics there (status ${status})`);
  if (/\bhtml\b/i.test(header('content-type') ?? ''))
    return told.malformed('an HTML page instead of metrics');
  return undefined;
}

/** What a failed request means. The library's error is not kept: it holds the headers sent. */
export function failureOf(error: unknown, told: Told): SourceError {
  const { code, name, message } = clues(error);
  if (name === 'AbortError' || name === 'TimeoutError')
    return told.unreachable('no answer in time');
  if (/^(Z_|ERR_ZLIB|HPE_)/.test(code)) return told.malformed(`not an answer in HTTP (${code})`);
  if (/^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/.test(code))
    return told.unreachable(
      `its certificate is not trusted (${code})`,
      'Let Node.js know the authority that signed it: set NODE_EXTRA_CA_CERTS to its file.',
    );
  const reason = REASONS[code];
  return told.unreachable(reason ?? message);
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'its name cannot be looked up now',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
};

function clues(error: unknown): { code: string; name: string; message: string } {
  if (!(error instanceof Error)) return { code: '', name: '', message: String(error) };
  // A host with several addresses fails with an AggregateError that has a code but no message.
  const { code } = error as NodeJS.ErrnoException;
  return {
    code: typeof code === 'string' ? code : '',
    name: error.name,
    message: error.message || String(code ?? error.name),
  };
}
