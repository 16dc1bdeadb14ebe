import { SourceError } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test, vi } from 'vitest';
import { bareMachine } from '../../sources/bare.ts';
import { PROJECT } from '../../sources/gcp/cloud.ts';
import { TOKEN, withToken } from '../../sources/gcp/open.ts';
import { granted, withTokenServer } from '../../sources/gcp/token_server.ts';
import { expectNoSecret } from '../../sources/outcome.ts';
import { type Ask, type Handler, json, type Reply, SIGN_IN_PAGE } from '../../sources/service.ts';
import { bigQueryOf, billRow, refusal } from './bigquery.ts';
import { bill, NOW, readBill } from './reading.ts';

const isInsert = ({ call }: Ask) => call.startsWith('POST ');
const isResults = ({ call }: Ask) => call.includes('/queries/');
const threeRows = { '20261123': { modifiedAt: NOW, rows: [billRow(), billRow(), billRow()] } };

/** What `gcloud auth application-default login` writes. */
const LOGGED_IN = {
  type: 'authorized_user',
  client_id: '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com',
  client_secret: 'd-FL95Q19q7MQmFpd7hHD0Ty',
  refresh_token: '1//CANARY4711refreshtoken',
  quota_project_id: 'ada-quota',
};

/** A bill where some of the answers are others. */
function but(is: (ask: Ask) => boolean, reply: Reply, changes = {}): Handler {
  const whole = bigQueryOf(bill(changes));
  return (ask) => (is(ask) ? reply : whole(ask));
}

describe('Google’s bill says what is wrong:', () => {
  test.each<[string, Handler, object]>([
    [
      'the standard export',
      bigQueryOf(bill({ columns: ['cost'] })),
      { kind: 'not-configured', message: expect.stringContaining('no detailed usage cost export') },
    ],
    [
      'a table without partitions',
      bigQueryOf(bill({ partitioned: false })),
      { kind: 'not-configured', message: expect.stringContaining('not partitioned') },
    ],
    [
      'a missing permission',
      () => refusal(403, 'accessDenied', 'Access Denied: Permission bigquery.tables.get denied'),
      { kind: 'denied', remedy: expect.stringContaining('Allow bigquery.tables.get') },
    ],
    [
      'a sign-in that is refused',
      () => refusal(401, 'authError', `Invalid Credentials: ${TOKEN}`),
      { kind: 'denied', remedy: expect.stringContaining('gcloud auth print-access-token') },
    ],
    [
      'a quota',
      () => refusal(403, 'quotaExceeded', 'Quota exceeded: too many concurrent queries.'),
      { kind: 'throttled', message: expect.stringContaining('fewer requests') },
    ],
    [
      'how long to wait',
      () => json({ error: { code: 429, message: 'Slow down' } }, 429, { 'Retry-After': '90' }),
      { kind: 'throttled', retryAfterMs: 90_000 },
    ],
    [
      'a failure on its side, told in HTML',
      () => ({
        status: 503,
        headers: { 'Content-Type': 'text/html', 'Retry-After': '7' },
        body: '<html>Busy</html>',
      }),
      {
        kind: 'unreachable',
        retryAfterMs: 7000,
        message: expect.not.stringContaining('<'),
      },
    ],
    [
      'a table that is not there',
      () => refusal(404, 'notFound', 'Not found: Table'),
      { kind: 'malformed', message: expect.stringContaining('404') },
    ],
    [
      'a query that is refused once it runs',
      but(isResults, refusal(400, 'bytesBilledLimitExceeded', 'Query exceeded limit')),
      { kind: 'malformed', message: expect.stringContaining('Query exceeded limit') },
    ],
    [
      'a query that failed at once',
      but(
        isInsert,
        json({
          jobReference: { jobId: 'x', location: 'US' },
          status: {
            state: 'DONE',
            errors: [{ reason: 'quotaExceeded', message: 'Quota exceeded: scanned bytes' }],
          },
        }),
      ),
      { kind: 'throttled', message: expect.stringContaining('scanned bytes') },
    ],
    // Each of these the client would take for what it is not, and fail of where nobody can catch it.
    ['a page for people for a job', but(isInsert, SIGN_IN_PAGE), { kind: 'malformed' }],
    ['nothing for a job', but(isInsert, { body: '' }), { kind: 'malformed' }],
    [
      'a job without a status',
      but(isInsert, json({ jobReference: { jobId: 'x' } })),
      {
        kind: 'malformed',
        message: expect.stringContaining('status'),
      },
    ],
    ['a page for people for rows', but(isResults, SIGN_IN_PAGE), { kind: 'malformed' }],
    ['no JSON', but(isResults, { body: '{"jobComplete": tr' }), { kind: 'malformed' }],
    [
      'rows without their columns',
      but(isResults, json({ jobComplete: true, rows: [{ f: [{ v: '1' }] }] })),
      { kind: 'malformed', message: expect.stringContaining('schema') },
    ],
    [
      'an amount that is no text',
      but(
        isResults,
        json({
          jobComplete: true,
          schema: { fields: [{ name: 'f0_', type: 'FLOAT' }] },
          rows: [{ f: [{ v: '0.1' }] }],
        }),
      ),
      { kind: 'malformed', message: expect.stringContaining('type') },
    ],
  ])('%s', async (_, handler, told) => {
    const { error, service, batches } = await readBill(handler);
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject(told);
    expectNoSecret({ canary: TOKEN }, error);
    expect(batches).toEqual([]);
    // Nothing is asked again in a loop: when to, the collector decides.
    const calls = service.asked.map(({ call, body }) => JSON.stringify([call, body]));
    expect(new Set(calls).size).toBe(calls.length);
  });

  test('a service that is not there', async () => {
    const { error } = await readBill(bigQueryOf(bill()), {
      section: { endpoint: 'http://127.0.0.1:9' },
    });
    expect(error).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('connection refused'),
    });
  });

  test('a partition that breaks off in the middle is not complete', async () => {
    const cut = ({ query }: Ask) => query.has('pageToken');
    const { batches, error } = await readBill(
      but(cut, 'cut', { partitions: threeRows, pageRows: 2 }),
    );
    expect(error).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('the connection was cut'),
    });
    expect(batches.map(({ complete }) => complete)).toEqual([false]);
  });
});

describe('reading Google’s bill', () => {
  test('ends at once when it is told to, also where nothing is answered', async () => {
    const started = Date.now();
    const { error } = await readBill(but(isInsert, 'hang'), { signal: AbortSignal.timeout(200) });
    expect(error).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('no answer in time'),
    });
    // The client itself would wait for as long as the connection lasts.
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  test('asks for no further page once it is told to end', async () => {
    const controller = new AbortController();
    const whole = bigQueryOf(bill({ partitions: threeRows, pageRows: 1 }));
    const { error, service, batches } = await readBill(
      (ask) => {
        if (ask.query.get('pageToken') === '1') controller.abort();
        return whole(ask);
      },
      { signal: controller.signal },
    );
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(batches).toHaveLength(1);
    expect(service.asked.at(-1)?.query.get('pageToken')).toBe('1');
  });

  test('signs in anew where the token was refused', async () => {
    let token = 'ya29.expired-token';
    const place = withToken();
    const readFile = async (path: string) => (await place.readFile(path)) && token;
    const whole = bigQueryOf(bill());
    const { error, batches, service } = await readBill(
      (ask) => {
        token = TOKEN;
        return whole(ask);
      },
      { times: 2, place: { ...place, readFile } },
    );
    expect(service.asked[0]?.authorization).toBe('Bearer ya29.expired-token');
    expect(error).toBeUndefined();
    expect(batches).toHaveLength(2);
  });

  test('goes where burnrate.yaml says, and not where an emulator is', async () => {
    vi.stubEnv('BIGQUERY_EMULATOR_HOST', 'http://127.0.0.1:9');
    const { error, batches } = await readBill(bigQueryOf(bill()));
    vi.unstubAllEnvs();
    expect(error).toBeUndefined();
    expect(batches).toHaveLength(2);
  });

  test('is done as whoever the source signs in as, at the charge of the same project', async () => {
    await withTokenServer(
      () => granted,
      async (tokenHost, forms) => {
        const place = bareMachine({
          platform: 'linux',
          env: { CLOUDSDK_AUTH_TOKEN_HOST: tokenHost, CLOUDSDK_CORE_PROJECT: PROJECT },
          readFile: async (path) =>
            path.endsWith('application_default_credentials.json')
              ? JSON.stringify(LOGGED_IN)
              : undefined,
        });
        const { error, batches, service } = await readBill(bigQueryOf(bill()), { place });
        expect(error).toBeUndefined();
        expect(batches).toHaveLength(2);
        expect(forms).toHaveLength(1);
        expect(new Set(service.asked.map(({ headers }) => headers['x-goog-user-project']))).toEqual(
          new Set(['ada-quota']),
        );
      },
    );
  });
});
