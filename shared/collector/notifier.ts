import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dueTogether } from '../alerts/gathering.ts';
import { announcementWords } from '../alerts/words.ts';
import type { Alert } from '../model/alert.ts';
import { oneLine } from '../model/text.ts';
import type { Instant } from '../model/time.ts';
import type { Log } from './log.ts';

/** A face that shows notifications has this long to claim an alert. Real time. */
const CLAIM_WITHIN_MS = 3_000;
/** A desktop without a notification service must not leave a program behind. */
const SEND_WITHIN_MS = 10_000;

const run = promisify(execFile);

/** Shows one notification of the operating system. */
export type Show = (title: string, message: string) => Promise<void>;

export interface NotifierOptions {
  now: () => Instant;
  log: Log;
  show: Show;
  faceNotifies: () => boolean;
  /** Those that no face has claimed in the meantime. */
  claim: (alertIds: readonly string[]) => string[];
}

/**
 * Speaks up for alerts that no face shows. Each is shown once, by whoever claims it, and a storm of
 * them in one notification.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #waiting = new Map<string, NodeJS.Timeout>();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Looks through the alerts as they stand now. */
  review(alerts: readonly Alert[]): void {
    const { now, faceNotifies } = this.#options;
    for (const group of dueTogether(alerts, now())) {
      const due = group.filter(({ id }) => !this.#waiting.has(id));
      if (due.length === 0) continue;
      const timer = setTimeout(() => this.#claim(due), faceNotifies() ? CLAIM_WITHIN_MS : 0);
      for (const { id } of due) this.#waiting.set(id, timer);
    }
  }

  close(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #claim(alerts: readonly Alert[]): void {
    for (const { id } of alerts) this.#waiting.delete(id);
    const granted = new Set(this.#options.claim(alerts.map(({ id }) => id)));
    const mine = alerts.filter(({ id }) => granted.has(id));
    for (const { title, body } of announcementWords(mine)) void this.#show(title, body);
  }

  async #show(title: string, body: string): Promise<void> {
    try {
      await this.#options.show(title, body);
      this.#options.log.info(`notified: ${title}`);
    } catch (error) {
      // The alert stays in every face; only the pop-up is missing.
      this.#options.log.warn(`no notification could be shown (${String(error)}): ${title}`);
    }
  }
}

/**
 * Notification Centre or a Windows toast by node-notifier, loaded when needed; notify-send itself
 * on Linux, where that library would take a title that begins with a dash for an option, and the
 * text for markup.
 */
export const showOnDesktop: Show = async (title, message) => {
  if (process.platform === 'linux') return sendOnLinux(oneLine(title), oneLine(message, 300));
  const { default: notifier } = await import('node-notifier');
  await new Promise<void>((resolve, reject) => {
    const texts = { title: asValue(title), message: asValue(message, 300) };
    notifier.notify({ ...texts, wait: false }, (error) => (error ? reject(error) : resolve()));
  });
};

/** A text that no program takes for one of its own options. */
function asValue(text: string, longest?: number): string {
  return oneLine(text, longest).replace(/^-/, '\u2013');
}

/**
 * The title is plain text. The body is markup, by the Desktop Notifications Specification, in
 * which notify-send also reads a backslash as in C.
 */
async function sendOnLinux(title: string, message: string): Promise<void> {
  const body = message
    .replaceAll('\\', '\\\\')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  const args = ['--app-name=Burnrate', '--', title, body];
  await run('notify-send', args, { timeout: SEND_WITHIN_MS });
}
