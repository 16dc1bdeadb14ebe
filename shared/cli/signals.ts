const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs what stays until it is asked to end, and tells it by its signal when Ctrl-C or a closed
 * window asks. It then ends in order; a second Ctrl-C ends the process at once.
 */
export async function untilAsked<T>(work: (asked: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const ask = () => controller.abort();
  for (const signal of SIGNALS) process.once(signal, ask);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, ask);
  }
}

/** Resolves when the signal is given. */
export function given(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
