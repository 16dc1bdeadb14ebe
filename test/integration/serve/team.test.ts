import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { isAlive, until } from '../../unit/collector/live.ts';
import { Team } from './team.ts';

let team: Team;
beforeAll(async () => {
  team = await Team.begin({ speed: 10 });
});
afterAll(() => team?.[Symbol.asyncDispose]());

const PATIENCE_MS = 90_000;

async function statusFrom(secret: string): Promise<Snapshot> {
  const { code, out, err } = await team.burnrate(secret, 'status', '--json');
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Snapshot;
}

test('a viewer on another machine sees the team’s jobs, and no collector is started there', async () => {
  const snapshot = await statusFrom(team.token('viewer'));
  expect(snapshot.jobs.length).toBeGreaterThan(8);
  expect(snapshot.rate.micros).toBeGreaterThan(0);
  expect(snapshot.collector.pid).toBe(team.child?.pid);
  expect(snapshot.jobs.filter(({ stoppable }) => stoppable)).toEqual([]);
  const table = await team.burnrate(team.token('viewer'), 'jobs', '--all');
  for (const { name } of snapshot.jobs) expect(table.out).toContain(name.slice(0, 10));
  expect(readdirSync(team.laptop).filter((name) => /lock|sock|db/.test(name))).toEqual([]);
});

test('a viewer may not stop, whatever its face sends', async () => {
  const link = await team.watch(team.token('viewer'));
  const { jobs } = await link.request('snapshot', {});
  const job = jobs.find(({ mine, state }) => mine && state === 'running');
  if (!job) throw new Error('no job of mine runs');
  await expect(link.request('planStop', { jobId: job.id })).rejects.toThrow(
    /may look, and no more/,
  );
  await expect(link.request('stop', { jobId: job.id, action: '' })).rejects.toThrow(/may look/);
  for (const name of ['retire', 'entrustKeys', 'claimAlerts'] as const) {
    const params = { reason: 'x', keys: {}, ids: [] };
    await expect(link.request(name, params as never)).rejects.toThrow(/only on the machine/);
  }
  const { code, err } = await team.burnrate(team.token('viewer'), 'stop', job.id, '--yes');
  expect(code).toBe(1);
  expect(err).toContain('may look, and no more');
  expect(isAlive(team.child?.pid ?? 0)).toBe(true);
  await link.close();
});

test('an operator stops a job, and the audit log has the token’s name', async () => {
  const snapshot = await statusFrom(team.token('operator'));
  const job = snapshot.jobs.find(({ stoppable, state }) => stoppable && state === 'running');
  if (!job) throw new Error('no job can be stopped');
  const { code, out, err } = await team.burnrate(team.token('operator'), 'stop', job.id, '--yes');
  expect(err).not.toContain('failed');
  expect(code).toBe(0);
  expect(out).toContain('✓');
  const database = new Database(team.demo.paths.database, { readonly: true });
  const actors = database.prepare('SELECT actor FROM audit WHERE subject = ?').all(job.id) as {
    actor: string;
  }[];
  database.close();
  expect(actors.length).toBeGreaterThan(0);
  for (const { actor } of actors) expect(actor).toContain('token operator');
  expect(readFileSync(team.demo.paths.log, 'utf8')).toContain(
    `token operator (cli) asked for stop ${job.id}`,
  );
});

test('no secret is in the log, in what the server says, or in its database', async () => {
  const text = readFileSync(team.demo.paths.log, 'utf8') + team.said;
  for (const name of ['operator', 'viewer']) expect(text).not.toContain(team.token(name));
  const database = readFileSync(team.demo.paths.database);
  for (const name of ['operator', 'viewer'])
    expect(database.includes(team.token(name))).toBe(false);
});

test('a wrong token is told what to do, and many of them are not listened to', async () => {
  const { code, err } = await team.burnrate('burnrate_notthetokenofthisserver', 'status');
  expect(code).toBe(3);
  expect(err).toContain('It does not know your token');
  const tried = async (secret: string) =>
    (await team.ask('/metrics', { headers: { authorization: `Bearer ${secret}` } })).status;
  const answers = new Set<number>();
  for (let tries = 0; tries < 25; tries += 1) answers.add(await tried('x'.repeat(40)));
  // The same again is no guess.
  expect([...answers]).toEqual([401]);
  for (let tries = 0; tries < 40; tries += 1) answers.add(await tried(`${tries}`.repeat(40)));
  expect([...answers]).toEqual([401, 429]);
  // It is over by itself.
  await until(
    'the right token to be listened to',
    async () => {
      const headers = { authorization: `Bearer ${team.token('viewer')}` };
      return (await team.ask('/metrics', { headers })).status === 200;
    },
    PATIENCE_MS,
  );
});

test('a server of another authority is not believed', async () => {
  const { code, err } = await team.run([
    ...['status', '--server', team.url, '--token-file', team.fileOf(team.token('viewer'))],
  ]);
  expect(code).toBe(3);
  expect(err).toMatch(/--ca/);
});

test('the settings in burnrate.yaml and in the environment do the same as the options', async () => {
  const tokenFile = team.fileOf(team.token('viewer'));
  const server = { url: team.url, tokenFile, ca: team.authority.ca };
  writeFileSync(join(team.laptop, 'burnrate.yaml'), stringify({ server }));
  const byFile = await team.run(['status', '--json']);
  expect(byFile.err).toBe('');
  expect((JSON.parse(byFile.out) as Snapshot).collector.pid).toBe(team.child?.pid);
  writeFileSync(join(team.laptop, 'burnrate.yaml'), '');
  const byEnvironment = await team.run(['status', '--json'], {
    BURNRATE_SERVER: team.url,
    BURNRATE_TOKEN: team.token('viewer'),
    BURNRATE_CA: team.authority.ca,
  });
  expect((JSON.parse(byEnvironment.out) as Snapshot).collector.pid).toBe(team.child?.pid);
});

test('a certificate that is renewed is shown to who comes next, and nobody is cut off', async () => {
  const link = await team.watch(team.token('viewer'));
  let lost = 0;
  link.onConnected((connected) => {
    if (!connected) lost += 1;
  });
  expect(await serialOf(team)).toBe(team.serial);
  const { serial } = await team.authority.issue('DNS:localhost,IP:127.0.0.1');
  expect(serial).not.toBe(team.serial);
  await until('the new certificate', async () => (await serialOf(team)) === serial, PATIENCE_MS);
  team.serial = serial;
  await link.request('snapshot', {});
  expect(lost).toBe(0);
  await link.close();
});

test('half a certificate leaves the last one in force', async () => {
  const file = join(team.authority.folder, 'server.pem');
  const whole = readFileSync(file);
  writeFileSync(file, whole.subarray(0, 200));
  await until(
    'the mistake to be said',
    () => /certificate of before stays/.test(team.said),
    PATIENCE_MS,
  );
  expect(await serialOf(team)).toBe(team.serial);
  writeFileSync(file, whole);
});

test('a token that is taken away ends what was opened with it; one that is added lets in', async () => {
  const text = readFileSync(team.tokenFile, 'utf8');
  const secret = 'burnrate_a-token-that-was-given-to-eve';
  writeFileSync(team.tokenFile, `${text}eve view ${secret}\n`, { mode: 0o600 });
  const headers = { authorization: `Bearer ${secret}` };
  await until(
    'eve to be let in',
    async () => (await team.ask('/metrics', { headers })).status === 200,
    PATIENCE_MS,
  );
  const link = await team.watch(secret);
  expect(link.connected).toBe(true);
  writeFileSync(team.tokenFile, text, { mode: 0o600 });
  await until('eve to be cut off', () => !link.connected, PATIENCE_MS);
  expect((await team.ask('/metrics', { headers })).status).toBe(401);
  await link.close();
});

test('a face finds the server again after it was killed, and after it ended in order', {
  timeout: 400_000,
}, async () => {
  const link = await team.watch(team.token('viewer'));
  const before = await link.request('snapshot', {});
  const losses: boolean[] = [];
  link.onConnected((connected) => losses.push(connected));
  await team.end('SIGKILL');
  await until('the loss', () => losses.includes(false), PATIENCE_MS);
  await team.start();
  const after = await link.request('snapshot', {});
  expect(after.collector.pid).toBe(team.child?.pid);
  expect(after.collector.pid).not.toBe(before.collector.pid);
  for (const job of before.jobs.filter(({ state }) => state === 'running')) {
    const now = after.jobs.find(({ id }) => id === job.id);
    // What was metered before it was killed is not lost.
    expect(now?.total.micros).toBeGreaterThanOrEqual(job.total.micros);
  }
  const { port } = team;
  expect(await team.end('SIGTERM')).toBe(0);
  await team.start();
  expect(team.port).toBe(port);
  await until('it to be found again', () => link.connected, PATIENCE_MS);
  await link.close();
});

test('a second server of the same home is refused, and a plain collector makes room', {
  timeout: 400_000,
}, async () => {
  const second = await team.run(['serve', '--listen', '127.0.0.1:0'], team.demo.env);
  expect(second.code).toBe(1);
  expect(second.err).toContain(`served already, at https://127.0.0.1:${team.port}`);
  await team.end();
  const plain = await team.run(['status', '--json'], team.demo.env);
  const { pid } = (JSON.parse(plain.out) as Snapshot).collector;
  await team.start();
  await until('the plain collector to end', () => !isAlive(pid), PATIENCE_MS);
  expect((await statusFrom(team.token('viewer'))).collector.pid).toBe(team.child?.pid);
});

/** The serial number of the certificate that a new connection is shown. */
function serialOf({ port, authority }: Team): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.pem });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
  });
}
