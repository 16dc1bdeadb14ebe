import type { InvoiceConnection } from './reader.ts';

/** A bill that is opened when it is first read: what that needs takes time and memory. */
export function lazily(open: () => Promise<InvoiceConnection>): InvoiceConnection {
  let opened: Promise<InvoiceConnection> | undefined;
  const connection = () => {
    opened ??= open();
    return opened;
  };
  return {
    async *read(request) {
      yield* (await connection()).read(request);
    },
    diagnose: async (signal) => (await connection()).diagnose(signal),
    close: async () => (await opened)?.close?.(),
  };
}
