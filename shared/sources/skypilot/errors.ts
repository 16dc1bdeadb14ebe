import type { IncomingMessage } from 'node:http';
import type { FailureKind } from '../../model/account.ts';
import { oneLine } from '../../model/text.ts';
import type { Clock } from '../../model/time.ts';
import { networkFailure } from '../network_failure.ts';
import { retryAfterMs } from '../retry_after.ts';
import { SourceError } from '../source.ts';
import type { Endpoint } from './endpoint.ts';

/** Nobody listens at the server's address. */
export class NoServer extends SourceError {}

/** SkyPilot took a request and could not do it; `type` is its exception's name. */
export class RequestFailed extends SourceError {
  readonly type: string;

  constructor(
    type: string,
    kind: FailureKind,
    failure: ConstructorParameters<typeof SourceError>[1],
  ) {
    super(kind, failure);
    this.type = type;
  }
}

/** What SkyPilot's exceptions mean. sky/exceptions.py */
const MEANINGS: readonly [RegExp, FailureKind, string][] = [
  [
    /^(PermissionDenied|WorkspaceAccess|NoCloudAccess|CloudUserIdentity|ClusterOwnerIdentityMismatch)/,
    'denied',
    'Ask the administrator of the API server for that right, or switch to the workspace or cloud identity that the cluster was launched with (sky check).',
  ],
  [
    /^(ConcurrentWorkerExhausted|ExecutionRetryable)/,
    'throttled',
    'Burnrate waits and tries again by itself.',
  ],
  [
    /^(CloudError|ConnectionError|.*NetworkError|.*Timeout)/,
    'unreachable',
    'The API server itself cannot reach what it needs. Burnrate tries again by itself; see its log: sky api logs -l.',
  ],
];

/** Says in the contract's words what went wrong with an API server. */
export class Failures {
  readonly #account: string;
  readonly #clock: Clock;

  constructor(account: string, clock: Clock) {
    this.#account = account;
    this.#clock = clock;
  }

  address(error: unknown): SourceError {
    if (error instanceof SourceError) return error;
    return this.#told(
      'not-configured',
      `the address of the API server is none: ${(error as Error).message}`,
      'Correct SKYPILOT_API_SERVER_ENDPOINT, api_server.endpoint in ~/.sky/config.yaml, or sources.skypilot.endpoint in burnrate.yaml; it begins with http:// or https://.',
    );
  }

  login({ url }: Endpoint): SourceError {
    return this.#told(
      'denied',
      `the API server at ${url} wants to know who you are`,
      `Log in: sky api login -e ${url}. On a machine without a browser set SKYPILOT_SERVICE_ACCOUNT_TOKEN to a token from the server's dashboard.`,
    );
  }

  tooOld(version: string, { url, local }: Endpoint): SourceError {
    return this.#told(
      'malformed',
      `the API server at ${url} is SkyPilot ${version}; Burnrate understands 0.11 and newer`,
      local
        ? 'Update it: pip install -U skypilot && sky api stop && sky api start.'
        : 'Ask its administrator to update it.',
    );
  }

  malformed(what: string, happened: string): SourceError {
    return this.#told(
      'malformed',
      `${what}: ${happened}`,
      'See what answers: sky api info. If it is SkyPilot, please report this message with sky --version.',
    );
  }

  refused(what: string, { type, message }: { type: string; message: string }): RequestFailed {
    const [, kind, remedy] = MEANINGS.find(([pattern]) => pattern.test(type)) ?? [
      undefined,
      'malformed' as const,
      'See what SkyPilot says of it: sky api logs -l.',
    ];
    return new RequestFailed(type, kind, {
      account: this.#account,
      message: `SkyPilot, ${what}: ${oneLine(message, 300)} (${type})`,
      remedy,
    });
  }

  unanswered(
    what: string,
    error: unknown,
    { url, local }: Endpoint,
    signal: AbortSignal,
  ): SourceError {
    const start = local
      ? 'See whether the API server runs: sky api info; start it with: sky api start.'
      : 'Burnrate tries again by itself. Check the network, the VPN and the address: sky api info.';
    if (signal.aborted)
      return this.#told('unreachable', `${what} at ${url}: no answer in time`, start);
    const { kind, happened, remedy } = networkFailure(error);
    const Kind = happened === 'connection refused' ? NoServer : SourceError;
    return new Kind(kind, {
      account: this.#account,
      message: `SkyPilot, ${what} at ${url}: ${happened}`,
      remedy: remedy ?? start,
    });
  }

  /** An answer whose status is not one of success. */
  status(
    what: string,
    { message, bytes, secrets }: { message: IncomingMessage; bytes: Buffer; secrets: string[] },
    endpoint: Endpoint,
  ): SourceError {
    const { statusCode: status = 0, headers } = message;
    const words = ownWords(bytes, secrets);
    const said = `${what} at ${endpoint.url}: status ${status}${words ? `, ${words}` : ''}`;
    const wait = retryAfterMs(headers['retry-after'], this.#clock.now());
    if (status === 401 || (status >= 300 && status < 400)) return this.login(endpoint);
    if (status === 403)
      return this.#told(
        'denied',
        said,
        'Your user may not do this there: ask the administrator of the API server.',
      );
    if (status === 400 && words.includes('version'))
      return this.#told(
        'malformed',
        said,
        'The API server is newer than this Burnrate understands: update Burnrate.',
      );
    if (status === 429 || status === 503)
      return this.#told('throttled', said, 'Burnrate waits and tries again by itself.', wait);
    if (status >= 500)
      return this.#told(
        'unreachable',
        said,
        'The API server failed. Burnrate tries again by itself; see its log: sky api logs -l.',
        wait,
      );
    return this.#told(
      'malformed',
      said,
      `Something other than SkyPilot's API server may answer at ${endpoint.url}: sky api info.`,
    );
  }

  #told(kind: FailureKind, message: string, remedy: string, wait?: number): SourceError {
    return new SourceError(kind, {
      account: this.#account,
      message: `SkyPilot, ${message}`,
      remedy,
      ...(wait !== undefined && { retryAfterMs: wait }),
    });
  }
}

/** What the server says of an error, wherever its JSON has it, without what was sent to it. */
function ownWords(bytes: Buffer, secrets: readonly string[]): string {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8', 0, 4096));
  } catch {
    return '';
  }
  if (typeof value === 'object' && value !== null) {
    const { message, detail, error } = value as Record<string, unknown>;
    value = message ?? detail ?? error;
  }
  if (typeof value !== 'string') return '';
  return oneLine(
    secrets.reduce((text, secret) => text.replaceAll(secret, '***'), value),
    200,
  );
}
