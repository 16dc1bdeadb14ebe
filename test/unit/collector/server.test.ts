import { connect, type Socket } from 'node:net';
import type { Handlers } from '@burnrate/shared/collector/handlers.ts';
import { openLog } from '@burnrate/shared/collector/log.ts';
import { FaceServer } from '@burnrate/shared/collector/server.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { PROTOCOL_VERSION, SNAPSHOT_CHANGED } from '@burnrate/shared/protocol/protocol.ts';
import { expect, test } from 'vitest';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { Home, snapshotWhere, until } from './live.ts';

const HELLO = { protocol: PROTOCOL_VERSION, face: 'cli', version: '0.1.0', notifies: false };

async function rawSocket(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  return socket;
}

function frame(message: unknown): string {
  const text = JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

function closed(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

test.each([
  ['HTTP', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['a header without a colon', 'nonsense\r\n\r\n'],
  ['a length that is no number', 'Content-Length: many\r\n\r\n{}'],
  ['a negative length', 'Content-Length: -5\r\n\r\n{}'],
  ['no JSON', 'Content-Length: 9\r\n\r\nnot JSON!'],
  ['a frame without end', `Content-Length: 99999999\r\n\r\n${'x'.repeat(5 * 1024 * 1024)}`],
  ['headers without end', 'x'.repeat(5 * 1024 * 1024)],
])('%s closes that connection and hurts no other', async (_what, bytes) => {
  await using home = new Home();
  const good = await home.connect();
  const bad = await rawSocket(home.paths.socket);
  const end = closed(bad);
  bad.write(bytes);
  await end;
  expect((await good.request('snapshot', {})).collector.pid).toBe(good.welcome.pid);
  expect(home.log()).toContain('closed the connection of a face');
});

test('requests are checked: wrong parameters, unknown methods and a missing hello are told', async () => {
  await using home = new Home();
  await home.connect();
  const socket = await rawSocket(home.paths.socket);
  const connection = createMessageConnection(socket, socket);
  connection.listen();
  await expect(connection.sendRequest('burnrate/snapshot', {})).rejects.toMatchObject({
    code: -32002,
  });
  await expect(connection.sendRequest('initialize', { rootUri: null })).rejects.toThrow(
    /initializationOptions must say which face/,
  );
  await connection.sendRequest('initialize', { initializationOptions: HELLO });
  await expect(connection.sendRequest('burnrate/planStop', { job: 1 })).rejects.toMatchObject({
    code: -32602,
    message: expect.stringContaining('jobId'),
  });
  await expect(connection.sendRequest('burnrate/makeCoffee', {})).rejects.toMatchObject({
    code: -32601,
  });
  await expect(connection.sendRequest('burnrate/planStop', { jobId: 'none' })).rejects.toThrow(
    'This job is no longer there.',
  );
  const question = { from: 0, to: 1e12, stepMs: 60_000 };
  await expect(connection.sendRequest('burnrate/history', question)).rejects.toThrow(/1 to 5000/);
  connection.dispose();
});

/** A server over handlers that answer with a snapshot of the given size. */
async function serverWith(home: Home, bytes: number) {
  let id = 1;
  const text = 'x'.repeat(bytes);
  const snapshot = () => ({ id, text }) as unknown as Snapshot;
  const log = openLog(home.paths.log);
  const welcome = { protocol: PROTOCOL_VERSION, version: '0.1.0', pid: process.pid };
  const server = await FaceServer.listen(home.paths.socket, welcome, log);
  const handlers = { snapshot } as unknown as Handlers;
  const language = () => {
    throw new Error('no job file is open');
  };
  server.serve({ handlers, language, snapshot, onFaces: () => {} });
  const change = () => {
    id += 1;
    server.changed();
  };
  return { server, change, current: () => id };
}

test('a face that never reads costs one snapshot, however many change', async () => {
  await using home = new Home();
  const { server, change, current } = await serverWith(home, 2_000_000);
  const deaf = await rawSocket(home.paths.socket);
  deaf.pause();
  const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize' };
  deaf.write(frame({ ...initialize, params: { initializationOptions: HELLO } }));
  deaf.write(frame({ jsonrpc: '2.0', method: 'initialized', params: {} }));

  const reader = await rawSocket(home.paths.socket);
  const connection = createMessageConnection(reader, reader);
  const seen: number[] = [];
  connection.onNotification(SNAPSHOT_CHANGED, (snapshot: { id: number }) => {
    seen.push(snapshot.id);
  });
  connection.listen();
  await connection.sendRequest('initialize', { initializationOptions: HELLO });
  await connection.sendNotification('initialized', {});
  await until('two faces', () => server.greeted === 2);

  const startedAt = Date.now();
  for (let round = 0; round < 20; round += 1) {
    change();
    await until('the reader to see it', () => seen.at(-1) === current());
  }
  // The other face was not held up, and was sent no more than four a second.
  const seconds = (Date.now() - startedAt) / 1000;
  expect(seen.length).toBeLessThanOrEqual(Math.ceil(seconds * 4) + 2);
  const received: string[] = [];
  deaf.on('data', (chunk: Buffer) => received.push(chunk.toString('latin1')));
  deaf.resume();
  await until('the deaf one to catch up', () => received.join('').includes(`"id":${current()},`));
  // What it missed was never queued: the snapshot it was stuck in, and the newest.
  expect(received.join('').match(/"method":"burnrate\/snapshotChanged"/g)?.length).toBeLessThan(4);
  connection.dispose();
  deaf.destroy();
  await server.close();
});

test('a face that asks and asks but never reads is let go', async () => {
  await using home = new Home();
  const { server } = await serverWith(home, 500_000);
  const greedy = await rawSocket(home.paths.socket);
  greedy.pause();
  const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize' };
  greedy.write(frame({ ...initialize, params: { initializationOptions: HELLO } }));
  for (let id = 2; id < 600; id += 1) {
    greedy.write(frame({ jsonrpc: '2.0', id, method: 'burnrate/snapshot', params: {} }));
  }
  await until('its end', () => home.log().includes('does not read its answers'));
  await until('no face', () => server.greeted === 0);
  greedy.destroy();
  await server.close();
});

test('snapshots come as they change, and grow in number', async () => {
  await using home = new Home();
  const folder = home.folder('a');
  home.configure({ sources: { processes: { folders: [folder] } } });
  const [one, two] = [await home.connect(), await home.connect()];
  const { id } = home.job(folder, { name: 'train' });
  const isThere = (snapshot: Snapshot) => snapshot.jobs.some((job) => job.id === id);
  const [first, second] = await Promise.all([
    snapshotWhere(one, 'the job', isThere),
    snapshotWhere(two, 'the job', isThere),
  ]);
  const later = await snapshotWhere(one, 'another', (snapshot) => snapshot.id > first.id);
  expect(later.at).toBeGreaterThanOrEqual(first.at);
  if (first.id === second.id) expect(first).toEqual(second);
});
