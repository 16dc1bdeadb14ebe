// Apart from the schemas, which take a face some 50 ms to make: it needs them when it first asks.

/**
 * The collector speaks the Language Server Protocol (so VS Code connects with its own client) with
 * a few requests of its own. `initialize` carries the handshake in `initializationOptions`.
 */
export const PROTOCOL_VERSION = 1;

/** Pushed to every face whenever the snapshot changes; at most four a second. */
export const SNAPSHOT_CHANGED = 'burnrate/snapshotChanged';

/** A request's method, by its name in `requests`. */
export function methodOf(name: string): string {
  return `burnrate/${name}`;
}
