import { type Clock, DAY, MINUTE } from '@burnrate/shared/model/time.ts';
import type { Ask } from './stop_job.ts';

/** What knows of newer versions and installs them: electron-updater, in app_updater.ts. */
export interface Updater {
  /** The newer version that there is; undefined where this is the newest. Rejects with why it is not known. */
  check(): Promise<string | undefined>;
  /** Fetches what `check` has found, and verifies it. `onShare` hears how much of it is here, 0 to 1. */
  download(onShare: (share: number) => void): Promise<void>;
  /** Ends the app and starts the new one. */
  install(): void;
}

/** What a person has agreed to; kept where the app keeps its own things. */
export interface Consent {
  readonly daily: boolean;
  set(daily: boolean): Promise<void>;
}

/** How it stands with newer versions. */
export type UpdateState =
  | { type: 'unknown' | 'checking' | 'newest' }
  | { type: 'available' | 'ready'; version: string }
  | { type: 'downloading'; version: string; share: number }
  | { type: 'failed'; message: string };

export interface UpdatesOptions {
  updater: Updater;
  consent: Consent;
  /** Whether burnrate.yaml lets the app look for newer versions at all; asked before each look. */
  allowed: () => boolean;
  clock: Clock;
  ask: Ask;
  /** The state has changed. */
  changed: () => void;
}

/** The start of a desktop has better things to do. */
const FIRST_CHECK_MS = MINUTE;

/**
 * Newer versions of the app. Nobody is asked for one unless a person wants that: once, or each day.
 * Nothing is fetched, and nothing installed, before a person has said so.
 */
export class Updates {
  readonly #options: UpdatesOptions;
  #state: UpdateState = { type: 'unknown' };
  #cancel: () => void = () => {};

  constructor(options: UpdatesOptions) {
    this.#options = options;
  }

  get state(): UpdateState {
    return this.#state;
  }

  get daily(): boolean {
    return this.#options.consent.daily;
  }

  get allowed(): boolean {
    return this.#options.allowed();
  }

  /** Looks soon, and then each day, where a person has agreed to that. */
  start(): void {
    this.#lookIn(FIRST_CHECK_MS);
  }

  close(): void {
    this.#cancel();
  }

  async setDaily(daily: boolean): Promise<void> {
    await this.#options.consent.set(daily);
    this.#options.changed();
    this.#lookIn(0);
  }

  /** Looks because a person wants to know: the answer is shown whatever it is. */
  async check(): Promise<void> {
    await this.#look();
    const { state } = this;
    const { ask } = this.#options;
    if (state.type === 'available') return this.proceed();
    if (state.type === 'newest') {
      const detail = 'There is no newer one.';
      await ask({
        type: 'info',
        message: 'This is the newest Burnrate',
        detail,
        buttons: ['Close'],
      });
    }
    if (state.type === 'failed') await this.#tellFailure(state.message);
  }

  /** Fetches what was found, or installs what was fetched, if the person agrees. */
  async proceed(): Promise<void> {
    const { state } = this;
    const { ask, updater } = this.#options;
    if (state.type === 'available') {
      const fetches = await ask({
        type: 'info',
        message: `Burnrate ${state.version} is there`,
        detail: 'It is downloaded and verified now, and installed when you say so.',
        buttons: ['Later', 'Download'],
      });
      if (fetches !== 1) return;
      await this.#download(state.version);
    }
    if (this.#state.type === 'failed') return this.#tellFailure(this.#state.message);
    if (this.#state.type !== 'ready') return;
    const restarts = await ask({
      type: 'info',
      message: `Burnrate ${this.#state.version} is ready`,
      detail: 'To install it, the tray app starts again. Your jobs and the ledger are not touched.',
      buttons: ['Later', 'Restart now'],
    });
    if (restarts === 1) updater.install();
  }

  async #download(version: string): Promise<void> {
    this.#set({ type: 'downloading', version, share: 0 });
    try {
      await this.#options.updater.download((share) =>
        this.#set({ type: 'downloading', version, share }),
      );
      this.#set({ type: 'ready', version });
    } catch (error) {
      this.#set({ type: 'failed', message: reasonOf(error) });
    }
  }

  /** What is found or fetched already stays so. */
  async #look(): Promise<void> {
    if (!['unknown', 'newest', 'failed'].includes(this.#state.type)) return;
    this.#set({ type: 'checking' });
    try {
      const version = await this.#options.updater.check();
      this.#set(version === undefined ? { type: 'newest' } : { type: 'available', version });
    } catch (error) {
      this.#set({ type: 'failed', message: reasonOf(error) });
    }
  }

  #lookIn(ms: number): void {
    this.#cancel();
    if (!this.daily) return;
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#lookIn(DAY);
      if (this.allowed) void this.#look();
    });
  }

  async #tellFailure(message: string): Promise<void> {
    const detail = `${message}\n\nThe version that you have goes on working. Try again later, or install the newest by hand.`;
    const failed = 'Burnrate could not be updated';
    await this.#options.ask({ type: 'error', message: failed, detail, buttons: ['Close'] });
  }

  #set(state: UpdateState): void {
    this.#state = state;
    this.#options.changed();
  }
}

/** The first line: the library's own messages go on with headers and stacks. */
function reasonOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return line.slice(0, 300);
}
