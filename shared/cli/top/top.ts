import type { Key } from 'node:readline';
import { SNOOZE_MS } from '../../faces/announcer.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { StopPlan } from '../../model/stop.ts';
import { formatDuration, SECOND } from '../../model/time.ts';
import type { CollectorConnection } from '../../protocol/client.ts';
import { given } from '../signals.ts';
import type { Terminal } from '../terminal.ts';
import { stoppedText } from '../view/plan.ts';
import type { Tone } from '../view/text.ts';
import { Screen } from './screen.ts';
import {
  alertToSnooze,
  announcedStop,
  moved,
  type Over,
  seen,
  selectedJob,
  type TopState,
} from './state.ts';
import { topView } from './view.ts';

/** How long the answer to a key stays in sight. */
const MESSAGE_MS = 8 * SECOND;

export interface TopOptions {
  link: CollectorConnection;
  terminal: Terminal;
  /** Given when the process is asked to end. */
  asked: AbortSignal;
  /** The address of the page, where it is served too. */
  page?: string | undefined;
}

/** Shows the live table until a person quits or the process is asked to end. */
export async function showTop(options: TopOptions): Promise<void> {
  const top = new Top(options);
  await top.run();
}

class Top {
  readonly #link: CollectorConnection;
  readonly #screen: Screen;
  readonly #quit = new AbortController();
  readonly #ended: AbortSignal;
  #state: TopState;
  /** When the snapshot came, by this process's clock: durations go on between two of them. */
  #cameAt = Date.now();
  #messageTimer: NodeJS.Timeout | undefined;

  constructor({ link, terminal, asked, page }: TopOptions) {
    this.#link = link;
    this.#ended = AbortSignal.any([asked, this.#quit.signal]);
    this.#state = { connected: link.connected, ...(page !== undefined && { page }) };
    this.#screen = new Screen({
      input: process.stdin,
      output: process.stdout,
      colours: terminal.colours,
      onKey: (key) => this.#press(key),
      onResize: () => this.#draw(),
    });
  }

  async run(): Promise<void> {
    this.#screen.open();
    const ends = [
      this.#link.onSnapshot((snapshot) => this.#see(snapshot)),
      this.#link.onConnected((connected) => this.#change({ connected })),
    ];
    const tick = setInterval(() => this.#draw(), SECOND);
    this.#draw();
    try {
      await given(this.#ended);
    } finally {
      clearInterval(tick);
      clearTimeout(this.#messageTimer);
      for (const end of ends) end();
      this.#screen.close();
    }
  }

  #see(snapshot: Snapshot): void {
    const before = this.#state.snapshot;
    this.#cameAt = Date.now();
    this.#state = seen(this.#state, snapshot);
    const confirmed = (of: Snapshot) => of.stops.filter(({ state }) => state === 'confirmed');
    const known = new Set(before && confirmed(before).map(({ id }) => id));
    // One may be asked for and confirmed between two snapshots.
    for (const stop of before ? confirmed(snapshot) : []) {
      if (known.has(stop.id)) continue;
      this.#say(stoppedText(stop), 'good');
    }
    this.#draw();
  }

  #change(change: Partial<TopState>): void {
    this.#state = { ...this.#state, ...change };
    this.#draw();
  }

  #draw(): void {
    const { snapshot, connected } = this.#state;
    const passed = connected && snapshot ? (Date.now() - this.#cameAt) * snapshot.speed : 0;
    const now = snapshot && { ...snapshot, at: snapshot.at + passed };
    const { width, height } = this.#screen;
    this.#screen.draw(
      topView({ ...this.#state, ...(now && { snapshot: now }) }, { width, height }),
    );
  }

  #say(text: string, tone?: Tone): void {
    clearTimeout(this.#messageTimer);
    this.#messageTimer = setTimeout(() => this.#hush(), MESSAGE_MS);
    this.#change({ message: { text, ...(tone && { tone }) } });
  }

  #hush(): void {
    const { message: _, ...rest } = this.#state;
    this.#state = rest;
    this.#draw();
  }

  #uncover(): void {
    const { over: _, ...rest } = this.#state;
    this.#state = rest;
    this.#draw();
  }

  #press(key: Key): void {
    const name = key.sequence === '?' ? '?' : (key.name ?? '');
    // It may follow an escape so closely that the two are taken for one key.
    if (key.sequence?.endsWith(CTRL_C)) this.#quit.abort();
    else if (key.ctrl && name === 'z') this.#screen.suspend();
    // Node.js takes a lone escape for one that modifies itself.
    else if (name === 'escape' || (!key.ctrl && !key.meta)) this.#pressed(name);
  }

  #pressed(name: string): void {
    const { over } = this.#state;
    if (over?.kind === 'plan') this.#answer(name, over);
    else if (name === 'q') this.#quit.abort();
    else if (!over) this.#command(name);
    else if (BACK.has(name)) this.#uncover();
  }

  /** Only `y` stops; a stray key neither stops nor takes the question away. */
  #answer(name: string, { job, plan }: Extract<Over, { kind: 'plan' }>): void {
    if (name === 'y') void this.#try(() => this.#stop(job.id, job.name, plan));
    else if (name === 'n' || BACK.has(name)) {
      this.#uncover();
      this.#say('Nothing was stopped.');
    }
  }

  #command(name: string): void {
    const step = STEPS[name];
    if (step !== undefined) this.#change(moved(this.#state, step));
    else if (name === '?' || name === 'h') this.#change({ over: { kind: 'help' } });
    else if (name === 's') void this.#try(() => this.#plan());
    else if (name === 'z') void this.#try(() => this.#snooze());
    else if (name === 'o') void this.#try(() => this.#keep());
    else if (name === 'x') void this.#try(() => this.#dismiss());
    else if (name === 'r') void this.#try(() => this.#refresh());
  }

  /** What fails is said in the message line; the table stays. */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#uncover();
      this.#say(error instanceof Error ? error.message : String(error), 'critical');
    }
  }

  async #plan(): Promise<void> {
    const job = selectedJob(this.#state);
    if (!job) return this.#say('There is no job to stop.');
    if (!job.stoppable) {
      const why = job.unstoppableBecause ?? 'Its source does not say why.';
      return this.#say(`${job.name} cannot be stopped. ${why}`, 'warning');
    }
    const over = { kind: 'planning', job } as const;
    this.#change({ over });
    const plan = await this.#link.request('planStop', { jobId: job.id });
    // Whoever went back meanwhile does not want to be asked.
    if (this.#state.over === over) this.#change({ over: { kind: 'plan', job, plan } });
  }

  async #stop(jobId: string, name: string, { action }: StopPlan): Promise<void> {
    this.#uncover();
    this.#say(`Stopping ${name} ...`);
    const answer = await this.#link.request('stop', { jobId, action });
    // A snapshot may have brought the end before the answer came.
    const { state } = this.#state.snapshot?.stops.find(({ id }) => id === answer.id) ?? answer;
    if (state === 'failed') this.#say(`Stopping ${name} failed; x dismisses it.`, 'critical');
    else if (state === 'sent') this.#say(`Stopping ${name}: accepted, waiting for its end.`);
  }

  async #snooze(): Promise<void> {
    const alert = alertToSnooze(this.#state);
    if (!alert) return this.#say('No alert is firing.');
    await this.#link.request('snoozeAlert', { id: alert.id, forMs: SNOOZE_MS });
    this.#say(`Snoozed for ${formatDuration(SNOOZE_MS)}: ${alert.title}`);
  }

  async #keep(): Promise<void> {
    const alert = announcedStop(this.#state);
    if (!alert) return this.#say('No stop is announced.');
    await this.#link.request('acknowledgeAlert', { id: alert.id });
    this.#say(`Called off: ${alert.title}`);
  }

  async #dismiss(): Promise<void> {
    const failed = this.#state.snapshot?.stops.find(({ state }) => state === 'failed');
    if (!failed) return this.#say('No stop has failed.');
    await this.#link.request('dismissStop', { id: failed.id });
    this.#say(`Dismissed. ${failed.jobName} may still run.`);
  }

  async #refresh(): Promise<void> {
    this.#say('Asking every account ...');
    await this.#link.request('refresh', {});
  }
}

const CTRL_C = '\u0003';
const BACK = new Set(['escape', 'return', 'enter', '?']);

/** Keys that move the selection, and by how many rows. */
const STEPS: Readonly<Record<string, number>> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  pageup: -10,
  pagedown: 10,
  home: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
};
