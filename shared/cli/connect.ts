import { setTimeout as pause } from 'node:timers/promises';
import { type Paths, pathsFor } from '../config/paths.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { type CollectorConnection, connectCollector, type LaunchSpec } from '../protocol/client.ts';
import type { Face } from '../protocol/protocol.ts';
import { VERSION } from '../protocol/version.ts';
import { collectorProgram } from './collector_program.ts';
import { serverToWatch } from './server.ts';

export interface ConnectTo {
  face?: Face;
  /** This machine's own collector, whatever server is to be watched. */
  here?: boolean;
  /** Another home than this user's, and what its collector needs in its environment: the demo's. */
  paths?: Paths;
  env?: LaunchSpec['env'];
}

/**
 * A connection to the collector: the team's, where one is to be watched, else this user's own,
 * which is started where there is none.
 */
export async function connect(to: ConnectTo = {}): Promise<CollectorConnection> {
  const server = to.here || to.paths ? undefined : await serverToWatch();
  const remote = server && (await import('../protocol/remote.ts'));
  return connectCollector({
    hello: { face: to.face ?? 'cli', version: VERSION, notifies: false },
    paths: to.paths ?? pathsFor(process.env),
    launch: collectorProgram(to.env),
    ...(remote && {
      greet: (options, prepare) => remote.greetServer(server, options, prepare),
    }),
  });
}

/** Gives the work a connection and closes it afterwards, whatever comes of it. */
export async function withCollector<T>(
  work: (link: CollectorConnection) => Promise<T>,
  to?: ConnectTo,
): Promise<T> {
  const link = await connect(to);
  try {
    return await work(link);
  } finally {
    await link.close();
  }
}

/** A collector this young may still be looking for accounts, and this young for prices. */
const SEARCHING_MS = 30_000;
const PRICING_MS = 8_000;
const PATIENCE_MS = 15_000;

/**
 * The present, once every account that can be found has been looked at and what runs has a price,
 * or `PATIENCE_MS` later: what has only just been started would otherwise seem to cost nothing.
 */
export async function settledSnapshot(
  link: CollectorConnection,
  asked?: AbortSignal,
): Promise<Snapshot> {
  const until = Date.now() + PATIENCE_MS;
  let snapshot = await link.request('snapshot', {});
  if (snapshot.accounts.length === 0 && ageOf(snapshot) < SEARCHING_MS) {
    // It answers at the end of the search for accounts.
    await link.request('refresh', {});
    snapshot = await link.request('snapshot', {});
  }
  while (isSettling(snapshot) && Date.now() < until) {
    await pause(100, undefined, { signal: asked });
    snapshot = await link.request('snapshot', {});
  }
  return snapshot;
}

function isSettling(snapshot: Snapshot): boolean {
  const unpriced = snapshot.rate.unpriced > 0 && ageOf(snapshot) < PRICING_MS;
  return unpriced || snapshot.accounts.some(({ state }) => state === 'starting');
}

/** How long its collector has lived, in real time. */
function ageOf({ at, speed, collector }: Snapshot): number {
  return (at - collector.startedAt) / speed;
}
