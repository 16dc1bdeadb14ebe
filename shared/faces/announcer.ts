import { wantsNotification } from '../alerts/index.ts';
import { wordsOf } from '../alerts/words.ts';
import type { Alert } from '../model/alert.ts';
import { HOUR } from '../model/time.ts';
import type { CollectorLink } from '../protocol/protocol.ts';

/** How long `Snooze` keeps an alert silent, in Burnrate's time. */
export const SNOOZE_MS = HOUR;

/** An alert as a notification shows it; the faces add their own buttons. */
export interface Announcement {
  alert: Alert;
  title: string;
  body: string;
  /** Whether a `Stop job` button makes sense: it is about a job that may be stopped. */
  stoppable: boolean;
}

/** Shows one notification. It may take as long as a person takes to answer it. */
export type Announce = (announcement: Announcement) => void;

/**
 * Calls `announce` for each alert that wants a notification and that this face is the first to
 * claim: whatever faces are open, each alert is announced once. The result ends it.
 */
export function announceAlerts(
  link: CollectorLink,
  announce: Announce,
  onError: (error: unknown) => void,
): () => void {
  const asking = new Set<string>();
  return link.onSnapshot((snapshot) => {
    for (const alert of snapshot.alerts) {
      if (!wantsNotification(alert, snapshot.at) || asking.has(alert.id)) continue;
      asking.add(alert.id);
      link
        .request('claimAlert', { id: alert.id })
        .then(({ granted }) => {
          const job = snapshot.jobs.find(({ id }) => id === alert.subject);
          if (granted) announce({ alert, ...wordsOf(alert), stoppable: job?.stoppable ?? false });
        })
        .catch(onError)
        .finally(() => asking.delete(alert.id));
    }
  });
}
