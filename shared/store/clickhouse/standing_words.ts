import { type Instant, MINUTE } from '../../model/time.ts';
import type { Standing } from './shipper.ts';

/** How a team store stands, in words: what a doctor, a page and a command line say alike. */
export interface StandingWords {
  ok: boolean;
  message: string;
  remedy?: string;
}

export function standingWords(standing: Standing, now: Instant): StandingWords {
  const { failure, caughtUpAt, historyBefore, changes } = standing;
  const waits = `${changes.toLocaleString('en-US')} ${changes === 1 ? 'row waits' : 'rows wait'}`;
  const past =
    historyBefore === undefined
      ? ''
      : historyBefore > now
        ? ', and all that this ledger holds'
        : `, and what is older than ${dayOf(historyBefore)}`;
  if (failure) {
    const behind =
      caughtUpAt === undefined ? 'nothing was told to it yet' : `${agoOf(now - caughtUpAt)} behind`;
    return {
      ok: false,
      message: `${behind}; ${waits} here${past}: ${failure.what}.`,
      remedy: failure.remedy,
    };
  }
  if (historyBefore !== undefined || caughtUpAt === undefined) {
    return { ok: true, message: `being told what this ledger holds: ${waits} here${past}` };
  }
  return { ok: true, message: `was told everything ${agoOf(now - caughtUpAt)} ago; ${waits} here` };
}

function agoOf(ms: number): string {
  const minutes = Math.round(ms / MINUTE);
  if (minutes < 1) return 'under a minute';
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

function dayOf(at: Instant): string {
  return new Date(at).toISOString().slice(0, 10);
}
