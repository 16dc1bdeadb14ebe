import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skypilot } from '@burnrate/shared/sources/skypilot/index.ts';
import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { startService } from '../service.ts';
import { ALL } from './open.ts';
import { apiServer, cluster, HASH, LAUNCHED, world } from './server.ts';

/** The tables as SkyPilot 0.14.1 makes them. sky/global_user_state.py */
const SCHEMA = `
  CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT, password TEXT);
  CREATE TABLE cluster_yaml (cluster_name TEXT PRIMARY KEY, yaml TEXT);
  CREATE TABLE clusters (name TEXT PRIMARY KEY, launched_at INTEGER, handle BLOB, status TEXT,
    autostop INTEGER DEFAULT -1, to_down INTEGER DEFAULT 0, cluster_hash TEXT,
    cluster_ever_up INTEGER DEFAULT 0, status_updated_at INTEGER, user_hash TEXT, workspace TEXT,
    last_creation_yaml TEXT, is_managed INTEGER DEFAULT 0, cloud TEXT, region TEXT, zone TEXT,
    node_names TEXT);`;

/** As sky/templates/aws-ray.yml.j2 has it, with what must never be told. */
const AWS_FILE = `
cluster_name: train-fcd1e5cf
max_workers: 1
docker: {docker_login_config: {password: canary-4711}}
provider: {type: external, module: sky.provision.aws, region: us-east-1}
available_node_types:
  ray.head.default:
    resources: {}
    node_config:
      InstanceType: p4d.24xlarge
      InstanceMarketOptions: {MarketType: spot}
`;

/** As sky/templates/gcp-ray.yml.j2 has it. */
const GCP_FILE = `
cluster_name: eval-fcd1e5cf
max_workers: 0
provider: {type: external, module: sky.provision.gcp, region: us-central1}
available_node_types:
  ray_head_default:
    node_config:
      machineType: a2-highgpu-1g
      scheduling: [{preemptible: true}, {onHostMaintenance: TERMINATE}]
`;

describe("SkyPilot's own file, where no API server runs", () => {
  let home: string;
  let database: Sqlite.Database;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'burnrate-sky-'));
    mkdirSync(join(home, '.sky'));
    writeFileSync(join(home, '.sky', 'user_hash'), HASH);
    database = new Sqlite(join(home, '.sky', 'state.db'));
    database.pragma('journal_mode = WAL');
  });
  afterEach(() => {
    database.close();
    rmSync(home, { recursive: true, force: true });
  });

  const machine = (present: Partial<Surroundings> = {}): Surroundings =>
    bareMachine({
      homedir: home,
      // Nobody listens there.
      env: { SKYPILOT_API_SERVER_LOCAL_PORT: '9' },
      readFile: (path) => readFile(path, 'utf8').catch(() => undefined),
      ...present,
    });

  async function open(surroundings = machine(), section: Record<string, unknown> = {}) {
    const settings = skypilot.settings.parse(section);
    const { accounts } = await skypilot.discover(surroundings, settings);
    const [account] = accounts;
    if (!account) throw new Error('no account was found');
    const connection = skypilot.open(account, surroundings, settings);
    const signal = AbortSignal.timeout(10_000);
    return {
      account,
      connection,
      look: () => connection.observe({ what: ALL, wanted: [], signal }),
      signal,
    };
  }

  function insert(row: Record<string, unknown>): void {
    const all = {
      name: 'train',
      launched_at: LAUNCHED,
      handle: Buffer.from([0x80, 0x04, 0x4e, 0x2e]),
      status: 'UP',
      cluster_hash: '062c5322',
      cluster_ever_up: 1,
      user_hash: HASH,
      ...row,
    };
    const names = Object.keys(all);
    database
      .prepare(`INSERT INTO clusters (${names}) VALUES (${names.map((name) => `@${name}`)})`)
      .run(all);
  }

  test('tells of clusters, their machines by what they were launched with, and their users', async () => {
    database.exec(SCHEMA);
    insert({
      cloud: 'AWS',
      zone: 'us-east-1b',
      autostop: 20,
      node_names: JSON.stringify([
        ['old', 'sky-train-fcd1e5cf-head'],
        ['sky-train-fcd1e5cf-worker'],
      ]),
      last_creation_yaml: 'resources: {accelerators: A100:8}\nenvs: {TOKEN: canary-4711}\n',
    });
    database.prepare('INSERT INTO users (id, name) VALUES (?, ?)').run(HASH, 'ada');
    database.prepare('INSERT INTO cluster_yaml VALUES (?, ?)').run('train', AWS_FILE);
    const { look, connection, signal } = await open();
    const seen = await look();
    expect(seen.nodes).toMatchObject([
      {
        aliases: ['sky-train-fcd1e5cf-head'],
        gpus: { count: 8, model: 'A100' },
        launchedAt: LAUNCHED * 1000,
        mine: true,
        owner: 'ada',
        priceKey: {
          provider: 'aws',
          instanceType: 'p4d.24xlarge',
          region: 'us-east-1',
          zone: 'us-east-1b',
          market: 'spot',
        },
      },
      { aliases: ['sky-train-fcd1e5cf-worker'] },
    ]);
    expect(seen.jobs?.[0]?.labels.autostop).toBe('stopped after 20 min without a job');
    expect(JSON.stringify(seen)).not.toContain('canary-4711');
    const checks = await connection.diagnose(signal);
    expect(checks.find(({ capability }) => capability === 'connect')?.message).toMatch(
      /no API server.*SkyPilot's file.*sky api start/,
    );
    expect(checks.find(({ capability }) => capability === 'stop')).toMatchObject({ ok: false });
  });

  test("reads other clouds' files, too, and leaves out the clusters of managed jobs", async () => {
    database.exec(SCHEMA);
    insert({ name: 'eval', cloud: 'GCP', node_names: '[["eval-fcd1e5cf-1a-head"]]' });
    insert({ name: 'job-12', cluster_hash: 'b', is_managed: 1 });
    database.prepare('INSERT INTO cluster_yaml VALUES (?, ?)').run('eval', GCP_FILE);
    const { jobs, nodes } = await (await open()).look();
    expect(jobs?.map(({ name }) => name)).toEqual(['eval']);
    expect(nodes?.[0]?.priceKey).toEqual({
      provider: 'gcp',
      instanceType: 'a2-highgpu-1g',
      region: 'us-central1',
      market: 'spot',
    });
  });

  test('of an older SkyPilot tells what it has', async () => {
    database.exec(
      'CREATE TABLE clusters (name TEXT PRIMARY KEY, launched_at INTEGER, handle BLOB, status TEXT, user_hash TEXT, cluster_hash TEXT, cluster_ever_up INTEGER)',
    );
    insert({});
    const { jobs, nodes } = await (await open()).look();
    expect(jobs).toMatchObject([{ name: 'train', state: 'running', mine: true }]);
    expect(nodes).toEqual([]);
  });

  test('that is damaged is said to be, with what to do', async () => {
    database.exec('CREATE TABLE something (other TEXT)');
    const { look } = await open();
    await expect(look()).rejects.toMatchObject({
      kind: 'malformed',
      message: expect.stringContaining('no table of clusters'),
      remedy: expect.stringContaining('sky api start'),
    });
  });

  test('is not there where an API server is: the server alone is asked then', async () => {
    database.exec(SCHEMA);
    insert({ name: 'from-the-file' });
    const service = await startService(apiServer(world({ clusters: [cluster()] })));
    const { port } = new URL(service.url);
    const { look } = await open(machine({ env: { SKYPILOT_API_SERVER_LOCAL_PORT: port } }));
    expect((await look()).jobs?.map(({ name }) => name)).toEqual(['train']);
    await service.close();
  });

  test('never stops anything, and says how to', async () => {
    database.exec(SCHEMA);
    insert({});
    const { look, connection, signal } = await open();
    const [job] = (await look()).jobs ?? [];
    if (!job) throw new Error('no job');
    await expect(connection.planStop?.(job, signal)).rejects.toMatchObject({
      kind: 'not-configured',
      remedy: expect.stringMatching(/sky api start.*startServer: true/),
    });
  });

  test('starts no server unless burnrate.yaml says so', async () => {
    database.exec(SCHEMA);
    const started: string[] = [];
    const service = await startService(apiServer(world({ clusters: [cluster()] })));
    const env = { SKYPILOT_API_SERVER_LOCAL_PORT: '9' };
    const surroundings = machine({
      env,
      run: async (command, args) => {
        started.push([command, ...args].join(' '));
        env.SKYPILOT_API_SERVER_LOCAL_PORT = new URL(service.url).port;
        return { code: 0, stdout: '', stderr: '' };
      },
    });
    await (await open(surroundings)).look();
    expect(started).toEqual([]);
    const seen = await (await open(surroundings, { startServer: true })).look();
    expect(started).toEqual(['sky api start']);
    expect(seen.jobs?.map(({ name }) => name)).toEqual(['train']);
    await service.close();
  });
});
