import { type Clock, systemClock } from '@burnrate/shared/model/time.ts';
import { NotFound, RestClient, type RestOptions } from '@burnrate/shared/sources/rest.ts';
import { SourceError } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Handler, json, type Service, startService } from './service.ts';

const signal = AbortSignal.timeout(60_000);

async function withClient(
  handler: Handler,
  task: (client: RestClient, service: Service) => Promise<void>,
  options: Partial<RestOptions> = {},
): Promise<void> {
  const service = await startService(handler);
  const client = new RestClient({
    account: 'some:account',
    service: 'Some Cloud',
    baseUrl: `${service.url}/`,
    clock: systemClock,
    key: () => Promise.resolve('k-4711'),
    remedy: 'Make a key.',
    ...options,
  });
  try {
    await task(client, service);
  } finally {
    client.close();
    await service.close();
  }
}

describe('a client of a service with an API key', () => {
  test('leaves the time between requests that the service asks for, in the clock’s own', async () => {
    const clock: Clock = { ...systemClock, speed: 10 };
    const begun: number[] = [];
    const key = () => {
      begun.push(performance.now());
      return Promise.resolve('k-4711');
    };
    await withClient(
      () => json({}),
      async (client) => {
        const ask = () => client.ask({ path: '/a', schema: z.unknown(), signal });
        await Promise.all([ask(), ask(), ask()]);
        const [first = 0, second = 0, third = 0] = begun;
        // Timers are never early, but for the millisecond that they round down.
        expect(second - first).toBeGreaterThan(95);
        expect(third - first).toBeGreaterThan(190);
      },
      { clock, key, spacingMs: 1000 },
    );
  });

  test('is not held up by a request that was given up while it waited its turn', () =>
    withClient(
      () => json({}),
      async (client, service) => {
        const ask = (one: AbortSignal) =>
          client.ask({ path: '/a', schema: z.unknown(), signal: one });
        const first = ask(signal);
        const given = ask(AbortSignal.abort());
        await expect(given).rejects.toThrow(/no answer in time/);
        await Promise.all([first, ask(signal)]);
        expect(service.asked).toHaveLength(2);
      },
      { spacingMs: 20 },
    ));

  test('sends the key that there is at the time of each request', () => {
    const keys = ['first', 'second'];
    return withClient(
      () => json({}),
      async (client, service) => {
        for (let times = 0; times < 2; times += 1)
          await client.ask({ path: '/a', schema: z.unknown(), signal });
        expect(service.asked.map(({ authorization }) => authorization)).toEqual([
          'Bearer first',
          'Bearer second',
        ]);
      },
      { key: () => Promise.resolve(keys.shift() ?? '') },
    );
  });

  test('takes an answer without a body for undefined', () =>
    withClient(
      () => ({ status: 204, body: '' }),
      async (client) => {
        const call = { method: 'DELETE', path: '/a', schema: z.undefined(), signal } as const;
        expect(await client.ask(call)).toBeUndefined();
      },
    ));

  test('tells what is not there from every other refusal', () =>
    withClient(
      ({ call }) => json({ error: { message: 'no' } }, call.endsWith('gone') ? 404 : 400),
      async (client) => {
        const ask = (path: string) => client.ask({ path, schema: z.unknown(), signal });
        await expect(ask('/gone')).rejects.toBeInstanceOf(NotFound);
        const other = ask('/bad');
        await expect(other).rejects.toBeInstanceOf(SourceError);
        await expect(other).rejects.not.toBeInstanceOf(NotFound);
        await expect(other).rejects.toThrow('Some Cloud, GET /bad: it refuses (status 400: no)');
      },
    ));

  test('does not quote an answer that is no JSON: it may hold secrets', () =>
    withClient(
      () => ({ body: '{"jupyter_token": "c4nary", ' }),
      async (client) => {
        const error = await client
          .ask({ path: '/a', schema: z.unknown(), signal })
          .catch((failure: Error) => failure);
        expect(String(error)).toContain('not JSON');
        expect(JSON.stringify(error) + String(error)).not.toContain('c4nary');
      },
    ));

  const KEY = 'c4nary-0123456789-abcdef';
  test.each([
    ['in JSON', json({ error: { message: `${'so '.repeat(60)}not with ${KEY}` } }, 400)],
    ['in plain text', { status: 400, body: `${'so '.repeat(20)}not with ${KEY}` }],
  ])('shows no part of its key where a long refusal repeats it %s', (_, refusal) =>
    withClient(
      () => refusal,
      async (client) => {
        const error = await client
          .ask({ path: '/a', schema: z.unknown(), signal })
          .catch((failure: Error) => failure);
        expect(String(error)).toContain('not with ***');
        expect(JSON.stringify(error) + String(error)).not.toContain('c4nary');
      },
      { key: () => Promise.resolve(KEY) },
    ),
  );
});
