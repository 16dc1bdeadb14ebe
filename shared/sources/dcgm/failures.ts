import type { FailureKind } from '../../model/account.ts';
import type { Clock } from '../../model/time.ts';
import { networkFailure } from '../network_failure.ts';
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

/** What a failed request means. */
export function failureOf(error: unknown, told: Told): SourceError {
  const { kind, happened, remedy } = networkFailure(error);
  return kind === 'malformed' ? told.malformed(happened) : told.unreachable(happened, remedy);
}
