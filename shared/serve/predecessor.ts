import { EXIT, PlainFailure } from '../cli/exit_codes.ts';
import type { Paths } from '../config/paths.ts';
import { greet, retire } from '../protocol/handshake.ts';
import { readOwner, tryConnect } from '../protocol/launch.ts';
import { PROTOCOL_VERSION } from '../protocol/names.ts';
import { VERSION } from '../protocol/version.ts';

const ANSWERS_WITHIN_MS = 10_000;

/**
 * Has the collector that a face of this user has started, if there is one, make room for the one to
 * be served: its faces find that one by themselves. Throws PlainFailure where it is served already.
 */
export async function endPredecessor(paths: Paths): Promise<void> {
  const socket = await tryConnect(readOwner(paths)?.socket ?? paths.socket);
  if (!socket) return;
  const greeted = await greet(
    socket,
    { protocol: PROTOCOL_VERSION, face: 'cli', version: VERSION, notifies: false },
    ANSWERS_WITHIN_MS,
    () => {},
  );
  // It was just ending.
  if (!greeted) return;
  const { welcome } = greeted;
  if (welcome.serving !== undefined) {
    socket.destroy();
    throw new PlainFailure(
      `This collector is served already, at ${welcome.serving} by process ${welcome.pid}. End that first, or set BURNRATE_HOME for another one.`,
      EXIT.failed,
    );
  }
  await retire(greeted, '`burnrate serve` takes over');
}
