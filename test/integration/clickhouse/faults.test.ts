import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TeamServer } from '@burnrate/shared/store/clickhouse/client.ts';
import { TeamReader } from '@burnrate/shared/store/clickhouse/reader.ts';
import { Shipper } from '@burnrate/shared/store/clickhouse/shipper.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Colleague, chance, START, spanOf } from './colleague.ts';
import { type ClickHouse, debian, PASSWORD } from './server.ts';
import { sumsOf, unionOf } from './sums.ts';

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));
const TLS_CALLER = fileURLToPath(new URL('./tls_caller.ts', import.meta.url));
const missing = await debian.install();

describe.skipIf(missing)(`a team's store that fails${missing ? `: ${missing}` : ''}`, () => {
  let server: ClickHouse;
  beforeAll(async () => {
    server = await debian.start();
  });
  afterEach(() => server.empty());
  afterAll(() => server?.stop());

  test('collectors killed at any instant, and the server too, lose nothing and count nothing twice', {
    timeout: 300_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'burnrate-writers-'));
    const names = ['ada', 'bob', 'eve'];
    const path = (name: string) => join(folder, `${name}.db`);
    const random = chance(42);
    try {
      for (let round = 0; round < 5; round += 1) {
        const writers = await Promise.all(
          names.map((name) => started(name, path(name), server.port)),
        );
        for (const writer of writers) {
          await pause(random() * 400);
          if (round % 2 === 1 && writer === writers[1]) await server.kill();
          await pause(random() * 200);
          await killed(writer);
        }
        // Which may be a server that is not there when the next ones begin.
        if (round === 1) void server.start();
        else if (round % 2 === 1) await server.start();
      }
      const team = names.map((name) => new Colleague(name, { path: path(name), machines: 2 }));
      for (const one of team) {
        await one.send(server);
        expect(one.outbox.waiting().changes).toBe(0);
      }
      const span = spanOf(team);
      const page = await new TeamReader(server.open(), () => START).costs(span);
      expect(sumsOf(page)).toEqual(unionOf(team, span));
      expect(Object.keys(page.nodes).length).toBe(2 * names.length);
      for (const one of team) await one[Symbol.asyncDispose]();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('a server that is down, then there: what waited is told by itself', async () => {
    await using ada = new Colleague('ada', { machines: 1 });
    await server.kill();
    const shipper = ada.shipper(server, { restMs: 0 });
    ada.work(20);
    await shipper.now();
    const standing = shipper.standing();
    expect(standing.failure?.message).toMatch(
      /^The team store .*: it does not answer \(ECONNREFUSED\)\.$/,
    );
    expect(standing.failure?.remedy).toContain('Nothing is lost meanwhile');
    ada.work(20);
    await server.start();
    await expect.poll(() => shipper.standing().failure, { timeout: 60_000 }).toBeUndefined();
    await expect.poll(() => ada.outbox.waiting().changes, { timeout: 60_000 }).toBe(0);
    const page = await new TeamReader(server.open(), () => START).costs(spanOf([ada]));
    expect(sumsOf(page)).toEqual(unionOf([ada], spanOf([ada])));
  });

  test.each([
    [
      'a wrong password',
      { env: { TEAM_PASSWORD: 'nope' } },
      /refused the user or the password/,
      /password/,
    ],
    ['an unknown user', { user: 'nobody' }, /refused the user or the password/, /Check the user/],
    [
      'a user who may only read',
      { user: 'reader' },
      /may not do that/,
      /Grant it SELECT, INSERT and CREATE TABLE/,
    ],
    [
      'a database that is not there',
      { database: 'other' },
      /no database other/,
      /CREATE DATABASE other/,
    ],
    [
      'a password file that is not there',
      { passwordFile: '/nowhere' },
      /cannot be read from \/nowhere/,
      /store\.passwordFile/,
    ],
  ])(
    '%s is said so that it can be mended, and loses nothing',
    async (_what, change, message, remedy) => {
      const {
        user = 'team',
        database = 'burnrate',
        env = server.env,
        passwordFile,
      } = change as {
        user?: string;
        database?: string;
        env?: Record<string, string>;
        passwordFile?: string;
      };
      await using ada = new Colleague('ada', { machines: 1 });
      ada.outbox.follow('here');
      ada.work(5);
      const waiting = ada.outbox.waiting();
      const shipper = shipperTo(
        ada,
        () =>
          new TeamServer(
            {
              url: `clickhouse://${user}@127.0.0.1:${server.port}/${database}`,
              passwordVariable: 'TEAM_PASSWORD',
              ...(passwordFile !== undefined && { passwordFile }),
            },
            env,
          ),
      );
      await shipper.now();
      const { failure } = shipper.standing();
      expect(failure?.message).toMatch(message);
      expect(failure?.remedy).toMatch(remedy);
      expect(`${failure?.message} ${failure?.remedy}`).not.toContain(PASSWORD);
      expect(ada.outbox.waiting()).toEqual(waiting);
      await shipper.close();
    },
  );
});

test.skipIf(missing)(
  'over TLS: whose certificate is trusted is asked, another is refused',
  async () => {
    const server = await debian.start({ tls: true });
    try {
      const url = `clickhouses://team@127.0.0.1:${server.httpsPort}/burnrate`;
      const settings = { url, passwordVariable: 'TEAM_PASSWORD' };
      const stranger = new TeamServer(settings, server.env);
      await expect(stranger.prepare()).rejects.toThrow(/its certificate is not trusted/);
      await stranger.close();
      const env = {
        ...process.env,
        ...server.env,
        NODE_EXTRA_CA_CERTS: join(server.folder, 'ca.pem'),
      };
      const said = execFileSync(process.execPath, [TLS_CALLER, url], { env });
      expect(String(said)).toBe('prepared');
      expect(await server.open().select('SELECT id FROM collector')).toEqual([]);
    } finally {
      await server.stop();
    }
  },
);

const canMount = process.getuid?.() === 0 && process.platform === 'linux';

test.skipIf(missing || !canMount)(
  'a server whose disk is full says so, and takes all of it once there is room',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'burnrate-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder]);
    const server = await debian.start({ data: join(folder, 'data') });
    try {
      await using ada = new Colleague('ada', { machines: 2 });
      ada.work(5);
      await ada.send(server);
      const filler = join(folder, 'filler');
      fill(filler);
      ada.work(30);
      const shipper = ada.shipper(server, { restMs: 0 });
      await shipper.now();
      expect(shipper.standing().failure?.message).toMatch(/its disk is full/);
      expect(ada.outbox.waiting().changes).toBeGreaterThan(0);
      rmSync(filler);
      await expect.poll(() => ada.outbox.waiting().changes, { timeout: 60_000 }).toBe(0);
      const page = await new TeamReader(server.open(), () => START).costs(spanOf([ada]));
      expect(sumsOf(page)).toEqual(unionOf([ada], spanOf([ada])));
    } finally {
      await server.stop();
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    }
  },
);

/** Writes until there is no room. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    const block = Buffer.alloc(64 * 1024, 1);
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

/** A writer that has kept its first minute. */
async function started(name: string, path: string, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [WRITER, name, path, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(child.stdout as NodeJS.ReadableStream, 'data'),
    once(child, 'exit').then(() => {
      throw new Error(`the writer ${name} has ended`);
    }),
  ]);
  child.stdout?.resume();
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function shipperTo({ outbox }: Colleague, open: () => TeamServer): Shipper {
  return new Shipper({
    outbox,
    open: async () => open(),
    address: 'here',
    name: 'ada@test',
    burnrate: 'test',
    clock: { now: Date.now },
    after: () => () => {},
  });
}
