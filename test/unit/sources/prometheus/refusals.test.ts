import { describe, expect, test } from 'vitest';
import { failureOf, look } from './open.ts';
import { failed, gpu, matrix } from './server.ts';

const RETRY = { 'Retry-After': '7' };
const page = { 'Content-Type': 'text/html' };

// Kinds of errors and their statuses: https://prometheus.io/docs/prometheus/latest/querying/api/
// and https://github.com/prometheus/prometheus/blob/main/web/api/v1/api.go
describe('what went wrong is told by its kind, in words', () => {
  test.each([
    ['503, timeout', failed(503, 'timeout', 'query timed out'), 'unreachable', /query timed out/],
    ['503, canceled', failed(503, 'canceled', 'canceled'), 'unreachable', /gave the query up/],
    ['400, bad_data', failed(400, 'bad_data', 'parse error at 1:2'), 'malformed', /error at 1:2/],
    ['422, execution', failed(422, 'execution', 'too many samples'), 'malformed', /too many samp/],
    ['422 as a kind', failed(422, '422', 'no regexp'), 'malformed', /the query.*no regexp/],
    ['200, but an error', failed(200, 'execution', 'odd'), 'malformed', /odd/],
    ['500, internal', failed(500, 'internal', 'disk'), 'unreachable', /on its side.*500: disk/],
    ['502 of a proxy', { status: 502, headers: page, body: '<html>x' }, 'unreachable', /502\)/],
    ['503 of a proxy', { status: 503, headers: RETRY, body: 'busy' }, 'throttled', /503: busy/],
    ['429', { status: 429, headers: RETRY, body: '' }, 'throttled', /fewer requests/],
    ['401', { status: 401, body: 'no org id' }, 'denied', /refuses \(status 401: no org id\)/],
    ['403', failed(403, 'forbidden', 'not yours'), 'denied', /403: not yours/],
    ['404', { status: 404, body: '404 page not found' }, 'malformed', /404: 404 page not found/],
    ['422 without a kind', { status: 422, body: '' }, 'malformed', /status 422/],
    ['302', { status: 302, headers: { Location: '/login' }, body: '' }, 'malformed', /elsewhere/],
    ['a sign-in page', { headers: page, body: '<!doctype html>' }, 'malformed', /for people/],
    ['no JSON', { body: '{"status":"succ' }, 'malformed', /not JSON/],
    ['nothing', { body: '' }, 'malformed', /not JSON/],
    ['an instant vector', { body: vector() }, 'malformed', /data\.resultType/],
    ['a value as a number', matrix([[{}, [1, 2 as never]]]), 'malformed', /values\.0\.1/],
    ['an answer cut off', 'cut' as const, 'unreachable', /cut|aborted/],
  ])('%s', async (_, reply, kind, message) => {
    const error = await failureOf(reply);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+: /);
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(/\.$/);
  });

  test.each([429, 503])('%s says for how long to wait', async (status) => {
    const error = await failureOf({ status, headers: RETRY, body: '' });
    expect(error.retryAfterMs).toBe(7000);
    expect((await failureOf({ status, body: '' })).retryAfterMs).toBeUndefined();
  });

  test('no answer at the deadline', async () => {
    const error = await failureOf('hang', { patienceMs: 300 });
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(error.message).toContain('no answer in time');
  });

  test('an answer without an end is given up', async () => {
    const error = await failureOf({ body: `{"padding":"${'x'.repeat(65 * 1024 * 1024)}"}` });
    expect(error).toMatchObject({ kind: 'malformed' });
    expect(error.message).toContain('more than 64 MB');
  });

  test('the query that a server repeats does not hide what is wrong with it', async () => {
    const { error } = await look(({ form }) =>
      failed(422, '422', `error when executing query="${form.get('query')}": no regexp`),
    );
    expect(error?.message).toContain(
      'query="{__name__=~"…",device!~"lo|veth.*|cali.*|lxc.*"}[120s]": no regexp',
    );
  });

  test('what the server repeats of a secret is not told', async () => {
    const options = { env: { TOKEN: 'Bearer canary-4711' } };
    const settings = { authorizationVariable: 'TOKEN' };
    const reply = failed(401, 'unauthorized', 'unknown token canary-4711');
    const error = await failureOf(reply, { ...options, settings });
    expect(error.message).toContain('unknown token ***');
  });
});

test.each([
  ['warnings', 'unreachable'],
  ['infos', 'malformed'],
])('%s are told beside what was read', async (field, kind) => {
  const said = ['No StoreAPIs matched for this query', 'fetch series: \u001b[31mrefused'];
  const { seen } = await look(matrix(gpu({ DCGM_FI_DEV_GPU_UTIL: 1 }), { [field]: said }));
  expect(seen?.samples).toHaveLength(1);
  expect(seen?.partial).toHaveLength(1);
  expect(seen?.partial?.[0]?.kind).toBe(kind);
  expect(seen?.partial?.[0]?.message).toContain(
    'No StoreAPIs matched for this query; fetch series: refused',
  );
});

function vector(): string {
  const result = [{ metric: { __name__: 'up' }, value: [1, '1'] }];
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}
