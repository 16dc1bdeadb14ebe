import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on this machine alone, at a port of the system's choice. */
export interface Listening {
  url: string;
  close(): void;
}

/** `keptMs`: for how long a connection that nobody uses stays open, where it is not Node's usual 5 s. */
export async function listen(answer: RequestListener, keptMs?: number): Promise<Listening> {
  const server = createServer({ ...(keptMs && { keepAliveTimeout: keptMs }) }, answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
