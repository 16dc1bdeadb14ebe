import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianPackages } from '../../debian.ts';
import { until } from '../../unit/collector/live.ts';

/** Why there is no Prometheus here, or undefined where there is one. */
export const installPrometheus = () => debianPackages('prometheus');

/** A user `ada` with the password `love`, as htpasswd -B writes it. */
const USERS = {
  basic_auth_users: { ada: '$2b$04$JHxMmtYZUW5QXw1wNvkL1Obll9QZBcn5c58racFaX/Zva5HTU8M12' },
};

/** A running Prometheus, at a port of its own. */
export interface Prometheus {
  url: string;
  stop(): Promise<void>;
}

/** Starts one that scrapes these targets each second; `users`: only ada may ask it. */
export async function startPrometheus(
  targets: readonly string[],
  { users = false } = {},
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'burnrate-prometheus-'));
  // JSON is YAML.
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'gpus', static_configs: [{ targets }] }],
  };
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  await writeFile(join(folder, 'web.yml'), JSON.stringify(users ? USERS : {}));
  const child = spawn(
    '/usr/bin/prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--web.config.file=${join(folder, 'web.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder },
  );
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
    const address = await until('Prometheus to listen', () => {
      if (child.exitCode !== null) throw new Error(`Prometheus has ended: ${said}`);
      return /msg="Listening on" address=(\S+)/.exec(said)?.[1];
    });
    return { url: `http://${address}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
