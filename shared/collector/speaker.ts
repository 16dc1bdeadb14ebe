import type { ChannelSettings } from '../config/notify.ts';
import type { Clock } from '../model/time.ts';
import { Outbox } from '../notifications/outbox.ts';
import type { AlertLog } from './alert_log.ts';
import type { Life } from './life.ts';
import type { Notices } from './notices.ts';
import { Notifier, showOnDesktop } from './notifier.ts';

export interface SpeakerOptions {
  clock: Clock;
  life: Pick<Life, 'env' | 'log' | 'faceNotifies'>;
  alerts: AlertLog;
  /** Those that no face has claimed in the meantime. */
  claim: (alertIds: readonly string[]) => string[];
  notices: Notices;
  changed: () => void;
}

/** Says what is wrong where no face does: on this desktop, and at the addresses of `notify`. */
export class Speaker {
  readonly #alerts: AlertLog;
  readonly #notifier: Notifier;
  readonly #outbox: Outbox;

  constructor({ clock, life, alerts, claim, notices, changed }: SpeakerOptions) {
    const { env, log, faceNotifies } = life;
    this.#alerts = alerts;
    this.#notifier = new Notifier({
      now: () => clock.now(),
      log,
      show: showOnDesktop,
      faceNotifies,
      claim,
    });
    this.#outbox = new Outbox({
      clock,
      env,
      warn: (message) => log.warn(message),
      alerts: () => alerts.all(),
      told: (ids, channel, event) => alerts.told(ids, channel, event),
      onNotices: (list) => {
        notices.set('notify', list);
        changed();
      },
    });
  }

  configure(channels: readonly ChannelSettings[]): void {
    this.#outbox.configure(channels);
  }

  review(): void {
    this.#notifier.review(this.#alerts.all());
    this.#outbox.review();
  }

  async close(): Promise<void> {
    this.#notifier.close();
    await this.#outbox.close();
  }
}
