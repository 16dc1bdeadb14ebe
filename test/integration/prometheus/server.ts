import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianPackages } from '../../debian.ts';
import { until } from '../../unit/collector/live.ts';
import { hang, startExporter } from '../../unit/sources/dcgm/exporter.ts';

/** Why there is no Prometheus here, or undefined where there is one. */
export const installPrometheus = () => debianPackages('prometheus');

/** A user `ada` with the password `love`, as htpasswd -B writes it. */
const USERS = {
  basic_auth_users: { ada: '$2b$04$JHxMmtYZUW5QXw1wNvkL1Obll9QZBcn5c58racFaX/Zva5HTU8M12' },
};

/** Why there is no VictoriaMetrics here, or undefined where there is one. */
export const installVictoria = () => debianPackages('victoria-metrics');

/** Why there is no Prometheus with a node_exporter here, or undefined where there is one. */
export const installNodeExporter = async () =>
  (await installPrometheus()) ?? debianPackages('prometheus-node-exporter');

/** A running server, at a port of its own. */
export interface Prometheus {
  url: string;
  stop(): Promise<void>;
}

/** Starts one that scrapes these targets each second; `users`: only ada may ask it. */
export function startPrometheus(
  targets: readonly string[],
  { users = false } = {},
): Promise<Prometheus> {
  const args = (folder: string) => [
    `--config.file=${join(folder, 'scrape.yml')}`,
    `--web.config.file=${join(folder, 'web.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
  ];
  const listening = /msg="Listening on" address=(\S+)/;
  return start('/usr/bin/prometheus', args, listening, { targets, users });
}

/** Starts VictoriaMetrics in the same way. */
export async function startVictoria(targets: readonly string[]): Promise<Prometheus> {
  // It does not say which port it was given: a free one is found first.
  const free = await startExporter(hang);
  await free.close();
  const args = (folder: string) => [
    `-promscrape.config=${join(folder, 'scrape.yml')}`,
    `-storageDataPath=${join(folder, 'data')}`,
    `-httpListenAddr=${free.address}`,
  ];
  const listening = /starting http server at http:\/\/([^/]+)\//;
  return start('/usr/bin/victoria-metrics', args, listening, { targets, users: false });
}

async function start(
  command: string,
  args: (folder: string) => string[],
  listening: RegExp,
  { targets, users }: { targets: readonly string[]; users: boolean },
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'burnrate-prometheus-'));
  // JSON is YAML.
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'gpus', static_configs: [{ targets }] }],
  };
  await writeFile(join(folder, 'scrape.yml'), JSON.stringify(config));
  await writeFile(join(folder, 'web.yml'), JSON.stringify(users ? USERS : {}));
  const child = spawn(command, args(folder), { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const address = await until(`${command} to listen`, () => {
      if (child.exitCode !== null) throw new Error(`${command} has ended: ${said}`);
      return listening.exec(said)?.[1];
    });
    return { url: `http://${address}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
