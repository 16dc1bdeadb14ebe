import { connect as connectPlain } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { HostToPage } from '@burnrate/shared/protocol/page.ts';
import { FACES_PATH, FACES_PROTOCOL } from '@burnrate/shared/protocol/remote.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../unit/collector/live.ts';
import { Team } from './team.ts';

let team: Team;
beforeAll(async () => {
  team = await Team.begin({ speed: 1 });
});
afterAll(() => team?.[Symbol.asyncDispose]());

const PATIENCE_MS = 90_000;
const bearer = (name: string) => ({ authorization: `Bearer ${team.token(name)}` });
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  team.ask(path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
const question = (name: string, params: unknown = {}) =>
  JSON.stringify({ type: 'request', id: 1, name, params });
const form = { 'content-type': 'application/x-www-form-urlencoded' };

async function signIn(name: string): Promise<string> {
  const body = `token=${encodeURIComponent(team.token(name))}`;
  const { status, headers } = await post('/login', body, form);
  expect(status).toBe(303);
  const [cookie = ''] = headers['set-cookie'] as string[];
  return cookie;
}

/** Tries to open a WebSocket; answers the HTTP status where it is refused, else 101. */
function upgrade(headers: Record<string, string>, path = FACES_PATH): Promise<number> {
  return new Promise((resolve, reject) => {
    // Whatever name the request says, the certificate is the server's.
    const options = { ca: team.authority.pem, servername: 'localhost', headers };
    const address = `wss://localhost:${team.port}${path}`;
    const client = new WebSocket(address, FACES_PROTOCOL, options);
    client.once('open', () => {
      client.terminate();
      resolve(101);
    });
    client.once('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    client.once('error', reject);
  });
}

test('a name that somebody points at this server opens nothing (DNS rebinding)', async () => {
  for (const host of ['evil.example', `evil.example:${team.port}`, 'localhost.evil.example']) {
    for (const path of ['/', '/metrics', '/events', '/panel.js']) {
      const { status, text } = await team.ask(path, { headers: { ...bearer('operator'), host } });
      expect(status, `${path} as ${host}`).toBe(421);
      expect(text).not.toContain('burnrate_');
    }
    expect(await upgrade({ ...bearer('operator'), host })).toBe(421);
    expect((await post('/login', 'token=x', { ...form, host })).status).toBe(421);
  }
  expect(await upgrade(bearer('viewer'))).toBe(101);
});

test('a browser shows its token once, for a cookie that nothing but this server gets', async () => {
  const cookie = await signIn('operator');
  expect(cookie).toMatch(/^__Host-burnrate=[\w-]{43}; Path=\/; /);
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Secure']) expect(cookie).toContain(part);
  expect(cookie).not.toContain(team.token('operator'));
  const mine = { cookie: cookie.split(';')[0] ?? '' };
  const page = await team.ask('/', { headers: mine });
  expect(page.text).toContain('panel.js');
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.headers['strict-transport-security']).toBeDefined();
  const answer = JSON.parse(
    (await post('/request', question('snapshot'), mine)).text,
  ) as HostToPage;
  expect(answer.type).toBe('result');
  // Without it there is the form, and nothing else.
  const stranger = await team.ask('/');
  expect(stranger.text).toContain('name="token"');
  expect(stranger.text).not.toContain('<script');
  expect((await team.ask('/events')).status).toBe(401);
  expect((await post('/request', question('snapshot'))).status).toBe(401);
  const { headers } = await team.ask('/logout', { headers: mine });
  expect((headers['set-cookie'] as string[])[0]).toContain('Max-Age=0');
  expect((await post('/request', question('snapshot'), mine)).status).toBe(401);
});

test('another site can do nothing with a browser that has signed in', async () => {
  const cookie = (await signIn('operator')).split(';')[0] ?? '';
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: `http://localhost:${team.port}` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ] as Record<string, string>[]) {
    const theirs = { ...headers, cookie };
    expect((await post('/request', question('snapshot'), theirs)).status).toBe(403);
    expect((await team.ask('/events', { headers: theirs })).status).toBe(403);
    expect((await post('/login', 'token=x', { ...form, ...headers })).status).toBe(403);
  }
  const plain = { cookie, 'content-type': 'text/plain' };
  expect((await post('/request', question('snapshot'), plain)).status).toBe(403);
  // A page can open a WebSocket to anywhere, with the cookies of there.
  expect(await upgrade({ cookie })).toBe(401);
  expect(await upgrade({ ...bearer('operator'), origin: 'https://evil.example' })).toBe(403);
  expect(await upgrade({ ...bearer('operator'), origin: team.url })).toBe(403);
});

test('a viewer’s page offers no stop, and gets none', async () => {
  const cookie = (await signIn('viewer')).split(';')[0] ?? '';
  const ask = async (name: string, params: unknown = {}) =>
    JSON.parse((await post('/request', question(name, params), { cookie })).text) as HostToPage;
  const answer = await ask('snapshot');
  if (answer.type !== 'result') throw new Error('no snapshot');
  const { jobs } = answer.result as { jobs: { id: string; stoppable: boolean }[] };
  expect(jobs.some(({ stoppable }) => stoppable)).toBe(false);
  for (const name of ['stop', 'planStop', 'setBudget', 'acknowledgeAlert', 'doctor']) {
    const params = { jobId: jobs[0]?.id, action: 'x', id: 'x', source: 'aws', nativeIds: ['i-1'] };
    const refused = await ask(name, { ...params, ...(name === 'setBudget' && { action: 'stop' }) });
    expect(refused, name).toMatchObject({ type: 'error' });
    expect((refused as { message: string }).message).toContain('may look, and no more');
  }
});

test('what is too long is refused before it fills anything', async () => {
  expect((await post('/request', 'x'.repeat(100_000), bearer('viewer'))).status).toBe(413);
  expect((await post('/login', `token=${'x'.repeat(100_000)}`, form)).status).toBe(413);
  const huge = { ...bearer('viewer'), 'x-long': 'y'.repeat(40_000) };
  expect((await team.ask('/metrics', { headers: huge })).status).toBe(431);
  const client = new WebSocket(`wss://localhost:${team.port}${FACES_PATH}`, FACES_PROTOCOL, {
    ca: team.authority.pem,
    headers: bearer('viewer'),
  });
  await new Promise((resolve) => client.once('open', resolve));
  const closed = new Promise((resolve) => client.once('close', resolve));
  client.on('error', () => {});
  client.send(Buffer.alloc(6 * 1024 * 1024));
  await closed;
  expect((await team.ask('/healthz')).status).toBe(200);
});

test('who is slow, or says nothing at all, is cut off, and holds nobody up', async () => {
  const ends: boolean[] = [];
  const ended = (index: number) => () => {
    ends[index] = true;
  };
  // A connection without TLS, a handshake without a request, and a request a byte at a time.
  const mute = connectPlain(team.port, '127.0.0.1')
    .on('close', ended(0))
    .on('error', () => {});
  const idle = await secure();
  idle
    .on('close', ended(1))
    .on('error', () => {})
    .resume();
  const slow = await secure();
  slow
    .on('close', ended(2))
    .on('error', () => {})
    .resume();
  const letters = `GET / HTTP/1.1\r\nhost: localhost\r\nx-slow: ${'z'.repeat(5_000)}`;
  let sent = 0;
  const dripping = setInterval(() => {
    if (slow.writable) slow.write(letters[sent++] ?? 'z');
  }, 250);
  try {
    for (let times = 0; times < 5; times += 1) {
      expect((await team.ask('/healthz')).status).toBe(200);
    }
    await until('all of them to be cut off', () => ends[0] && ends[1] && ends[2], PATIENCE_MS);
  } finally {
    clearInterval(dripping);
    for (const socket of [mute, idle, slow]) socket.destroy();
  }
});

test('a hundred faces watch, some of which never read, and leave nothing behind', async () => {
  const open = () =>
    new Promise<WebSocket>((resolve, reject) => {
      const client = new WebSocket(`wss://localhost:${team.port}${FACES_PATH}`, FACES_PROTOCOL, {
        ca: team.authority.pem,
        headers: bearer('viewer'),
      });
      client.once('open', () => resolve(client));
      client.once('error', reject);
    });
  const mute: WebSocket[] = [];
  for (let one = 0; one < 20; one += 1) mute.push(await open());
  for (const client of mute) client.pause();
  const links = await Promise.all(
    Array.from({ length: 80 }, () => team.watch(team.token('viewer'))),
  );
  for (const link of links)
    expect((await link.request('snapshot', {})).jobs.length).toBeGreaterThan(0);
  const watching = async () => {
    const { text } = await team.ask('/metrics', { headers: bearer('viewer') });
    return Number(/^burnrate_faces (\d+)$/m.exec(text)?.[1]);
  };
  expect(await watching()).toBe(80);
  await Promise.all(links.map((link) => link.close()));
  for (const client of mute) client.terminate();
  await until('all of them to be gone', async () => (await watching()) === 0, PATIENCE_MS);
});

function secure(): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      port: team.port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: team.authority.pem,
    });
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
  });
}
