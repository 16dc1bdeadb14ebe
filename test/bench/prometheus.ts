import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Debian's Prometheus, that scrapes these addresses (`127.0.0.1:9400`); its files are in `folder`. */
export function startPrometheus(
  folder: string,
  targets: readonly string[],
  everySeconds: number,
): ChildProcess {
  const config = {
    global: { scrape_interval: `${everySeconds}s` },
    scrape_configs: [{ job_name: 'gpus', static_configs: [{ targets }] }],
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'scrape.yml'), JSON.stringify(config));
  const args = [
    `--config.file=${join(folder, 'scrape.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
  ];
  return spawn('/usr/bin/prometheus', args, { stdio: 'ignore', cwd: folder });
}

/** Ends a program, and waits until it has ended. */
export async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}
