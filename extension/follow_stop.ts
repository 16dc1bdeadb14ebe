import type { Stop } from '@burnrate/shared/model/stop.ts';
import { deferred } from '@burnrate/shared/protocol/deferred.ts';
import type { CollectorLink } from '@burnrate/shared/protocol/protocol.ts';

/**
 * Follows a stop until the provider has confirmed it or it has failed; answers how it ended.
 * `onStep` hears of each change. The signal gives up following, never the stop itself.
 */
export function followStop(
  link: CollectorLink,
  stop: Stop,
  onStep: (stop: Stop) => void,
  signal: AbortSignal,
): Promise<Stop> {
  if (hasEnded(stop)) return Promise.resolve(stop);
  const { promise, resolve, reject } = deferred<Stop>();
  let state = stop.state;
  const unsubscribe = link.onSnapshot(({ stops }) => {
    const current = stops.find(({ id }) => id === stop.id);
    if (!current || current.state === state) return;
    state = current.state;
    onStep(current);
    if (hasEnded(current)) resolve(current);
  });
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  return promise.finally(() => {
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
  });
}

function hasEnded({ state }: Stop): boolean {
  return state === 'confirmed' || state === 'failed';
}
