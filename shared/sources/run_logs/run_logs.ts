import type { JobHint, Progress } from '../../model/progress.ts';
import { DAY, type Instant } from '../../model/time.ts';
import type { FolderEntry, Surroundings } from '../source.ts';
import type { EventFile } from './tfevents.ts';
import type { WandbFile } from './wandb_file.ts';

/** Files that were not written for so long are of runs that have ended. */
const OLD_MS = DAY;
/** Only so deep and so far is looked: a folder may be anything. */
const DEPTH = 6;
const MOST_FOLDERS = 500;
const MOST_FILES = 64;
/** Folders that hold no logs, and very many files. */
const NEVER = /^(\.git|node_modules|__pycache__|\.venv|venv|site-packages|data|datasets)$/;

const EVENTS = /^events\.out\.tfevents\./;
const WANDB = /^run-.*\.wandb$/;
/** Which older W&B keeps up to date, too: https://docs.wandb.ai/guides/track/log/log-summary/ */
const WANDB_SUMMARY = 'wandb-summary.json';
/** `mlruns/EXPERIMENT/RUN/metrics/NAME`: https://mlflow.org/docs/latest/tracking/backend-stores/ */
const MLFLOW_METRICS = /\/metrics$/;
/** What is read of the end of a metric's file, in which each line is a time, a value and a step. */
const LINE_BYTES = 512;

type Files = Pick<Surroundings, 'readFile' | 'readPart' | 'listFolder' | 'clock'>;

/** Reads how far training has come, from the logs that it writes anyway. */
export class RunLogs {
  readonly #files: Files;
  readonly #followed = new Map<string, EventFile | WandbFile>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** The steps of every run under the folders that was written to since `since`. */
  async read(
    folders: readonly string[],
    of: JobHint,
    since: Instant,
    signal: AbortSignal,
  ): Promise<Progress[]> {
    const now = this.#files.clock.now();
    const from = Math.max(since, now - OLD_MS);
    const found = new Map<string, number>();
    for (const path of await this.#find(folders, from, signal)) {
      const step = await this.#stepOf(path);
      if (step === undefined) continue;
      const series = runOf(path);
      found.set(series, Math.max(step, found.get(series) ?? 0));
    }
    return [...found].map(([series, value]) => ({
      at: now,
      counter: 'steps',
      series: series.slice(-1_500),
      value,
      fromZero: false,
      of,
    }));
  }

  /** The logs under the folders, the last written first. */
  async #find(folders: readonly string[], from: Instant, signal: AbortSignal): Promise<string[]> {
    const found: { path: string; modifiedAt: Instant }[] = [];
    const queue = folders.map((path) => ({ path, depth: 0 }));
    for (let looked = 0; looked < Math.min(queue.length, MOST_FOLDERS); looked += 1) {
      signal.throwIfAborted();
      const { path, depth } = queue[looked] ?? { path: '', depth: DEPTH };
      for (const entry of await this.#list(path)) {
        const inner = `${path}/${entry.name}`;
        if (entry.isFolder) {
          if (depth < DEPTH && !NEVER.test(entry.name) && !isLatest(entry)) {
            queue.push({ path: inner, depth: depth + 1 });
          }
        } else if (entry.modifiedAt >= from && isLog(path, entry.name)) {
          found.push({ path: inner, modifiedAt: entry.modifiedAt });
        }
      }
    }
    found.sort((a, b) => b.modifiedAt - a.modifiedAt);
    return found.slice(0, MOST_FILES).map(({ path }) => path);
  }

  async #list(path: string): Promise<FolderEntry[]> {
    try {
      return (await this.#files.listFolder(path)) ?? [];
    } catch {
      // Another user's, or no folder after all: there is nothing in it for this user.
      return [];
    }
  }

  async #stepOf(path: string): Promise<number | undefined> {
    try {
      if (EVENTS.test(nameOf(path)) || WANDB.test(nameOf(path))) return await this.#follow(path);
      if (nameOf(path) === WANDB_SUMMARY) return wandbStep(await this.#files.readFile(path));
      return await this.#stepOfMetric(path);
    } catch {
      // It was removed while it was read, or is being written.
      return undefined;
    }
  }

  async #follow(path: string): Promise<number | undefined> {
    let file = this.#followed.get(path);
    if (!file) {
      file = EVENTS.test(nameOf(path))
        ? new (await import('./tfevents.ts')).EventFile()
        : new (await import('./wandb_file.ts')).WandbFile();
      this.#followed.set(path, file);
    }
    return file.read((from, bytes) => this.#files.readPart(path, from, bytes));
  }

  async #stepOfMetric(path: string): Promise<number | undefined> {
    const text = await this.#files.readFile(path);
    const step = Number(text?.slice(-LINE_BYTES).trimEnd().split('\n').at(-1)?.split(' ')[2]);
    return Number.isSafeInteger(step) && step >= 0 ? step : undefined;
  }
}

function isLog(folder: string, name: string): boolean {
  return (
    EVENTS.test(name) || WANDB.test(name) || name === WANDB_SUMMARY || MLFLOW_METRICS.test(folder)
  );
}

/** W&B's and other tools' second name of the newest run. */
function isLatest({ name }: FolderEntry): boolean {
  return name === 'latest-run' || name === 'latest';
}

function wandbStep(text: string | undefined): number | undefined {
  const { _step: step } = JSON.parse(text ?? '{}') as { _step?: unknown };
  return typeof step === 'number' && step >= 0 ? step : undefined;
}

/** The run that a log is of: the furthest of its metrics, or of its two files, is where it is. */
function runOf(path: string): string {
  if (MLFLOW_METRICS.test(folderOf(path))) return folderOf(path);
  return nameOf(path) === WANDB_SUMMARY
    ? folderOf(folderOf(path))
    : path.replace(/\/run-[^/]*\.wandb$/, '');
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
