import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket } from 'ws';

/**
 * A WebSocket as a stream of bytes, which closes when the WebSocket does: of itself it would only
 * end, and whoever waits for its close would wait for ever. An error on it closes it.
 */
export function streamOver(client: WebSocket): Duplex {
  const stream = createWebSocketStream(client);
  stream.once('end', () => stream.destroy());
  stream.on('error', () => stream.destroy());
  return stream;
}
