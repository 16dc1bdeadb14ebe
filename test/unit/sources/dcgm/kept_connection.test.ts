import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { KeptConnection } from '@burnrate/shared/sources/dcgm/wire/kept_connection.ts';
import { afterEach, expect, test } from 'vitest';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const one of undo.splice(0).reverse()) one();
});

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  undo.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server that does so at each request: `asked` is its number on its connection, from 1. */
async function serve(onRequest: (socket: Socket, asked: number, connection: number) => void) {
  let connections = 0;
  const requests: string[] = [];
  const server = createServer((socket) => {
    connections += 1;
    const connection = connections;
    let asked = 0;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      asked += 1;
      requests.push(String(bytes));
      onRequest(socket, asked, connection);
    });
  });
  const port = await portOf(server);
  const kept = keep(`http://127.0.0.1:${port}/metrics?a=b`);
  return { port, requests, connections: () => connections, get: getter(kept) };
}

function keep(url: string, headers: Record<string, string> = {}): KeptConnection {
  const kept = new KeptConnection(url, headers);
  undo.push(() => kept.close());
  return kept;
}

function getter(kept: KeptConnection) {
  return async (patience: { timeoutMs?: number; signal?: AbortSignal } = {}) => {
    let body = '';
    const onBody = (bytes: Buffer) => {
      body += bytes;
    };
    await kept.get({ onHead: () => {}, onBody }, { timeoutMs: 10_000, ...patience });
    return body;
  };
}

test('requests follow each other on one connection, and are those of any client', async () => {
  const { get, requests, connections, port } = await serve((socket) => socket.write(OK));
  expect([await get(), await get(), await get()]).toEqual(['ok', 'ok', 'ok']);
  expect(connections()).toBe(1);
  expect(requests[2]).toBe(
    `GET /metrics?a=b HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: keep-alive\r\n\r\n`,
  );
});

test('a kept connection that was closed meanwhile is replaced, once', async () => {
  const { get, connections } = await serve((socket, asked, connection) => {
    if (asked === 1 && connection < 3) socket.write(OK);
    else socket.resetAndDestroy();
  });
  expect([await get(), await get()]).toEqual(['ok', 'ok']);
  expect(connections()).toBe(2);
  // A new one that is cut as well is a failure to be told.
  await expect(get()).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(connections()).toBe(3);
});

test('a connection that the other end closes before its next use is closed at once', async () => {
  const ends: string[] = [];
  let closesAfterMs = 20;
  const { get, connections } = await serve((socket, asked) => {
    socket.write(OK);
    const timer = setTimeout(() => {
      ends.push('theirs');
      socket.end();
    }, closesAfterMs);
    if (asked === 1)
      socket.once('end', () => {
        if (!socket.writableEnded) ends.push('ours');
        clearTimeout(timer);
      });
  });
  const getAfter = async (ms: number) => {
    await pause(ms);
    expect(await get()).toBe('ok');
  };
  for (let time = 0; time < 4; time += 1) await getAfter(60);
  await pause(60);
  expect(ends).toEqual(['theirs', 'theirs', 'ours', 'ours']);
  // Asked more often than that, it stays; the first such time cannot know.
  closesAfterMs = 10_000;
  const before = connections();
  for (let time = 0; time < 6; time += 1) await getAfter(0);
  expect(connections() - before).toBeLessThanOrEqual(3);
});

test('what comes unasked between two requests is answered by nothing but a new connection', async () => {
  const { get, connections } = await serve((socket, _, connection) => {
    if (connection === 1) socket.write(OK + OK.replace('ok', 'no'));
    else socket.write(OK);
  });
  expect([await get(), await get(), await get()]).toEqual(['ok', 'ok', 'ok']);
  expect(connections()).toBe(2);
});

test.each<[string, (socket: Socket) => void, object]>([
  ['silence', () => {}, { name: 'TimeoutError' }],
  [
    'a byte now and then',
    (socket) => {
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    },
    { name: 'TimeoutError' },
  ],
  ['half an answer', (socket) => socket.end(OK.slice(0, -1)), { code: 'ECONNRESET' }],
  ['no HTTP', (socket) => socket.write('220 smtp\r\n\r\n'), { code: 'HPE_INVALID_CONSTANT' }],
])('%s is an error in time', async (_, answer, error) => {
  const { get } = await serve(answer);
  await expect(get({ timeoutMs: 300 })).rejects.toMatchObject(error);
});

test('the signal ends a request with its reason, and the next one works', async () => {
  let silent = true;
  const { get } = await serve((socket) => silent || socket.write(OK));
  const abort = new AbortController();
  const asked = get({ signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(asked).rejects.toThrow('enough');
  silent = false;
  expect(await get()).toBe('ok');
});

test('a header that would begin another line is not sent', async () => {
  const { port, requests } = await serve((socket) => socket.write(OK));
  const kept = keep(`http://127.0.0.1:${port}/`, { authorization: 'Bearer a\r\nx: y' });
  await expect(getter(kept)()).rejects.toMatchObject({ code: 'ERR_INVALID_CHAR' });
  expect(requests).toEqual([]);
});

test('over TLS, a certificate is needed that is trusted', async ({ skip }) => {
  const folder = mkdtempSync(join(tmpdir(), 'burnrate-tls-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = ['-subj', '/CN=gpu', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...names], {
      stdio: 'ignore',
    });
  } catch {
    skip('there is no openssl to make a certificate with');
  }
  let handshakes = 0;
  const body = 'metric 1\n'.repeat(20_000);
  const server = createHttps({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
    response.end(body),
  );
  server.on('secureConnection', () => {
    handshakes += 1;
  });
  const port = await portOf(server);
  const get = getter(keep(`https://127.0.0.1:${port}/`));
  await expect(get()).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, readFileSync(cert, 'utf8')]);
  undo.push(() => setDefaultCACertificates(before));
  const trusted = getter(keep(`https://127.0.0.1:${port}/`));
  const from = handshakes;
  expect((await trusted()) === body).toBe(true);
  expect((await trusted()) === body).toBe(true);
  expect(handshakes - from).toBe(1);
  // The certificate is of the address, not of the name.
  await expect(getter(keep(`https://localhost:${port}/`))()).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});
