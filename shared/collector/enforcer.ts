import type { Alert } from '../model/alert.ts';
import { type Clock, type Instant, MINUTE } from '../model/time.ts';
import type { Log } from './log.ts';
import type { Stopper } from './stopper.ts';

/** However late the collector comes to it, a stop has been announced for at least this long. */
const LEAST_NOTICE_MS = MINUTE;
/** A stop that was refused is tried again after this long. */
const AGAIN_MS = 5 * MINUTE;

export interface EnforcerOptions {
  clock: Clock;
  log: Log;
  stopper: Pick<Stopper, 'plan' | 'stop' | 'refusal'>;
}

/**
 * Stops the jobs whose budget is spent, once that has been announced and nobody said to keep them
 * running. All it needs is in the alerts, which outlive the collector.
 */
export class Enforcer {
  readonly #options: EnforcerOptions;
  readonly #triedAt = new Map<string, Instant>();

  constructor(options: EnforcerOptions) {
    this.#options = options;
  }

  review(alerts: readonly Alert[]): void {
    const now = this.#options.clock.now();
    for (const alert of alerts) {
      if (!isDue(alert, now)) continue;
      for (const jobId of alert.stops?.jobIds ?? []) {
        if (now - (this.#triedAt.get(jobId) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) continue;
        if (this.#options.stopper.refusal(jobId) !== undefined) continue;
        this.#triedAt.set(jobId, now);
        void this.#stop(jobId, alert.rule);
      }
    }
  }

  async #stop(jobId: string, rule: string): Promise<void> {
    const { stopper, log } = this.#options;
    try {
      const { action } = await stopper.plan(jobId);
      await stopper.stop(jobId, action, rule);
    } catch (error) {
      // The alert stays, the audit log has what was sent, and the next review tries again.
      log.warn(`${rule}: ${jobId} could not be stopped: ${String(error)}`);
    }
  }
}

function isDue(alert: Alert, now: Instant): boolean {
  const { state, stops, firedAt, acknowledged } = alert;
  if (state !== 'firing' || !stops || firedAt === undefined || acknowledged) return false;
  return now >= stops.at && now - firedAt >= LEAST_NOTICE_MS;
}
