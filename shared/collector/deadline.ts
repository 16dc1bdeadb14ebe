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
  const timer = setTimeout(() => {
    const error = late();
    reject(error);
    controller.abort(error);
  }, ms);
  const running = (async () => call(controller.signal))();
  running.catch(() => {
    // Where the deadline came first, nobody waits for this any more.
  });
  try {
    return await Promise.race([running, promise]);
  } finally {
    clearTimeout(timer);
  }
}
