import type { Connection } from './source.ts';

/** A connection that is opened when it is first used: what it needs takes time and memory. */
export function lazily(open: () => Promise<Required<Connection>>): Required<Connection> {
  let opened: Promise<Required<Connection>> | undefined;
  const connection = () => {
    opened ??= open();
    return opened;
  };
  return {
    observe: async (request) => (await connection()).observe(request),
    diagnose: async (signal) => (await connection()).diagnose(signal),
    planStop: async (job, signal) => (await connection()).planStop(job, signal),
    stop: async (job, plan, signal) => (await connection()).stop(job, plan, signal),
    close: async () => (await opened)?.close(),
  };
}
