import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import type { CollectorLink } from '@burnrate/shared/protocol/protocol.ts';

/** A link whose connection and snapshots the test drives; it answers whatever is asked with `{}`. */
export function openLink({ connected = true } = {}) {
  const snapshots = new Set<(snapshot: Snapshot) => void>();
  const connections = new Set<(connected: boolean) => void>();
  const link: CollectorLink = {
    request: async () => ({}) as never,
    onSnapshot: (listener) => {
      snapshots.add(listener);
      return () => snapshots.delete(listener);
    },
    onConnected: (listener) => {
      connections.add(listener);
      if (connected) listener(true);
      return () => connections.delete(listener);
    },
  };
  return {
    link,
    listening: () => snapshots.size + connections.size,
    send: (snapshot: Snapshot) => {
      for (const listener of snapshots) listener(snapshot);
    },
    connect: (now: boolean) => {
      for (const listener of connections) listener(now);
    },
  };
}
