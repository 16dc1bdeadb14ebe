import type { Instant } from '../../model/time.ts';
import { throttles } from '../../sources/gcp/errors.ts';
import { retryAfterMs } from '../../sources/retry_after.ts';
import type { Clues } from '../client_failure.ts';

/** What errors of Google's client have, some of it each: of an answer, of a job, of node-fetch. */
interface GoogleError {
  message: string;
  code?: unknown;
  errors?: readonly { message?: string; reason?: string }[];
  response?: { headers?: Record<string, string>; body?: unknown };
}

/** What a failed job has in the place of a status. https://cloud.google.com/bigquery/docs/error-messages */
const STATUS_OF_REASON: Readonly<Record<string, number>> = {
  accessDenied: 403,
  quotaExceeded: 403,
  rateLimitExceeded: 403,
  jobRateLimitExceeded: 403,
  notFound: 404,
  internalError: 500,
  backendError: 503,
};

/** What an error of Google's client tells. */
export function cluesIn(error: unknown, now: Instant): Clues {
  const { message, code, errors = [], response } = error as GoogleError;
  const [first] = errors;
  const status = statusOf(error, code, first?.reason);
  if (status === undefined) return {};
  // Of an answer that is no JSON, the message is the page itself.
  const words = first?.message ?? (typeof response?.body === 'object' ? message : '');
  return {
    status,
    words,
    throttled: status === 429 || throttles(status, words),
    retryAfterMs: retryAfterMs(response?.headers?.['retry-after'], now),
  };
}

function statusOf(error: unknown, code: unknown, reason: string | undefined): number | undefined {
  if (typeof code === 'number') return code;
  if (reason) return STATUS_OF_REASON[reason] ?? 400;
  // The answer was said to be JSON, and is none.
  return error instanceof SyntaxError ? 200 : undefined;
}
