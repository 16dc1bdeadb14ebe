import type { LoadedConfig } from '../config/load.ts';
import type { Schemas } from '../config/sections.ts';
import { invoiceSections } from '../invoices/sections.ts';
import type { Account } from '../model/account.ts';
import { withDeadline } from '../model/deadline.ts';
import type { Discovery, Observable, Source, Surroundings } from '../sources/source.ts';
import { cleanMessage, cleanName } from './border.ts';
import type { Log } from './log.ts';
import type { Poller, Watched } from './poller.ts';

/** The sources by their ids, each loaded when it is first needed. */
export type Registry = Readonly<Record<string, () => Promise<Source>>>;

const DISCOVERY_DEADLINE_MS = 20_000;

/** Where a source looked, for the doctor. */
export interface Looked {
  source: string;
  title: string;
  places: string[];
  found: number;
}

/** Loads every source; one that cannot be loaded is told and left out. */
export async function loadSources(registry: Registry, log: Log): Promise<Source[]> {
  const loaded = await Promise.all(
    Object.entries(registry).map(async ([id, load]) => {
      try {
        return await load();
      } catch (error) {
        log.error(`the source ${id} cannot be loaded`, error);
        return undefined;
      }
    }),
  );
  return loaded.filter((source) => source !== undefined);
}

/** Of the sections of burnrate.yaml: each source's, and those of the readers of bills. */
export function schemasOf(sources: readonly Source[]): Schemas {
  return {
    sources: new Map(sources.map((source) => [source.id, source.settings])),
    invoices: invoiceSections,
  };
}

export interface AccountsOptions {
  sources: readonly Source[];
  surroundings: Surroundings;
  config: () => LoadedConfig;
  poller: Poller;
  log: Log;
  onOpened: (watched: Watched) => void;
  /** The account is no longer found. */
  onGone: (account: Account) => void;
}

interface Open extends Watched {
  /** What it was opened with: a change of these opens it anew. */
  fingerprint: string;
}

/** Finds accounts, opens them, and hands them to the poller. */
export class Accounts {
  readonly #options: AccountsOptions;
  readonly #open = new Map<string, Open>();
  readonly #looked = new Map<string, Looked>();
  #discovering: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  get(id: string): Watched | undefined {
    return this.#open.get(id);
  }

  /** The source of an account, also of one that is no longer found. */
  sourceOf(id: string): Source | undefined {
    const source = id.slice(0, id.indexOf(':'));
    return this.#options.sources.find((one) => one.id === source);
  }

  all(): Watched[] {
    return [...this.#open.values()];
  }

  looked(): Looked[] {
    return [...this.#looked.values()];
  }

  /** Looks for accounts in every source, each with its own deadline. One search at a time. */
  discover(): Promise<void> {
    if (this.#discovering) {
      this.#again = true;
      return this.#discovering;
    }
    this.#discovering = this.#search().finally(() => {
      this.#discovering = undefined;
    });
    return this.#discovering;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map((one) => this.#shut(one)));
  }

  async #search(): Promise<void> {
    do {
      this.#again = false;
      await Promise.all(this.#options.sources.map((source) => this.#searchIn(source)));
    } while (this.#again && !this.#closed);
  }

  async #searchIn(source: Source): Promise<void> {
    const { surroundings, config, log } = this.#options;
    const settings = config().sections.get(source.id);
    let discovery: Discovery;
    try {
      discovery = await withDeadline(
        DISCOVERY_DEADLINE_MS,
        () => new Error(`no end of the search within ${DISCOVERY_DEADLINE_MS / 1000} s`),
        () => source.discover(surroundings, settings),
      );
    } catch (error) {
      const message = cleanMessage(error instanceof Error ? error.message : String(error));
      log.warn(`${source.title}: looking for accounts failed: ${message}`);
      const places = [`looking for accounts failed: ${message}`];
      this.#looked.set(source.id, { source: source.id, title: source.title, places, found: 0 });
      return;
    }
    if (this.#closed) return;
    const { accounts, looked } = discovery;
    this.#looked.set(source.id, {
      source: source.id,
      title: source.title,
      places: looked.map(cleanMessage),
      found: accounts.length,
    });
    const found = new Set(accounts.map((account) => account.id));
    for (const open of this.#open.values()) {
      if (open.source.id === source.id && !found.has(open.account.id)) this.#lose(open);
    }
    for (const account of accounts) this.#take(source, account, settings);
  }

  #take(source: Source, found: Account, settings: unknown): void {
    const { surroundings, config, poller, log } = this.#options;
    const account = { ...found, name: cleanName(found.name), foundIn: cleanMessage(found.foundIn) };
    const { cadence } = config().config;
    const fingerprint = JSON.stringify([account, settings, cadence]);
    const before = this.#open.get(account.id);
    if (before?.fingerprint === fingerprint) return;
    if (before) void this.#shut(before);
    try {
      const connection = source.open(account, surroundings, settings);
      const open: Open = { account, source, connection, fingerprint };
      this.#open.set(account.id, open);
      this.#options.onOpened(open);
      poller.watch(open, (what) => overrideOf(cadence, what));
    } catch (error) {
      log.error(`${source.title}, ${account.name}: cannot be opened`, error);
    }
  }

  #lose(open: Open): void {
    this.#open.delete(open.account.id);
    void this.#shut(open);
    this.#options.onGone(open.account);
  }

  async #shut(open: Open): Promise<void> {
    this.#options.poller.unwatch(open.account.id);
    try {
      await open.connection.close?.();
    } catch (error) {
      this.#options.log.warn(`${open.account.id}: closing it failed: ${String(error)}`);
    }
  }
}

function overrideOf(
  cadence: LoadedConfig['config']['cadence'],
  what: Observable,
): number | undefined {
  const seconds =
    what === 'telemetry'
      ? cadence.telemetrySeconds
      : what === 'nodes' || what === 'jobs'
        ? cadence.accountsSeconds
        : undefined;
  return seconds === undefined ? undefined : seconds * 1000;
}
