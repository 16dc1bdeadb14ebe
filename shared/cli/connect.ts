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

/** How long something is waited for, and who is told what that is. */
export interface Patience {
  ms?: number;
  asked?: AbortSignal | undefined;
  say?: (text: string) => void;
}

/**
 * The present, once every account that can be found has been looked at and what runs has a price,
 * or `PATIENCE_MS` later: what has only just been started would otherwise seem to cost nothing.
 */
export async function settledSnapshot(
  link: CollectorConnection,
  { ms = PATIENCE_MS, asked, say }: Patience = {},
): Promise<Snapshot> {
  const until = Date.now() + ms;
  let snapshot = await link.request('snapshot', {});
  if (snapshot.accounts.length === 0 && isSearching(snapshot)) {
    // It answers at the end of the search for accounts.
    await link.request('refresh', {});
    snapshot = await link.request('snapshot', {});
  }
  let said = '';
  while (isSettling(snapshot) && Date.now() < until) {
    const awaited = startingIn(snapshot).join(', ');
    if (awaited !== '' && awaited !== said) say?.(`Waiting for the first answer of ${awaited} ...`);
    said = awaited;
    await pause(100, undefined, { signal: asked });
    snapshot = await link.request('snapshot', {});
  }
  return snapshot;
}

/** Whether there may be accounts that its collector has not found yet. */
export function isSearching(snapshot: Snapshot): boolean {
  return ageOf(snapshot) < SEARCHING_MS;
}

/** The accounts that have not said yet what runs in them. */
export function startingIn({ accounts }: Snapshot): string[] {
  return accounts.flatMap(({ state, title }) => (state === 'starting' ? title : []));
}

function isSettling(snapshot: Snapshot): boolean {
  const unpriced = snapshot.rate.unpriced > 0 && ageOf(snapshot) < PRICING_MS;
  return unpriced || startingIn(snapshot).length > 0;
}

/** How long its collector has lived, in real time. */
function ageOf({ at, speed, collector }: Snapshot): number {
  return (at - collector.startedAt) / speed;
}
