import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { systemClock } from '@burnrate/shared/model/time.ts';
import { Received } from '@burnrate/shared/sources/otlp/received.ts';
import { listen } from '@burnrate/shared/sources/otlp/server.ts';
import { afterEach, expect, test } from 'vitest';
import { decode, encode, requestOf } from './messages.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const message = requestOf({ name: 'burnrate.steps', value: 3, at: Date.now() - 1000 });
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };

interface Asked {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer;
}

async function ask({ path = '/v1/metrics', method = 'POST', headers = PROTOBUF, body }: Asked) {
  const received = new Received('here');
  const server = await listen(0, { received, clock: systemClock });
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const answer = await new Promise<{ status: number; type: string; body: Buffer; allow: unknown }>(
    (resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port, path, method, headers },
        async (response) => {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk as Buffer);
          const { statusCode = 0, headers: got } = response;
          const type = got['content-type'] ?? '';
          resolve({ status: statusCode, type, body: Buffer.concat(chunks), allow: got.allow });
        },
      );
      asked.on('error', reject);
      asked.end(body ?? encode('Request', message));
    },
  );
  return { ...answer, counters: received.progress(Date.now()).length };
}

test('protobuf is answered in protobuf', async () => {
  const answer = await ask({});
  expect(answer).toMatchObject({ status: 200, type: 'application/x-protobuf', counters: 1 });
  expect(answer.body.length).toBe(0);
});

test('JSON is answered in JSON', async () => {
  const body = Buffer.from(JSON.stringify(message));
  const answer = await ask({
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body,
  });
  expect(answer).toMatchObject({ status: 200, type: 'application/json', counters: 1 });
  expect(JSON.parse(answer.body.toString())).toEqual({});
});

test('what is compressed is read', async () => {
  const body = gzipSync(encode('Request', message));
  const answer = await ask({ headers: { ...PROTOBUF, 'content-encoding': 'gzip' }, body });
  expect(answer).toMatchObject({ status: 200, counters: 1 });
});

test('an empty message is no mistake', async () => {
  expect((await ask({ body: Buffer.alloc(0) })).status).toBe(200);
});

test('points that are refused are counted, in the form that was sent', async () => {
  const bad = requestOf(
    { name: 'burnrate.steps', value: -1, at: Date.now() },
    { name: 'burnrate.tokens', value: 3, at: Date.now() - 1 },
  );
  const answer = await ask({ body: encode('Request', bad) });
  expect(answer).toMatchObject({ status: 200, counters: 1 });
  expect(decode('Response', answer.body)).toEqual({
    partialSuccess: { rejectedDataPoints: 1, errorMessage: expect.stringContaining('no count') },
  });
  const asJson = await ask({ headers: JSON_TYPE, body: Buffer.from(JSON.stringify(bad)) });
  expect(JSON.parse(asJson.body.toString())).toMatchObject({
    partialSuccess: { rejectedDataPoints: '1' },
  });
});

test.each<[string, Asked, number]>([
  ['traces', { path: '/v1/traces' }, 404],
  ['logs', { path: '/v1/logs' }, 404],
  ['another path', { path: '/' }, 404],
  [
    'a page of another site, by a name that leads here',
    { headers: { ...PROTOBUF, host: 'evil.example' } },
    403,
  ],
  ['a page of another site', { headers: { ...JSON_TYPE, origin: 'https://evil.example' } }, 403],
  [
    'a page that says only whence it asks',
    { headers: { ...PROTOBUF, 'sec-fetch-site': 'cross-site' } },
    403,
  ],
  ['a form', { headers: { 'content-type': 'text/plain' } }, 415],
  ['another compression', { headers: { ...PROTOBUF, 'content-encoding': 'br' } }, 415],
  ['what is no message', { body: Buffer.from('hello, world') }, 400],
  ['what is no JSON', { headers: JSON_TYPE, body: Buffer.from('{') }, 400],
  ['what is no gzip', { headers: { ...PROTOBUF, 'content-encoding': 'gzip' } }, 400],
  ['what is too large', { body: Buffer.alloc(17 * 1024 * 1024) }, 413],
  [
    'what is too large once it is whole',
    {
      headers: { ...PROTOBUF, 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(17 * 1024 * 1024)),
    },
    413,
  ],
])('%s: refused, with a status that says why', async (_, asked, status) => {
  const answer = await ask(asked).catch((error: NodeJS.ErrnoException) => {
    // A sender may be cut off in the middle of what is too large.
    if (status === 413 && /^(EPIPE|ECONNRESET)$/.test(error.code ?? '')) return undefined;
    throw error;
  });
  if (!answer) return;
  expect(answer).toMatchObject({ status, counters: 0 });
  const said =
    answer.type === 'application/x-protobuf'
      ? decode('Status', answer.body)
      : JSON.parse(answer.body.toString());
  expect(said).toMatchObject({ code: expect.any(Number), message: expect.stringMatching(/\w/) });
});

test('what is not sent by POST is told what is', async () => {
  const answer = await ask({ method: 'PUT' });
  expect(answer).toMatchObject({ status: 405, allow: 'POST' });
});
