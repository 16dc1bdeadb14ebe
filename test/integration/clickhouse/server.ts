import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StoreSettings } from '@burnrate/shared/config/store.ts';
import { TeamServer } from '@burnrate/shared/store/clickhouse/client.ts';
import { debianPackages } from '../../debian.ts';
import { chdb } from '../../python_tools.ts';
import { until } from '../../unit/collector/live.ts';

const run = promisify(execFile);

export const PASSWORD = 'correct horse';
const ENGINE = fileURLToPath(new URL('./engine.py', import.meta.url));

/** How a ClickHouse is reached. */
export interface Reached {
  port: number;
  settings: StoreSettings;
  env: Record<string, string>;
  /** The team's store as a collector opens it. */
  open(): TeamServer;
}

/** A ClickHouse with an empty database `burnrate`. */
export interface ClickHouse extends Reached {
  /** Where it speaks TLS, with the certificate `folder`/ca.pem. */
  httpsPort?: number;
  /** Where it keeps its data. */
  folder: string;
  /** Takes away all that it was told. */
  empty(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface Engine {
  name: string;
  /** Why it cannot be had here; undefined where it can. */
  install(): Promise<string | undefined>;
  start(options?: { data?: string; tls?: boolean }): Promise<ClickHouse>;
}

export const debian: Engine = {
  name: "Debian's clickhouse-server",
  install: () => debianPackages('clickhouse-server'),
  async start({ data, tls = false } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'burnrate-clickhouse-'));
    const [http, tcp, https] = [await freePort(), await freePort(), await freePort()];
    if (tls) await certificate(folder);
    const path = data ?? join(folder, 'data');
    await mkdir(path, { recursive: true });
    await writeFile(join(folder, 'users.xml'), USERS);
    await writeFile(
      join(folder, 'config.xml'),
      configOf({ folder, path, http, tcp, ...(tls && { https }) }),
    );
    let child: ChildProcess | undefined;
    const server = clickHouse(http, folder, https, {
      start: async () => {
        child = spawn('clickhouse-server', [`--config-file=${join(folder, 'config.xml')}`], {
          stdio: 'ignore',
        });
        await listening(http, child, () => readFile(join(folder, 'errors.log'), 'utf8'));
      },
      kill: async () => killed(child),
    });
    await server.start();
    await statement(http, 'CREATE DATABASE IF NOT EXISTS burnrate');
    return server;
  },
};

export const current: Engine = {
  name: 'the current engine (chdb)',
  install: () => chdb.install(),
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'burnrate-chdb-'));
    const child = spawn(chdb.bin('python'), [ENGINE, join(folder, 'data')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [port] = await once(child.stdout, 'data');
    const http = Number(String(port));
    await statement(http, 'CREATE DATABASE burnrate');
    return clickHouse(http, folder, undefined, {
      start: async () => {
        throw new Error('it is not started again');
      },
      kill: () => killed(child),
    });
  },
};

/** The one that listens at a port of this machine. */
export function reached(port: number): Reached {
  const settings = {
    url: `clickhouse://team@127.0.0.1:${port}/burnrate`,
    passwordVariable: 'TEAM_PASSWORD',
  };
  const env = { TEAM_PASSWORD: PASSWORD };
  return { port, settings, env, open: () => new TeamServer(settings, env) };
}

function clickHouse(
  port: number,
  folder: string,
  httpsPort: number | undefined,
  { start, kill }: { start: () => Promise<void>; kill: () => Promise<void> },
): ClickHouse {
  return {
    ...reached(port),
    ...(httpsPort !== undefined && { httpsPort }),
    folder,
    async empty() {
      await statement(port, 'DROP DATABASE burnrate');
      await statement(port, 'CREATE DATABASE burnrate');
    },
    kill,
    start,
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function statement(port: number, sql: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`team:${PASSWORD}`)}` },
    body: sql,
  });
  if (!answer.ok) throw new Error(await answer.text());
}

async function killed(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function listening(port: number, child: ChildProcess, errors: () => Promise<string>) {
  await until('ClickHouse to listen', async () => {
    if (child.exitCode !== null) throw new Error(`clickhouse-server has ended: ${await errors()}`);
    const answer = await fetch(`http://127.0.0.1:${port}/ping`).catch(() => undefined);
    return answer?.ok || undefined;
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const USERS = `<yandex>
  <profiles><default/><reader><readonly>1</readonly></reader></profiles>
  <quotas><default/></quotas>
  <users>
    <team><password>${PASSWORD}</password><networks><ip>::/0</ip></networks>
      <profile>default</profile><quota>default</quota></team>
    <reader><password>${PASSWORD}</password><networks><ip>::/0</ip></networks>
      <profile>reader</profile><quota>default</quota></reader>
  </users>
</yandex>`;

interface Places {
  folder: string;
  path: string;
  http: number;
  tcp: number;
  https?: number;
}

/** One for 127.0.0.1 that only who is given it trusts. */
async function certificate(folder: string): Promise<void> {
  const [key, pem] = [join(folder, 'key.pem'), join(folder, 'ca.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', pem];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, ...files]);
}

function configOf({ folder, path, http, tcp, https }: Places): string {
  const tls =
    https === undefined
      ? ''
      : `<https_port>${https}</https_port><openSSL><server>
    <certificateFile>${folder}/ca.pem</certificateFile>
    <privateKeyFile>${folder}/key.pem</privateKeyFile><verificationMode>none</verificationMode>
  </server></openSSL>`;
  return `<yandex>
  <logger><level>error</level><log>${folder}/server.log</log><errorlog>${folder}/errors.log</errorlog></logger>
  <http_port>${http}</http_port><tcp_port>${tcp}</tcp_port><listen_host>127.0.0.1</listen_host>
  ${tls}
  <path>${path}/</path><tmp_path>${path}/tmp/</tmp_path>
  <mark_cache_size>67108864</mark_cache_size>
  <users_config>${folder}/users.xml</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
</yandex>`;
}
