import type { Observable } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../refusals.ts';
import { type Handler, json, type Reply, SIGN_IN_PAGE } from '../service.ts';
import { azureOf, failing, forbidden, missing, tooMany, unauthorized } from './cloud.ts';
import { openAzure, TOKEN } from './open.ts';
import { vm, workspace } from './resources.ts';

const three = azureOf(TOKEN, {
  resources: ['a', 'b', 'c'].map((name) => vm(name, 'Standard_D2s_v5')),
  page: 2,
});
const failed = (reply: Reply, patienceMs = 10_000) =>
  failureOf(openAzure, () => reply, { patienceMs });

describe('azure says what went wrong', () => {
  test('a token that is refused: denied, and how to sign in', async () => {
    const error = await failed(unauthorized);
    expect(error).toMatchObject({
      kind: 'denied',
      message: expect.stringMatching(/refuses the sign-in.*401/),
    });
    expect(error.remedy).toMatch(/^Sign in again: az login --tenant /);
  });

  test('what may not be read: denied, and the role that allows it', async () => {
    const error = await failed(forbidden);
    expect(error.kind).toBe('denied');
    expect(error.message).toMatch(/sign-in may not do this.*403.*does not have authorization/);
    expect(error.remedy).toContain('Microsoft.Compute/virtualMachines/read');
    expect(error.remedy).toContain('burnrate doctor --policy azure/read');
  });

  test('not there: something else answers', async () => {
    expect(await failed(missing)).toMatchObject({
      kind: 'malformed',
      message: expect.stringContaining('404'),
    });
  });

  test.each([
    ['Retry-After', { 'Retry-After': '17' }, 17_000],
    ['the quota of Resource Graph', { 'x-ms-user-quota-resets-after': '00:01:05' }, 65_000],
    [
      'the quota of Cost Management',
      { 'x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after': '9' },
      9_000,
    ],
    ['nothing', {}, undefined],
  ])('too many requests: throttled, for as long as %s says', async (_, headers, wait) => {
    const reply = json({ error: { code: 'RateLimiting' } }, 429, {
      'x-ms-ratelimit-remaining-subscription-reads': '0',
      ...headers,
    });
    expect(await failed(reply)).toMatchObject({ kind: 'throttled', retryAfterMs: wait });
    expect((await failed(tooMany)).message).toContain('being throttled');
  });

  test('a failure on its side: unreachable', async () => {
    expect(await failed(failing)).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('503'),
    });
  });

  test.each<[string, Reply, RegExp]>([
    ['a page for people', SIGN_IN_PAGE, /page for people/],
    ['no JSON', { body: '{"data": [' }, /not JSON/],
    ['another shape', json({ data: [{ ...vm('a', 'x'), name: 7 }] }), /not as documented/],
  ])('%s: malformed', async (_, reply, message) => {
    expect(await failed(reply)).toMatchObject({
      kind: 'malformed',
      message: expect.stringMatching(message),
    });
  });

  test('an answer that is cut off, or never comes: unreachable', async () => {
    expect((await failed('cut')).kind).toBe('unreachable');
    expect((await failed('hang', 300)).kind).toBe('unreachable');
  });

  test('a token that Azure repeats in its error is not shown', async () => {
    const error = await failed(json({ error: { code: 'X', message: `bad ${TOKEN}` } }, 401));
    expect(error.message).toContain('bad ***');
  });
});

describe('azure’s pages', () => {
  const second: (reply: Reply) => Handler = (reply) => (ask) =>
    (ask.body as { options?: { $skipToken?: string } })?.options?.$skipToken ? reply : three(ask);

  test('are all read', async () => {
    const { connection, close } = await openAzure(three);
    try {
      const signal = AbortSignal.timeout(20_000);
      const { nodes } = await connection.observe({ what: new Set(['nodes']), wanted: [], signal });
      expect(nodes?.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    } finally {
      await close();
    }
  });

  test.each<[string, Reply, string]>([
    ['cut off', 'cut', 'unreachable'],
    ['refused', tooMany, 'throttled'],
  ])(
    'of which one is %s in the middle are no list: what is missing has not ended',
    async (_, reply, kind) => {
      expect((await failureOf(openAzure, second(reply))).kind).toBe(kind);
    },
  );

  test('that lead elsewhere do not get the token', async () => {
    const whole = azureOf(TOKEN, { resources: [workspace()] });
    const { connection, service, close } = await openAzure((ask) =>
      ask.call.endsWith('/computes')
        ? json({ value: [], nextLink: 'https://example.com/computes?$skip=1' })
        : whole(ask),
    );
    try {
      const signal = AbortSignal.timeout(20_000);
      const what = new Set<Observable>(['nodes']);
      const { partial } = await connection.observe({ what, wanted: [], signal });
      expect(partial?.[0]?.message).toContain('its next page is somewhere else');
      expect(service.asked.every(({ call }) => !call.includes('example'))).toBe(true);
    } finally {
      await close();
    }
  });
});
