import { type FSWatcher, mkdirSync, readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { ConfigMistake } from '../config/mistakes.ts';
import type { Schemas } from '../config/sections.ts';
import type { Log } from './log.ts';

/** Editors save in several steps: the file is read when it has been quiet this long. */
const QUIET_MS = 200;

/** burnrate.yaml as it is in force, and read again whenever it changes. */
export class Configuration {
  readonly #file: string;
  readonly schemas: Schemas;
  readonly #log: Log;
  readonly #onChange: () => void;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #text: string | undefined;
  #loaded: LoadedConfig;

  constructor(file: string, schemas: Schemas, log: Log, onChange: () => void) {
    this.#file = file;
    this.schemas = schemas;
    this.#log = log;
    this.#onChange = onChange;
    this.#text = this.#read();
    this.#loaded = loadConfig(file, this.#text, schemas);
    this.#logMistakes();
  }

  /** The last configuration without a mistake, and the mistakes of the file as it is now. */
  get current(): LoadedConfig {
    return this.#loaded;
  }

  /** The mistakes, as every face says them. */
  notices(): { severity: 'warning'; message: string }[] {
    const { mistakes, ignored } = this.#loaded;
    const inForce =
      mistakes.length > 0
        ? 'The last configuration without a mistake is in force.'
        : 'It does nothing until that is mended; all else is in force.';
    return [...mistakes, ...ignored].map((mistake) => ({
      severity: 'warning',
      message: `${words(mistake).replace(/[^?]$/, '$&.')} ${inForce}`,
    }));
  }

  /** Watches the folder, not the file: editors replace a file when they save it. */
  watch(): void {
    const folder = dirname(this.#file);
    const name = basename(this.#file);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#watcher = watch(folder, (_event, changed) => {
        if (changed === null || changed === name) this.#soon();
      });
      this.#watcher.on('error', (error) => this.#log.error(`cannot watch ${folder}`, error));
    } catch (error) {
      this.#log.error(`cannot watch ${folder}; changes take effect at the next start`, error);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watcher?.close();
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#reload(), QUIET_MS);
  }

  #reload(): void {
    const text = this.#read();
    if (text === this.#text) return;
    this.#text = text;
    this.#loaded = loadConfig(this.#file, text, this.schemas, this.#loaded);
    if (this.#loaded.mistakes.length === 0) this.#log.info(`read ${this.#file} anew`);
    this.#logMistakes();
    this.#onChange();
  }

  #read(): string | undefined {
    try {
      return readFileSync(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      // An unreadable file must not count as an empty one: keep the text in force.
      this.#log.error(`cannot read ${this.#file}`, error);
      return this.#text;
    }
  }

  #logMistakes(): void {
    const { mistakes, ignored } = this.#loaded;
    for (const mistake of [...mistakes, ...ignored]) this.#log.warn(words(mistake));
  }
}

function words({ file, line, column, message }: ConfigMistake): string {
  return `${file}:${line}:${column}: ${message}`;
}
