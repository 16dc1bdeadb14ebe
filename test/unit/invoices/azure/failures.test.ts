import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SourceError } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import { TOKEN } from '../../sources/azure/open.ts';
import { expectNoSecret } from '../../sources/outcome.ts';
import { type Handler, json, type Reply, SIGN_IN_PAGE } from '../../sources/service.ts';
import { costsOf } from './costs.ts';
import { bill, readBill } from './reading.ts';

const DAY_OF_COST = [{ day: '2026-11-24', actual: 1, amortized: 1 }];
const NOT_ALLOWED =
  "The client does not have authorization to perform action 'Microsoft.CostManagement/query/action' over scope.";

describe('Azure’s bill says what is wrong:', () => {
  test.each<[string, Reply, object]>([
    [
      'that too much was asked, and for as long as the quota says that is used up the longest',
      json({ error: { code: '429', message: 'Too many requests.' } }, 429, {
        'x-ms-ratelimit-microsoft.costmanagement-entity-retry-after': '12',
        'x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after': '39',
        'x-ms-ratelimit-microsoft.costmanagement-qpu-remaining': 'QueriesPerHour:0',
      }),
      {
        kind: 'throttled',
        retryAfterMs: 39_000,
        message: expect.stringContaining('Too many requests.'),
      },
    ],
    [
      'what Retry-After says',
      json({ error: { code: '429', message: 'Slow down' } }, 429, { 'Retry-After': '5' }),
      { kind: 'throttled', retryAfterMs: 5000 },
    ],
    [
      'which role is missing',
      json({ error: { code: 'RBACAccessDenied', message: NOT_ALLOWED } }, 403),
      {
        kind: 'denied',
        remedy: expect.stringContaining('Have Microsoft.CostManagement/query/action allowed'),
      },
    ],
    [
      'that the sign-in is refused',
      json({ error: { code: 'ExpiredToken', message: `not ${TOKEN}` } }, 401),
      { kind: 'denied', remedy: expect.stringContaining('az login') },
    ],
    [
      'that it failed, told in HTML',
      { status: 502, headers: { 'Content-Type': 'text/html' }, body: '<html>Bad gateway</html>' },
      { kind: 'unreachable', message: expect.not.stringContaining('<') },
    ],
    [
      'that the bill is somewhere else: the token stays here',
      { status: 307, headers: { Location: 'http://127.0.0.1:9/' }, body: '' },
      { kind: 'malformed', message: expect.stringContaining('status 307') },
    ],
    ['a page for people', SIGN_IN_PAGE, { kind: 'malformed' }],
    ['no JSON', { body: '{"properties": {' }, { kind: 'malformed' }],
    [
      'rows that are none',
      json({ properties: { columns: [{ name: 'Cost' }], rows: [[{}]] } }),
      { kind: 'malformed', message: expect.stringContaining('rows.0.0 is not as documented') },
    ],
    [
      'that the connection was cut',
      'cut',
      { kind: 'unreachable', message: expect.stringContaining('the connection was cut') },
    ],
  ])('%s', async (_, reply, told) => {
    const { error, service, batches } = await readBill(() => () => reply);
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject(told);
    expectNoSecret({ canary: TOKEN }, error);
    expect(batches).toEqual([]);
    // Nothing is asked again in a loop: when to, the collector decides.
    expect(service.asked).toHaveLength(1);
  });
});

describe('reading Azure’s bill', () => {
  test('takes no content for days without costs', async () => {
    const { error, batches } = await readBill(() => () => ({ status: 204, body: '' }));
    expect(error).toBeUndefined();
    expect(batches.flatMap(({ lines }) => lines)).toEqual([]);
    expect(batches.map(({ complete }) => complete)).toEqual([true, true, true]);
  });

  test('ends at once when it is told to, and takes back what it has asked', async () => {
    const gone = Promise.withResolvers<void>();
    const server = createServer((_, response) => response.on('close', gone.resolve));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const { error } = await readBill(() => () => 'hang', {
        url: `http://127.0.0.1:${port}`,
        signal: AbortSignal.timeout(200),
      });
      expect(error).toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('no answer in time'),
      });
      await gone.promise;
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test('asks for no further page once it is told to end', async () => {
    const controller = new AbortController();
    const costs = [1, 2, 3].map((meter) => ({
      ...DAY_OF_COST[0],
      day: '2026-11-24',
      of: { Meter: `meter ${meter}` },
    }));
    const paged = costsOf({ token: TOKEN, costs, page: 1 });
    const { error, service } = await readBill(
      (url): Handler =>
        (ask) => {
          if (ask.query.has('$skiptoken')) controller.abort();
          const reply = paged(ask);
          if (typeof reply === 'string') return reply;
          return { ...reply, body: reply.body.replaceAll('https://management.azure.com', url) };
        },
      { signal: controller.signal },
    );
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(service.asked.map(({ query }) => query.get('$skiptoken'))).toEqual([null, '1']);
  });

  test('signs in anew where the token was refused', async () => {
    let token = 'expired.token.of-yesterday';
    const { error, batches, service } = await readBill(
      () => (ask) => {
        token = TOKEN;
        return bill(DAY_OF_COST)()(ask);
      },
      { times: 2, token: () => token },
    );
    expect(service.asked[0]?.authorization).toBe('Bearer expired.token.of-yesterday');
    expect(error).toBeUndefined();
    expect(batches.flatMap(({ lines }) => lines)).toHaveLength(1);
  });

  test('keeps queries apart by two seconds of the clock', async () => {
    const begun: number[] = [];
    const { error } = await readBill(
      () => (ask) => {
        begun.push(performance.now());
        return bill(DAY_OF_COST)()(ask);
      },
      { speed: 4 },
    );
    expect(error).toBeUndefined();
    const [first = 0, second = 0] = begun;
    // Half a second here; the first may have been longer on its way than the second.
    expect(second - first).toBeGreaterThan(250);
  });
});
