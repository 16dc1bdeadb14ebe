/** By then most answers have come. */
const SHORTLY_MS = 100;

/**
 * Calls `late` after `ms` of real time; the result calls that off. Made for what is nearly always
 * called off within moments: Node does not take back the wake-up of a timer that is cleared, so
 * that each answer would wake a process at rest once more, seconds later, for nothing and with
 * cold caches. Therefore the long wait begins only where nothing has come for a moment.
 */
export function deadline(ms: number, late: () => void): () => void {
  const firstMs = Math.min(ms, SHORTLY_MS);
  let timer = setTimeout(() => {
    if (firstMs === ms) late();
    else timer = setTimeout(late, ms - firstMs);
  }, firstMs);
  return () => clearTimeout(timer);
}

/**
 * Runs a call with a signal that is aborted after `ms` of real time, and rejects with `late()`
 * then, whether or not the call heeds its signal.
 */
export async function withDeadline<T>(
  ms: number,
  late: () => Error,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const callOff = deadline(ms, () => {
    const error = late();
    reject(error);
    controller.abort(error);
  });
  const running = (async () => call(controller.signal))();
  running.catch(() => {
    // Where the deadline came first, nobody waits for this any more.
  });
  try {
    return await Promise.race([running, promise]);
  } finally {
    callOff();
  }
}
