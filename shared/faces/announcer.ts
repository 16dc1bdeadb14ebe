import { dueTogether } from '../alerts/gathering.ts';
import { announcementWords } from '../alerts/words.ts';
import type { Alert } from '../model/alert.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { HOUR } from '../model/time.ts';
import type { CollectorLink } from '../protocol/protocol.ts';

/** How long `Snooze` keeps an alert silent, in Burnrate's time. */
export const SNOOZE_MS = HOUR;

/** One notification; the faces add their own buttons. */
export interface Announcement {
  /** What it is of: one alert, or many at once. The worst comes first. */
  alerts: [Alert, ...Alert[]];
  title: string;
  body: string;
  /** Whether a `Stop job` button makes sense: it is about one job, that may be stopped. */
  stoppable: boolean;
}

/** Shows one notification. It may take as long as a person takes to answer it. */
export type Announce = (announcement: Announcement) => void;

/**
 * Calls `announce` for the alerts that want a notification and that this face is the first to
 * claim: whatever faces are open, each alert is announced once, and a storm of them in one. The
 * result ends it.
 */
export function announceAlerts(
  link: CollectorLink,
  announce: Announce,
  onError: (error: unknown) => void,
): () => void {
  const asking = new Set<string>();
  return link.onSnapshot((snapshot) => {
    for (const group of dueTogether(snapshot.alerts, snapshot.at)) {
      const ids = group.map(({ id }) => id).filter((id) => !asking.has(id));
      if (ids.length === 0) continue;
      for (const id of ids) asking.add(id);
      link
        .request('claimAlerts', { ids })
        .then(({ granted }) => {
          const mine = group.filter(({ id }) => granted.includes(id));
          for (const announcement of announcementsOf(mine, snapshot)) announce(announcement);
        })
        .catch(onError)
        .finally(() => {
          for (const id of ids) asking.delete(id);
        });
    }
  });
}

function announcementsOf(alerts: readonly Alert[], snapshot: Snapshot): Announcement[] {
  return announcementWords(alerts).map(({ alerts: [first, ...others], ...words }) => {
    const job = snapshot.jobs.find(({ id }) => id === first.subject);
    const stoppable = others.length === 0 && (job?.stoppable ?? false);
    return { alerts: [first, ...others], ...words, stoppable };
  });
}
