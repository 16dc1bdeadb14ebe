import type { FailureKind } from '@burnrate/shared/model/account.ts';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../refusals.ts';
import { type Handler, json, type Reply, SIGN_IN_PAGE } from '../service.ts';
import { KEY, openSkypilot } from './open.ts';
import { apiServer, cluster, world } from './server.ts';

/** The server at its best, but for one call. */
const but =
  (call: string, reply: Reply): Handler =>
  (ask) =>
    ask.call === call ? reply : apiServer(world({ clusters: [cluster()] }))(ask);

async function told(
  handler: Handler,
  kind: FailureKind,
  message: RegExp,
  remedy: RegExp,
  patienceMs = 10_000,
) {
  const error = await failureOf((server) => openSkypilot(server), handler, { patienceMs });
  expect({ kind: error.kind, message: error.message }).toMatchObject({ kind });
  expect(error.message).toMatch(message);
  expect(error.remedy).toMatch(remedy);
  return error;
}

describe("SkyPilot's API server says what went wrong", () => {
  test('a login that is missing: denied, and how to log in', () =>
    told(
      apiServer(world({ token: 'another' })),
      'denied',
      /wants to know who you are/,
      /sky api login -e http.*SKYPILOT_SERVICE_ACCOUNT_TOKEN/,
    ));

  test('a login that has ended since: denied', () =>
    told(
      but('POST /status', json({ detail: 'Authentication required' }, 401)),
      'denied',
      /wants to know/,
      /sky api login/,
    ));

  test('a login page to which it sends: denied, and the token is not taken there', () =>
    told(
      () => ({ status: 302, headers: { Location: 'http://127.0.0.1:9/oauth2' }, body: '' }),
      'denied',
      /wants to know/,
      /sky api login/,
    ));

  test('a role that may not: denied', () =>
    told(
      but('POST /status', json({ detail: 'Forbidden' }, 403)),
      'denied',
      /403, Forbidden/,
      /administrator/,
    ));

  test('a server that is too old: which it is, and how to update it', () =>
    told(
      apiServer(world({ apiVersion: 11, version: '0.9.3' })),
      'malformed',
      /is SkyPilot 0\.9\.3; Burnrate understands 0\.11/,
      /pip install -U skypilot && sky api stop && sky api start/,
    ));

  test('a server that finds Burnrate too old: update Burnrate', () =>
    told(
      () =>
        json(
          {
            error: 'version_mismatch',
            message: '\u001b[33mYour SkyPilot client version is too old:0.14.1\u001b[0m',
          },
          400,
        ),
      'malformed',
      /client version is too old/,
      /update Burnrate/,
    ));

  test('too busy: throttled, and for how long', async () => {
    const busy = but(
      'POST /status',
      json({ detail: 'Server is shutting down' }, 503, { 'Retry-After': '7' }),
    );
    expect(
      (await told(busy, 'throttled', /503, Server is shutting down/, /again by itself/))
        .retryAfterMs,
    ).toBe(7000);
  });

  test('a request that failed: the reason in its own words, and which kind it is', async () => {
    const failing = (type: string, message: string) =>
      apiServer(world({ failing: { '/status': { type, message } } }));
    await told(
      failing('PermissionDeniedError', 'not a member'),
      'denied',
      /not a member/,
      /workspace/,
    );
    await told(
      failing('CloudError', 'no catalogue'),
      'unreachable',
      /no catalogue/,
      /sky api logs/,
    );
    await told(failing('ValueError', 'odd'), 'malformed', /odd \(ValueError\)/, /sky api logs/);
  });

  test('a failure on its side: unreachable', () =>
    told(
      but('POST /status', { status: 502, body: 'Bad gateway' }),
      'unreachable',
      /502/,
      /sky api logs/,
    ));

  test('not there: something else answers', () =>
    told(() => json({ detail: 'Not Found' }, 404), 'malformed', /404/, /other than SkyPilot/));

  test('a page for people, or no JSON: malformed', async () => {
    await told(() => SIGN_IN_PAGE, 'malformed', /page for people/, /sky api info/);
    await told(() => ({ body: '{"status": ' }), 'malformed', /not JSON/, /sky api info/);
  });

  test('JSON of another shape: malformed, and names the field', () =>
    told(
      apiServer(world({ clusters: [{ ...cluster(), nodes: 'two' as unknown as number }] })),
      'malformed',
      /0\.nodes is not as SkyPilot sends it/,
      /report/,
    ));

  test('an answer that names no request: malformed', () =>
    told(but('POST /status', json(null)), 'malformed', /names no request/, /sky api info/));

  test('an answer that is cut off, or never comes: unreachable', async () => {
    await told(() => 'cut', 'unreachable', /cut|aborted/, /sky api/);
    await told(but('GET /api/get', 'hang'), 'unreachable', /no answer in time/, /sky api/, 500);
  });

  test('a token that it repeats in its error is not shown', async () => {
    const repeating: Handler = ({ authorization }) => json({ detail: `bad ${authorization}` }, 403);
    const error = await told(repeating, 'denied', /bad Bearer \*\*\*/, /./);
    expect(error.message).not.toContain(KEY);
  });
});
