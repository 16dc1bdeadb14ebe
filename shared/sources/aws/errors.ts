import type { FailureKind } from '../../model/account.ts';
import { retryAfterMs } from '../retry_after.ts';
import { SourceError } from '../source.ts';
import { type Options, profileFlag } from './account.ts';

/** What was being done when it failed: it makes the remedy exact. */
export interface Attempt {
  account: string;
  options: Options;
  /** The IAM action, `ec2:DescribeInstances`. */
  action: string;
  region?: string;
}

/** The credentials themselves are at fault: they are to be read anew before the next call. */
const BAD_CREDENTIALS = new Set([
  'AuthFailure',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
const CLOCK_SKEW = new Set(['RequestExpired', 'RequestTimeTooSkewed', 'RequestInTheFuture']);
const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'OptInRequired',
  'UnauthorizedOperation',
  'UnauthorizedException',
]);
const PROTECTED = new Set([
  'OperationNotPermitted',
  'UnsupportedOperation',
  'UnsupportedHibernationConfiguration',
]);
const THROTTLED = new Set([
  'EC2ThrottledException',
  'LimitExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'ProviderError', 'TokenProviderError']);
const NETWORK =
  /^(E(CONNREFUSED|CONNRESET|NOTFOUND|AI_AGAIN|TIMEDOUT|PIPE|HOSTUNREACH|NETUNREACH)|CERT_|ERR_TLS|ERR_SSL|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/;

/** The parts of an SDK error that tell; each may be missing on errors from elsewhere. */
interface Clues {
  name: string;
  message: string;
  code: string;
  status: number | undefined;
  retryAfterMs: number | undefined;
}

/**
 * Says in the contract's words what an SDK error means. The SDK's error is not kept as the cause:
 * it carries the request with its session token.
 *
 * Error codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
export function toSourceError(error: unknown, attempt: Attempt): SourceError {
  if (error instanceof SourceError) return error;
  const clues = cluesIn(error);
  const { kind, happened, remedy } = judge(clues, attempt);
  return new SourceError(kind, {
    account: attempt.account,
    message: `${attempt.action}${attempt.region ? ` in ${attempt.region}` : ''}: ${happened}`,
    remedy,
    ...(clues.retryAfterMs !== undefined && { retryAfterMs: clues.retryAfterMs }),
  });
}

/** An answer that is not what this call answers with: a proxy's page, a service cut short. */
export function malformed(attempt: Attempt, what: string): SourceError {
  return new SourceError('malformed', {
    account: attempt.account,
    message: `${attempt.action}${attempt.region ? ` in ${attempt.region}` : ''}: ${what}`,
    remedy: NOT_AWS,
  });
}

/** Whether the credentials were refused, so that others may work by now. */
export function refusesCredentials(error: unknown): boolean {
  const { name, code } = cluesIn(error);
  return BAD_CREDENTIALS.has(name) || BAD_CREDENTIALS.has(code);
}

/** The name under which AWS reports an error, `DryRunOperation`. */
export function errorName(error: unknown): string {
  return cluesIn(error).name;
}

const NOT_AWS =
  'Something other than AWS may have answered: check AWS_ENDPOINT_URL, the proxy, and whether this network asks you to sign in.';

function judge(
  clues: Clues,
  attempt: Attempt,
): { kind: FailureKind; happened: string; remedy: string } {
  const { name, code, message, status } = clues;
  const { options } = attempt;
  const said = `${name}: ${shorten(message)}`;
  if (name === 'AbortError' || name === 'TimeoutError')
    return {
      kind: 'unreachable',
      happened: 'no answer before the deadline',
      remedy: REACH,
    };
  if (NO_CREDENTIALS.has(name))
    return /expired|sso|re-?authenticate/i.test(message)
      ? { kind: 'denied', happened: shorten(message), remedy: renew(options) }
      : { kind: 'not-configured', happened: shorten(message), remedy: configure(options) };
  if (THROTTLED.has(name) || status === 429)
    return {
      kind: 'throttled',
      happened: `AWS asks for fewer requests (${name})`,
      remedy:
        'Burnrate waits and tries again by itself. If it persists, name the regions you use under sources.aws.regions in burnrate.yaml.',
    };
  if (BAD_CREDENTIALS.has(name)) return { kind: 'denied', happened: said, remedy: renew(options) };
  if (CLOCK_SKEW.has(name))
    return { kind: 'denied', happened: said, remedy: 'Set the clock of this machine right.' };
  if (PROTECTED.has(name))
    return {
      kind: 'denied',
      happened: said,
      remedy:
        'If the instance is protected, lift that first: aws ec2 modify-instance-attribute --no-disable-api-termination --instance-id ID (or --no-disable-api-stop).',
    };
  if (/not enabled for cost explorer/i.test(message) || name === 'DataUnavailableException')
    return {
      kind: 'not-configured',
      happened: said,
      remedy:
        'Switch Cost Explorer on in the console of the organisation’s management account (Billing and Cost Management); its first figures take a day.',
    };
  if (DENIED.has(name)) return { kind: 'denied', happened: said, remedy: allow(message, attempt) };
  if (NETWORK.test(code) || NETWORK.test(name))
    return { kind: 'unreachable', happened: shorten(message), remedy: REACH };
  if (status !== undefined && status >= 500)
    return {
      kind: 'unreachable',
      happened: `AWS answered ${status} (${shorten(message)})`,
      remedy: 'Burnrate tries again by itself. See https://health.aws.amazon.com if it persists.',
    };
  return {
    kind: 'malformed',
    happened: `${said}${status ? ` (status ${status})` : ''}`,
    remedy: NOT_AWS,
  };
}

function allow(message: string, attempt: Attempt): string {
  const action = /perform: ?([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1] ?? attempt.action;
  const policy = (kind: string) =>
    `Allow ${action} to this identity: burnrate doctor --policy aws/${kind} prints all that is used.`;
  if (action.startsWith('ce:'))
    return `${policy('invoices')} Or leave Cost Explorer alone: invoices.aws-cost-explorer.enabled: false in burnrate.yaml.`;
  if (action.startsWith('s3:')) return policy('invoices');
  if (action.startsWith('cloudwatch:'))
    return `${policy('read')} Or let dcgm-exporter tell how busy GPUs are, and leave CloudWatch alone: sources.aws.cloudwatch: false in burnrate.yaml.`;
  const kind = /:(Stop|Terminate|Cancel)/.test(action) ? 'stop' : 'read';
  return `${policy(kind)} Where an organisation bars a region, leave it out under sources.aws.regions.`;
}

const REACH = 'Check the network, the VPN and AWS_ENDPOINT_URL; Burnrate tries again by itself.';

function renew(options: Options): string {
  if (options.origin === 'environment')
    return 'The keys in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN are no longer good: set fresh ones and restart Burnrate.';
  if (options.origin === 'role') return 'Check the role that this machine or container has.';
  const flag = ` --profile ${options.profile ?? 'default'}`;
  return options.sso
    ? `Sign in again: aws sso login${flag}`
    : `Renew the credentials: aws configure${flag} (for single sign-on: aws sso login${flag})`;
}

function configure(options: Options): string {
  if (options.origin !== 'profile') return renew(options);
  return `Set the profile up: aws configure${profileFlag(options)}, or aws configure sso${profileFlag(options)}`;
}

function cluesIn(error: unknown): Clues {
  if (!(error instanceof Error))
    return {
      name: 'Error',
      message: String(error),
      code: '',
      status: undefined,
      retryAfterMs: undefined,
    };
  const extra = error as Error & {
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
    $response?: { headers?: Record<string, string> };
  };
  return {
    name: error.name,
    message: error.message || (typeof extra.code === 'string' ? extra.code : error.name),
    code: typeof extra.code === 'string' ? extra.code : '',
    status: extra.$metadata?.httpStatusCode,
    retryAfterMs: retryAfterMs(extra.$response?.headers?.['retry-after'], Date.now()),
  };
}

/** One line, without the encoded message that only administrators can decode. */
function shorten(message: string): string {
  const line = message
    .replace(/Encoded authorization failure message:.*/s, '')
    .split('\n')
    .map((part) => part.trim())
    .find((part) => part !== '');
  if (!line) return 'no reason given';
  return line.length > 300 ? `${line.slice(0, 297)}...` : line;
}
