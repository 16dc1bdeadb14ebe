import type { Connection } from './source.ts';

type Reading = Required<Pick<Connection, 'observe' | 'diagnose' | 'close'>>;

/** A connection that is opened when it is first used: what it needs takes time and memory. */
export function lazily(open: () => Promise<Required<Connection>>): Required<Connection> {
  const { connection, ...reading } = openedOnce(open);
  return {
    ...reading,
    planStop: async (job, signal) => (await connection()).planStop(job, signal),
    stop: async (job, plan, signal) => (await connection()).stop(job, plan, signal),
  };
}

/** The same of a source that only reads. */
export function lazilyRead(open: () => Promise<Reading>): Reading {
  const { connection: _, ...reading } = openedOnce(open);
  return reading;
}

function openedOnce<Opened extends Reading>(open: () => Promise<Opened>) {
  let opened: Promise<Opened> | undefined;
  const connection = () => {
    opened ??= open();
    return opened;
  };
  const reading: Reading = {
    observe: async (request) => (await connection()).observe(request),
    diagnose: async (signal) => (await connection()).diagnose(signal),
    close: async () => (await opened)?.close(),
  };
  return { ...reading, connection };
}
