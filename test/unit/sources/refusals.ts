import type { FailureKind } from '@burnrate/shared/model/account.ts';
import type { Observable } from '@burnrate/shared/sources/source.ts';
import { SourceError } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import type { OpenAccount } from './open_account.ts';
import { expectNoSecret, settles } from './outcome.ts';
import { type Handler, json, type Reply, SIGN_IN_PAGE } from './service.ts';

/** What a provider answers by its documentation where it refuses. */
export interface Refusals {
  unauthorized: Reply;
  forbidden: Reply;
  notFound: Reply;
  tooMany: Reply;
  failing: Reply;
  /** Valid JSON in which one field is of another type, and how that field is called. */
  changed: { reply: Reply; field: RegExp };
}

/** Opens an account whose service answers by a handler, looks at it once, and says what failed. */
export async function failureOf(
  open: (handler: Handler) => Promise<OpenAccount>,
  handler: Handler,
  { patienceMs = 10_000, what = ['nodes', 'jobs'] as Observable[] } = {},
): Promise<SourceError> {
  const { account, connection, key, close } = await open(handler);
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const { error } = await settles(
      connection.observe({ what: new Set(what), wanted: [], signal }),
    );
    if (!(error instanceof SourceError)) throw error ?? new Error('it did not fail');
    expect(error.account).toBe(account.id);
    expect(error.remedy).not.toBe('');
    expectNoSecret({ canary: key }, error);
    return error;
  } finally {
    await close();
  }
}

/** One test for each way in which a provider's API fails. */
export function tellsRefusals(
  name: string,
  open: (handler: Handler) => Promise<OpenAccount>,
  refusals: Refusals,
): void {
  const told = async (
    reply: Reply,
    kind: FailureKind,
    message: RegExp,
    patienceMs?: number,
  ): Promise<SourceError> => {
    const options = patienceMs === undefined ? {} : { patienceMs };
    const error = await failureOf(open, () => reply, options);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(message);
    return error;
  };

  describe(`${name} says what went wrong`, () => {
    test('a key that is refused: denied, and where to make another', async () => {
      const error = await told(refusals.unauthorized, 'denied', /refuses the API key.*401/);
      expect(error.remedy).toMatch(/^Make a key at https:.* where this one comes from: /);
    });

    test('a key that may not: denied', () => told(refusals.forbidden, 'denied', /403/));

    test('not there: something else answers', () => told(refusals.notFound, 'malformed', /404/));

    test('too many requests: throttled, and for how long', async () => {
      const error = await told(refusals.tooMany, 'throttled', /fewer requests.*429/);
      expect(error.retryAfterMs).toBeUndefined();
      const reply = json({}, 429, { 'Retry-After': '7' });
      expect((await told(reply, 'throttled', /429/)).retryAfterMs).toBe(7000);
    });

    test('a failure on its side: unreachable', () =>
      told(refusals.failing, 'unreachable', /failed on its side.*50\d/));

    test('an answer that was redirected is not followed with the key', () =>
      told(
        { status: 302, headers: { Location: 'http://127.0.0.1:9/elsewhere' }, body: '' },
        'malformed',
        /sends elsewhere/,
      ));

    test('a page for people: malformed', () => told(SIGN_IN_PAGE, 'malformed', /page for people/));

    test('no JSON: malformed', () => told({ body: '{"data": [' }, 'malformed', /not JSON/));

    test('JSON of another shape: malformed, and names the field', () =>
      told(refusals.changed.reply, 'malformed', refusals.changed.field));

    test('an answer without an end is given up', async () => {
      const body = `{"padding": "${'x'.repeat(17 * 1024 * 1024)}"}`;
      await told({ body }, 'malformed', /more than 16 MB/);
    });

    test('an answer that is cut off: unreachable', () => told('cut', 'unreachable', /cut|aborted/));

    test('no answer: unreachable at the deadline', () =>
      told('hang', 'unreachable', /no answer in time/, 300));

    test('a key that the service repeats in its error is not shown', async () => {
      const error = await failureOf(open, ({ authorization }) =>
        json({ message: `unknown key ${authorization?.replace('Bearer ', '')}` }, 401),
      );
      expect(error.message).toContain('unknown key ***');
    });
  });
}
