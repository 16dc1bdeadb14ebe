import { EXIT } from './exit_codes.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C may arrive twice: from the terminal itself, and passed on by npm. */
const SAME_PRESS_MS = 500;

/**
 * Runs what stays until it is asked to end, and tells it by its signal when Ctrl-C or a closed
 * window asks. It then ends in order; another Ctrl-C ends the process at once.
 */
export async function untilAsked<T>(work: (asked: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let askedAt: number | undefined;
  const ask = () => {
    if (askedAt !== undefined && Date.now() - askedAt > SAME_PRESS_MS) process.exit(EXIT.failed);
    askedAt ??= Date.now();
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, ask);
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
