import type { Asker, Checked, Handlers } from '../collector/handlers.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { type RequestName, requests } from '../protocol/protocol.ts';
import type { Token } from './tokens.ts';

/** What changes nothing. All else that is not in the next list is for this machine alone. */
const LOOKING: ReadonlySet<string> = new Set<RequestName>([
  'snapshot',
  'history',
  'costs',
  'unitCosts',
  'waste',
  'invoices',
  'billDays',
  'timeline',
  'teamCosts',
  'prices',
  'refresh',
]);

/** What only the role `stop` may ask. Each is written to the log with the token's name. */
const STOPPING: ReadonlySet<string> = new Set<RequestName>([
  'planStop',
  'stop',
  'dismissStop',
  'snoozeAlert',
  'acknowledgeAlert',
  'setBudget',
  'doctor',
]);

/** Whoever looks may have every account asked anew this often, all of them together. */
const REFRESH_EVERY_MS = 30_000;

/** Lets through what a token allows, and says who asked. */
export class Access {
  readonly #handlers: Handlers;
  readonly #log: (message: string) => void;
  readonly #now: () => number;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(
    handlers: Handlers,
    log: (message: string) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#handlers = handlers;
    this.#log = log;
    this.#now = now;
  }

  /**
   * The handlers as this token may use them. `current` answers whether it still holds: one that
   * was taken away ends what is under way with it.
   */
  handlersFor(token: Token, current: () => boolean): Handlers {
    const names = Object.keys(requests) as RequestName[];
    const entries = names.map((name) => [
      name,
      async (params: Checked<typeof name>, face: Asker) => {
        if (!current()) throw new Error(`The token ${token.name} no longer holds. Sign in again.`);
        refuseBeyond(token, name);
        if (name === 'refresh' && !this.#mayRefresh()) return {};
        if (STOPPING.has(name)) {
          this.#log(`token ${token.name} (${face.face}) asked for ${name} ${subjectOf(params)}`);
        }
        const handler = this.#handlers[name] as (params: unknown, face: Asker) => unknown;
        const result = await handler(params, { ...face, token: token.name, notifies: false });
        return name === 'snapshot' ? seenBy(token, result as Snapshot) : result;
      },
    ]);
    return Object.fromEntries(entries) as Handlers;
  }

  #mayRefresh(): boolean {
    if (this.#now() - this.#refreshedAt < REFRESH_EVERY_MS) return false;
    this.#refreshedAt = this.#now();
    return true;
  }
}

function refuseBeyond(token: Token, name: RequestName): void {
  if (LOOKING.has(name)) return;
  if (!STOPPING.has(name)) {
    throw new Error(`"${name}" can be asked only on the machine where the collector runs.`);
  }
  if (token.role !== 'stop') {
    throw new Error(
      `The token ${token.name} may look, and no more. Ask whoever runs this server for one with the role stop.`,
    );
  }
}

function subjectOf(params: unknown): string {
  const { jobId, id } = params as { jobId?: string; id?: string };
  return jobId ?? id ?? '';
}

const seen = new WeakMap<Snapshot, Snapshot>();

/** The snapshot as this token sees it: where it may not stop, no face offers to. */
export function seenBy(token: Token, snapshot: Snapshot): Snapshot {
  if (token.role === 'stop') return snapshot;
  const known = seen.get(snapshot);
  if (known) return known;
  const unstoppableBecause = 'Your token may look, and no more.';
  const made = {
    ...snapshot,
    jobs: snapshot.jobs.map((job) => ({ ...job, stoppable: false, unstoppableBecause })),
  };
  seen.set(snapshot, made);
  return made;
}
