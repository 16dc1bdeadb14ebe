import { loadConfig } from '@burnrate/shared/config/load.ts';
import { readAddress } from '@burnrate/shared/notifications/address.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test.each([
  [
    'https://hooks.slack.com/services/T0/B0/Xy',
    'slack',
    'https://hooks.slack.com/services/T0/B0/Xy',
  ],
  ['slack://T0Ab/B0Cd/XyZ', 'slack', 'https://hooks.slack.com/services/T0Ab/B0Cd/XyZ'],
  ['slack://hook:T0Ab-B0Cd-XyZ@webhook', 'slack', 'https://hooks.slack.com/services/T0Ab/B0Cd/XyZ'],
  ['discord://ToKen-_1@123', 'discord', 'https://discord.com/api/webhooks/123/ToKen-_1'],
  ['https://discord.com/api/webhooks/1/t', 'discord', 'https://discord.com/api/webhooks/1/t'],
  ['generic+https://h.example:8/p/q?x=1', 'webhook', 'https://h.example:8/p/q?x=1'],
  ['generic+http://h.example/p', 'webhook', 'http://h.example/p'],
  ['generic://h.example/p?disabletls=yes', 'webhook', 'http://h.example/p'],
  ['https://h.example/p', 'webhook', 'https://h.example/p'],
])('%s', (text, kind, url) => {
  expect(readAddress(text, undefined)).toEqual({ kind, url, headers: {} });
});

test('ntfy is sent JSON at its root, with the topic in it, and signs in', () => {
  const topic = { kind: 'ntfy', url: 'https://ntfy.sh/', topic: 'my-gpus', headers: {} };
  expect(readAddress('ntfy://ntfy.sh/my-gpus', undefined)).toEqual(topic);
  expect(readAddress('https://ntfy.sh/my-gpus', 'ntfy')).toEqual(topic);
  expect(readAddress('ntfy://:tk_1@h.example:81/in/t?scheme=http', undefined)).toEqual({
    kind: 'ntfy',
    url: 'http://h.example:81/in/',
    topic: 't',
    headers: { authorization: 'Bearer tk_1' },
  });
  expect(readAddress('ntfy://ada:p%40ss@h.example/t', undefined)?.headers).toEqual({
    authorization: `Basic ${Buffer.from('ada:p@ss').toString('base64')}`,
  });
});

test.each([
  '',
  'nonsense',
  'slack://T0/B0',
  'discord://123',
  'ftp://h/p',
  'ntfy://h',
  'file:///etc',
])('no address: %j', (text) => expect(readAddress(text, undefined)).toBeUndefined());

test('whatever a variable holds, it is an address or none', () => {
  const scheme = fc.constantFrom('slack:', 'discord:', 'ntfy:', 'generic:', 'https:', '');
  fc.assert(
    fc.property(scheme, fc.string(), fc.boolean(), (protocol, rest, signs) => {
      const text = `${protocol}//${signs ? 'a%zz:b%@h/' : ''}${rest}`;
      const { url } = readAddress(text, undefined) ?? { url: 'https://none/' };
      expect(new URL(url).protocol).toMatch(/^https?:$/);
    }),
  );
  expect(readAddress('ntfy://h/%zz', undefined)).toBeUndefined();
});

test('an address of another kind than the configuration says is none', () => {
  expect(readAddress('slack://T0/B0/Xy', 'discord')).toBeUndefined();
  expect(readAddress('https://own.example/hook', 'slack')?.kind).toBe('slack');
});

const mistakes = (entry: string) =>
  loadConfig('burnrate.yaml', `notify:\n  - {name: team, ${entry}}\n`, {
    sources: new Map(),
    invoices: new Map(),
  }).mistakes.map(({ message }) => message);

test('a secret has no place in burnrate.yaml, and is not repeated', () => {
  expect(mistakes('kind: slack, urlVariable: SLACK_WEBHOOK_URL')).toEqual([]);
  expect(mistakes('url: "https://example.net/hook", headers: {Authorization: PAGER}')).toEqual([]);
  for (const entry of [
    'url: "https://hooks.slack.com/services/T0/B0/canary"',
    'url: "https://ada:canary@example.net/hook"',
    'url: "https://discord.com/api/webhooks/1/canary"',
    'url: "slack://T0/B0/canary"',
    'urlVariable: "https://example.net/canary"',
    'url: "https://example.net/hook", headers: {Authorization: "Bearer canary"}',
    'url: "https://example.net/hook", urlVariable: CANARY',
    'kind: slack',
    'urlVariable: A, quietHours: "25:00-07:00"',
  ]) {
    const [message] = mistakes(entry);
    expect(message, entry).toBeDefined();
    expect(message).not.toContain('canary');
  }
});
