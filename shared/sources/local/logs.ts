import type { Job } from '../../model/job.ts';
import type { Progress } from '../../model/progress.ts';
import { RunLogs } from '../run_logs/run_logs.ts';
import type { Surroundings } from '../source.ts';
import { pidIn } from './jobs.ts';
import type { Settings } from './settings.ts';

/** Where training programs put their logs, under their working folder. */
const USUAL = [
  'runs',
  'logs',
  'log',
  'lightning_logs',
  'tensorboard',
  'tb_logs',
  'wandb',
  'mlruns',
  'outputs',
  'output',
  'results',
  'checkpoints',
];

/** How far this machine's jobs have come, by the logs where they write them. */
export class JobLogs {
  readonly #surroundings: Surroundings;
  readonly #settings: Settings;
  readonly #logs: RunLogs;
  /** The working folders of jobs, by their native ids. */
  readonly #folders = new Map<string, string | undefined>();

  constructor(surroundings: Surroundings, settings: Settings) {
    this.#surroundings = surroundings;
    this.#settings = settings;
    this.#logs = new RunLogs(surroundings);
  }

  async read(jobs: readonly Job[], host: string, signal: AbortSignal): Promise<Progress[]> {
    const mine = jobs.filter((job) => job.mine);
    const ids = new Set(mine.map(({ nativeId }) => nativeId));
    for (const id of this.#folders.keys()) if (!ids.has(id)) this.#folders.delete(id);
    const all: Progress[] = [];
    for (const job of mine) {
      const folder = await this.#folderOf(job, signal);
      if (folder === undefined) continue;
      const places = USUAL.map((name) => `${folder}/${name}`);
      all.push(...(await this.#logs.read(places, { job: job.id }, job.startedAt ?? 0, signal)));
    }
    for (const { folder, job } of this.#settings.logs) {
      const place = folder.replace(/^~(?=$|[\\/])/, this.#surroundings.homedir);
      all.push(...(await this.#logs.read([place], job ? { job } : { host }, 0, signal)));
    }
    return all;
  }

  async #folderOf({ nativeId }: Job, signal: AbortSignal): Promise<string | undefined> {
    if (this.#folders.has(nativeId)) return this.#folders.get(nativeId);
    let folder: string | undefined;
    try {
      const link = `/proc/${pidIn(nativeId)}/cwd`;
      const { code, stdout } = await this.#surroundings.run('readlink', [link], { signal });
      if (code === 0 && stdout.startsWith('/')) folder = stdout.trim().replace(/\/+$/, '');
    } catch {
      signal.throwIfAborted();
      // No such program: where the job writes is not known.
    }
    this.#folders.set(nativeId, folder);
    return folder;
  }
}
