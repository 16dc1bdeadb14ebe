import { ZodError } from 'zod';
import { oneLine } from '../model/text.ts';
import { networkFailure } from '../sources/network_failure.ts';
import { CHECK_NETWORK, refusalOf, type Told, TRIES_AGAIN } from '../sources/refusal.ts';
import { SourceError } from '../sources/source.ts';

/** What was asked of a provider by its official client, and what to do where that is refused. */
export interface Asked {
  account: string;
  /** What people call the service: `BigQuery`. */
  service: string;
  /** What was asked for: `the query`. */
  what: string;
  /** By which it was asked; nothing may show it, should the service quote it. */
  token: string;
  /** Whom to ask for what (status 403), or how to sign in again (401). */
  remedy(status: number, words: string): string;
}

/** What a client's error tells. The error itself is not kept: it holds the request, with its token. */
export interface Clues {
  /** The answer's; absent where there was no whole answer. */
  status?: number | undefined;
  /** The service's own. */
  words?: string | undefined;
  /** Whether it asks for fewer requests; by default where the status is 429. */
  throttled?: boolean | undefined;
  retryAfterMs?: number | undefined;
}

/** As node-fetch and Azure's client call an answer that breaks off in the middle. */
const CUT = /^(ERR_STREAM_PREMATURE_CLOSE|PARSE_ERROR)$/;

/**
 * Says in the contract's words what an official client's error means; a ZodError, that its answer
 * is not the documented one.
 */
export function clientFailure(error: unknown, clues: Clues, asked: Asked): SourceError {
  if (error instanceof SourceError) return error;
  const { kind, happened, remedy } =
    error instanceof ZodError
      ? undocumented(error, asked)
      : clues.status === undefined
        ? unanswered(error)
        : refused(clues.status, clues, asked);
  const { account, service, what } = asked;
  return new SourceError(kind, {
    account,
    message: `${service}, ${what}: ${happened}`,
    remedy,
    ...(clues.retryAfterMs !== undefined && { retryAfterMs: clues.retryAfterMs }),
  });
}

/** That nobody waits for the answer any more. */
export function tooLate({ account, service, what }: Asked): SourceError {
  return new SourceError('unreachable', {
    account,
    message: `${service}, ${what}: no answer in time`,
    remedy: `${CHECK_NETWORK}.`,
  });
}

function undocumented({ issues: [first] }: ZodError, { service }: Asked): Told {
  const field = first?.path.map(String).join('.') || 'the answer';
  return {
    kind: 'malformed',
    happened: `${field} is not as documented`,
    remedy: `${TRIES_AGAIN} Something other than ${service} may answer: check the proxy, and whether this network asks you to sign in. If this stays, update Burnrate, or report this message.`,
  };
}

function unanswered(error: unknown): Told {
  const { code } = error as { code?: unknown };
  const failure = { remedy: `${CHECK_NETWORK}.`, ...networkFailure(error) };
  return CUT.test(String(code)) ? { ...failure, happened: 'the connection was cut' } : failure;
}

function refused(
  status: number,
  { words: own = '', throttled = status === 429 }: Clues,
  { service, token, remedy }: Asked,
): Told {
  const words = oneLine(token === '' ? own : own.replaceAll(token, '***'), 200);
  return refusalOf({
    service,
    status,
    words,
    throttled,
    shown: 'sign-in',
    remedies: {
      denied: remedy(status, words),
      throttled:
        'Burnrate waits and tries again by itself. If it persists, see what else queries this account.',
      malformed: `${TRIES_AGAIN} Check what burnrate.yaml says of this bill under invoices, the network and the proxy: something other than ${service} may answer.`,
    },
  });
}
