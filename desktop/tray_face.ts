import { announceAlerts, SNOOZE_MS } from '@burnrate/shared/faces/announcer.ts';
import { readoutOf } from '@burnrate/shared/faces/readout.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { oneLine } from '@burnrate/shared/model/text.ts';
import type { CollectorLink } from '@burnrate/shared/protocol/protocol.ts';
import type { Deed } from './deed.ts';
import { type MenuItem, menuOf } from './menu.ts';
import { type Notice, noticeOf } from './notification.ts';
import { type Ask, failureBox, stopJob } from './stop_job.ts';
import { levelOf, type TrayIcon } from './tray_icon.ts';
import type { Updates } from './updates.ts';

/** What the tray app wants of the desktop it runs on. Each `set` is called only on a change. */
export interface Shell {
  setIcon(icon: TrayIcon): void;
  /** Beside the icon, where a menu bar has room for text. */
  setTitle(title: string): void;
  setToolTip(text: string): void;
  setMenu(items: readonly MenuItem[]): void;
  ask: Ask;
  /** Undefined where the desktop shows none: the collector then finds its own way. */
  notify: ((notice: Notice) => void) | undefined;
  showWindow(jobId?: string): void;
  openInBrowser(): Promise<void>;
  /** Undefined where the app cannot start at login. */
  startsAtLogin(): boolean | undefined;
  setStartsAtLogin(on: boolean): Promise<void> | void;
  /** Undefined where the app is not updated by itself: by a package of the system, or not at all. */
  updates: Updates | undefined;
  quit(): void;
}

/** People read a figure at most once a second. */
const REDRAW_MS = 1_000;
/** A menu that is set anew may close or move under the pointer: for figures alone, not so often. */
const FIGURES_MS = 5_000;
/** Windows cuts a tray icon's tooltip after 127 characters. */
const LONGEST_TOOLTIP = 127;

export interface TrayFaceOptions {
  link: CollectorLink;
  shell: Shell;
  locale?: string;
  /** How long the menu is left alone while nothing but its figures changes. Default 5 s. */
  figuresMs?: number;
}

/** The tray app without its desktop: what it shows of each snapshot, and what a click does. */
export class TrayFace {
  readonly #link: CollectorLink;
  readonly #shell: Shell;
  readonly #locale: string | undefined;
  readonly #figuresMs: number;
  readonly #shown = new Map<string, string>();
  /** Stops that a person asked for here, whose end is not known yet. */
  readonly #stops = new Set<string>();
  readonly #unsubscribe: (() => void)[];
  #snapshot: Snapshot | undefined;
  #connected = false;
  #redraw: NodeJS.Timeout | undefined;
  /** Ends the time in which the menu is not set anew for figures alone. */
  #menuRest: NodeJS.Timeout | undefined;

  constructor(options: TrayFaceOptions) {
    const { link, shell } = options;
    this.#link = link;
    this.#shell = shell;
    this.#locale = options.locale;
    this.#figuresMs = options.figuresMs ?? FIGURES_MS;
    this.#draw();
    this.#unsubscribe = [
      link.onConnected((connected) => {
        this.#connected = connected;
        if (!connected) this.#draw();
      }),
      link.onSnapshot((snapshot) => {
        this.#connected = true;
        this.#snapshot = snapshot;
        this.#redraw ??= setTimeout(() => this.#draw(), this.#shown.has('live') ? REDRAW_MS : 0);
        this.#tellFailures(snapshot);
      }),
    ];
    const { notify } = shell;
    if (notify) {
      this.#unsubscribe.push(
        announceAlerts(
          link,
          (announcement) => notify(noticeOf(announcement)),
          (error) => console.error('An alert could not be announced:', error),
        ),
      );
    }
  }

  /** Does what a click wants; a failure is shown to the person who clicked. */
  async do(deed: Deed): Promise<void> {
    try {
      await this.#do(deed);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      const message = 'Burnrate could not do that';
      await this.#shell.ask({ type: 'error', message, detail, buttons: ['Close'] });
    }
  }

  /** What the menu says beside the snapshot has changed. */
  changed(): void {
    this.#redraw ??= setTimeout(() => this.#draw(), 0);
  }

  close(): void {
    clearTimeout(this.#redraw);
    clearTimeout(this.#menuRest);
    for (const stop of this.#unsubscribe) stop();
  }

  #do(deed: Deed): Promise<unknown> | unknown {
    switch (deed.type) {
      case 'show':
        return this.#shell.showWindow(deed.jobId);
      case 'openInBrowser':
        return this.#shell.openInBrowser();
      case 'stop':
        return this.#stop(deed.jobId);
      case 'dismissStop':
        return this.#link.request('dismissStop', { id: deed.stopId });
      case 'snooze':
        return each(deed.alertIds, (id) =>
          this.#link.request('snoozeAlert', { id, forMs: SNOOZE_MS }),
        );
      case 'keep':
        return each(deed.alertIds, (id) => this.#link.request('acknowledgeAlert', { id }));
      case 'startAtLogin':
        return this.#setStartsAtLogin(deed.on);
      case 'setBudget':
        return this.#setBudget(deed);
      case 'checkForUpdates':
        return this.#shell.updates?.check();
      case 'checkDaily':
        return this.#shell.updates?.setDaily(deed.on);
      case 'update':
        return this.#shell.updates?.proceed();
      case 'quit':
        return this.#shell.quit();
    }
  }

  async #stop(jobId: string): Promise<void> {
    const job = this.#snapshot?.jobs.find(({ id }) => id === jobId) ?? { id: jobId, name: jobId };
    const stop = await stopJob(this.#link, job, this.#shell.ask);
    if (!stop) return;
    this.#stops.add(stop.id);
    // It may have failed before its answer came.
    if (this.#snapshot) this.#tellFailures(this.#snapshot);
  }

  async #setBudget({ jobId, ceiling, action }: Deed & { type: 'setBudget' }): Promise<void> {
    const job = this.#snapshot?.jobs.find(({ id }) => id === jobId);
    if (!job) throw new Error('The job is not there any more.');
    const { source, nativeId } = job;
    const { ceilingPerHour } = job.budget ?? {};
    await this.#link.request('setBudget', {
      source,
      nativeIds: [nativeId],
      action,
      ...(ceiling !== undefined && { ceiling }),
      ...(ceilingPerHour !== undefined && { ceilingPerHour }),
    });
  }

  async #setStartsAtLogin(on: boolean): Promise<void> {
    try {
      await this.#shell.setStartsAtLogin(on);
    } finally {
      this.#draw();
    }
  }

  /** A stop that failed after it was sent is told to the one who asked for it, once. */
  #tellFailures({ stops }: Snapshot): void {
    for (const stop of stops) {
      if (!this.#stops.has(stop.id)) continue;
      if (stop.state === 'confirmed') this.#stops.delete(stop.id);
      if (stop.state !== 'failed') continue;
      this.#stops.delete(stop.id);
      const why = stop.error ?? 'No reason was given.';
      void this.#shell.ask(failureBox(stop.jobName, why, stop.remedy)).then((button) => {
        if (button === 1) return this.do({ type: 'stop', jobId: stop.jobId });
      });
    }
  }

  #draw(): void {
    clearTimeout(this.#redraw);
    this.#redraw = undefined;
    const snapshot = this.#connected ? this.#snapshot : undefined;
    if (snapshot) this.#shown.set('live', '');
    const readout = readoutOf(snapshot, this.#locale);
    const icon = { state: readout.state, level: levelOf(snapshot?.rate.micros ?? 0) };
    const tip = ['Burnrate', readout.line, ...readout.reasons].map((line) => oneLine(line));
    const menu = menuOf({
      snapshot,
      readout,
      startsAtLogin: this.#shell.startsAtLogin(),
      ...(this.#shell.updates && { updates: this.#shell.updates }),
      ...(this.#locale !== undefined && { locale: this.#locale }),
    });
    this.#set('icon', icon, (value) => this.#shell.setIcon(value));
    this.#set('title', readout.rate, (value) => this.#shell.setTitle(value));
    this.#set('toolTip', fitted(tip), (value) => this.#shell.setToolTip(value));
    this.#setMenu(menu);
  }

  /** At once where it offers something else than before; for its figures after a while. */
  #setMenu(menu: MenuItem[]): void {
    this.#set('offers', offersOf(menu), () => {
      clearTimeout(this.#menuRest);
      this.#menuRest = undefined;
    });
    if (this.#menuRest) return;
    this.#set('menu', menu, (value) => {
      this.#shell.setMenu(value);
      this.#menuRest = setTimeout(() => {
        this.#menuRest = undefined;
        this.#draw();
      }, this.#figuresMs);
    });
  }

  #set<T>(name: string, value: T, set: (value: T) => void): void {
    const text = JSON.stringify(value);
    if (this.#shown.get(name) === text) return;
    this.#shown.set(name, text);
    set(value);
  }
}

/** What can be clicked, and how the lines stand to each other. */
function offersOf(items: readonly MenuItem[]): unknown {
  return items.map((item) =>
    item === 'separator'
      ? item
      : [item.does, item.checked, item.submenu ? offersOf(item.submenu) : undefined],
  );
}

/** As many whole lines as a tooltip holds. */
function fitted(lines: readonly string[]): string {
  let text = lines[0] ?? '';
  for (const line of lines.slice(1)) {
    if (text.length + 1 + line.length > LONGEST_TOOLTIP)
      return `${text}…`.slice(0, LONGEST_TOOLTIP);
    text += `\n${line}`;
  }
  return text;
}

async function each(ids: readonly string[], ask: (id: string) => Promise<unknown>): Promise<void> {
  await Promise.all(ids.map(ask));
}
