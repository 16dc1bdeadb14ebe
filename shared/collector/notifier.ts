import { wantsNotification } from '../alerts/index.ts';
import type { Alert } from '../model/alert.ts';
import { formatMoney } from '../model/money.ts';
import type { Instant } from '../model/time.ts';
import type { Log } from './log.ts';

/** A face that shows notifications has this long to claim an alert. Real time. */
const CLAIM_WITHIN_MS = 3_000;

/** Shows one notification of the operating system. */
export type Show = (title: string, message: string) => Promise<void>;

export interface NotifierOptions {
  now: () => Instant;
  log: Log;
  show: Show;
  faceNotifies: () => boolean;
  /** False where a face has claimed it in the meantime. */
  claim: (alertId: string) => boolean;
}

/** Speaks up for alerts that no face shows. Each is shown once, by whoever claims it. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #waiting = new Map<string, NodeJS.Timeout>();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Looks through the alerts as they stand now. */
  review(alerts: readonly Alert[]): void {
    const now = this.#options.now();
    for (const alert of alerts) {
      if (!wantsNotification(alert, now) || this.#waiting.has(alert.id)) continue;
      const wait = this.#options.faceNotifies() ? CLAIM_WITHIN_MS : 0;
      const timer = setTimeout(() => {
        this.#waiting.delete(alert.id);
        if (this.#options.claim(alert.id)) void this.#show(alert);
      }, wait);
      this.#waiting.set(alert.id, timer);
    }
  }

  close(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  async #show(alert: Alert): Promise<void> {
    const wasted = formatMoney(alert.microsWasted);
    try {
      await this.#options.show(alert.title, `${alert.detail} ${wasted} so far.`);
      this.#options.log.info(`notified: ${alert.title}`);
    } catch (error) {
      // The alert stays in every face; only the pop-up is missing.
      this.#options.log.warn(`no notification could be shown (${String(error)}): ${alert.title}`);
    }
  }
}

/** By node-notifier: Notification Centre, a Windows toast, or notify-send. Loaded when needed. */
export const showOnDesktop: Show = async (title, message) => {
  const { default: notifier } = await import('node-notifier');
  await new Promise<void>((resolve, reject) => {
    notifier.notify({ title, message, wait: false }, (error) =>
      error ? reject(error) : resolve(),
    );
  });
};
