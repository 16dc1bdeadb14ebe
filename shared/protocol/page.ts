import type { Snapshot } from '../model/snapshot.ts';
import { type CollectorLink, type RequestName, requests } from './protocol.ts';

/**
 * How the page talks to whatever shows it: a webview, the tray's window, or a local web server.
 * Plain objects, so that postMessage, Electron's IPC and JSON over HTTP all carry them.
 */
export type PageToHost =
  | { type: 'ready' }
  | { type: 'request'; id: number; name: string; params: unknown };
export type HostToPage =
  | { type: 'result'; id: number; result: unknown }
  | { type: 'error'; id: number; message: string }
  | { type: 'snapshot'; snapshot: Snapshot }
  /** `reason` says, for people, why there is no connection and what to do. */
  | { type: 'connected'; connected: boolean; reason?: string }
  | { type: 'show'; jobId?: string };

/** How the page reaches its host. Whatever lies between, the messages are the same. */
export interface Bridge {
  post(message: PageToHost): void;
  onMessage(listener: (message: HostToPage) => void): void;
}

/** What a page may ask for: all that a person can click there, and no more. */
const ALLOWED: ReadonlySet<string> = new Set<RequestName>([
  'snapshot',
  'history',
  'unitCosts',
  'waste',
  'billDays',
  'prices',
  'timeline',
  'teamCosts',
  'planStop',
  'stop',
  'dismissStop',
  'snoozeAlert',
  'acknowledgeAlert',
  'setBudget',
  'doctor',
  'refresh',
]);

/**
 * Answers one message of a page over the collector's link. The page is not trusted: the request's
 * name is checked against what pages may ask, and its parameters against the protocol.
 */
export async function answerPage(
  link: CollectorLink,
  message: unknown,
): Promise<HostToPage | undefined> {
  const { type, id, name, params } = (message ?? {}) as Record<string, unknown>;
  if (type !== 'request' || typeof id !== 'number') return undefined;
  if (typeof name !== 'string' || !ALLOWED.has(name)) {
    return {
      type: 'error',
      id,
      message: `a page may not ask for ${JSON.stringify(name)}`,
    };
  }
  try {
    const request = name as RequestName;
    const checked = requests[request].params.parse(params);
    return {
      type: 'result',
      id,
      result: await link.request(request, checked as never),
    };
  } catch (error) {
    return {
      type: 'error',
      id,
      message: error instanceof Error ? error.message : String(error),
    };
  }
}
