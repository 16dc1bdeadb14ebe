import {
  CollectorUnavailable,
  connectCollector,
  openTransport,
} from '@burnrate/shared/protocol/client.ts';
import { PROTOCOL_VERSION } from '@burnrate/shared/protocol/protocol.ts';
import { VERSION } from '@burnrate/shared/protocol/version.ts';
import { expect, test } from 'vitest';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import shared from '../../../shared/package.json' with { type: 'json' };
import { Home, isAlive, kill, snapshotWhere, until } from '../collector/live.ts';

test('the version said in the handshake is that of the package', () => {
  expect(VERSION).toBe(shared.version);
});

test('the first client starts the collector, the others join it', async () => {
  await using home = new Home();
  const links = await Promise.all([home.connect(), home.connect(), home.connect()]);
  const pids = new Set(links.map((link) => link.welcome.pid));
  expect(pids.size).toBe(1);
  const ids = await Promise.all(
    links.map(async (link) => (await snapshotWhere(link, 'anything', () => true)).collector.pid),
  );
  expect(new Set(ids)).toEqual(pids);
});

test('after kill -9, two survivors get exactly one new collector within five seconds', async () => {
  await using home = new Home();
  const links = await Promise.all([home.connect(), home.connect()]);
  const states: boolean[] = [];
  links[0]?.onConnected((connected) => states.push(connected));
  const pid = links[0]?.welcome.pid ?? 0;
  const killedAt = Date.now();
  kill(pid, 'SIGKILL');
  // A question asked in the meantime waits for the new collector.
  const asked = links[0]?.request('snapshot', {});
  await until('both to be back', () =>
    links.every((one) => one.connected && one.welcome.pid !== pid),
  );
  const tookMs = Date.now() - killedAt;
  expect(tookMs).toBeLessThan(5000);
  const [one, two] = links.map((link) => link.welcome.pid);
  expect(one).toBe(two);
  expect((await asked)?.collector.pid).toBe(one);
  await until('the states', () => states.length >= 3);
  expect(states).toEqual([true, false, true]);
  const started = home.log().match(/\d+ info collector/g) ?? [];
  expect(started).toHaveLength(2);
});

test('a newer face retires the collector and starts its own', async () => {
  await using home = new Home();
  const old = home.start(PROTOCOL_VERSION - 1);
  await home.collectorPid();
  const link = await home.connect();
  expect(link.welcome).toMatchObject({ protocol: PROTOCOL_VERSION });
  expect(link.welcome.pid).not.toBe(old.pid);
  expect(isAlive(old.pid ?? 0)).toBe(false);
  expect(home.log()).toMatch(/ending: .*takes over/);
});

test('an older face is told to update, and the collector goes on', async () => {
  await using home = new Home();
  const link = await home.connect();
  const older = (face: 'vscode' | 'cli') =>
    connectCollector(
      home.options({
        hello: { face, version: '0.0.9', notifies: false, protocol: PROTOCOL_VERSION - 1 },
      }),
    );
  await expect(older('vscode')).rejects.toThrow(/older than the running collector.*Reload/s);
  await expect(older('cli')).rejects.toThrow(/Update the burnrate command/);
  expect((await link.request('snapshot', {})).collector.pid).toBe(link.welcome.pid);
});

test('a collector that cannot be started fails with what to do', async () => {
  await using home = new Home();
  const options = (command: string, args: string[] = []) =>
    home.options({ deadlineMs: 1500, launch: { command, args, env: {} } });
  const missing = connectCollector(options('/nonexistent/node'));
  await expect(missing).rejects.toThrow(CollectorUnavailable);
  await expect(missing).rejects.toThrow(/could not be started.*nonexistent/);
  const failing = connectCollector(options(process.execPath, ['-e', 'process.exit(7)']));
  await expect(failing).rejects.toThrow(/exit code 7.*collector\.log/);
});

test('a request fails clearly when no collector comes back in time', async () => {
  await using home = new Home();
  const options = home.options({ requestDeadlineMs: 1200, deadlineMs: 3000 });
  const launch = { ...options.launch };
  const link = await connectCollector({ ...options, launch });
  // From now on the collector cannot be started any more.
  launch.command = '/nonexistent/node';
  kill(link.welcome.pid, 'SIGKILL');
  await until('the loss', () => !link.connected);
  const asked = link.request('snapshot', {});
  await expect(asked).rejects.toThrow(/did not answer "snapshot" within 1 s/);
  await link.close();
  await expect(link.request('snapshot', {})).rejects.toThrow(/closed/);
});

test('openTransport hands out a socket for a client that says initialize itself', async () => {
  await using home = new Home();
  const { reader, writer, socket } = await openTransport(home.options());
  const connection = createMessageConnection(reader, writer);
  connection.listen();
  const answer = await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    initializationOptions: { protocol: 1, face: 'vscode', version: '0.1.0', notifies: true },
  });
  expect(answer).toMatchObject({
    capabilities: { hoverProvider: true, codeLensProvider: {} },
    serverInfo: { name: 'burnrate', burnrate: { protocol: 1, pid: await home.collectorPid() } },
  });
  const pushed = new Promise((resolve) => {
    connection.onNotification('burnrate/snapshotChanged', resolve);
  });
  await connection.sendNotification('initialized', {});
  expect(await pushed).toMatchObject({ collector: { pid: await home.collectorPid() } });
  expect(await connection.sendRequest('shutdown')).toBeNull();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await connection.sendNotification('exit');
  await closed;
  // Leaving ends this connection, not the collector.
  const link = await home.connect();
  expect(link.welcome.pid).toBe(await home.collectorPid());
});
