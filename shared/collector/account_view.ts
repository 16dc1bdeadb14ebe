import type { Failure } from '../model/account.ts';
import type { Micros } from '../model/money.ts';
import type { Node } from '../model/node.ts';
import type { AccountView } from '../model/snapshot.ts';
import { type Instant, MINUTE } from '../model/time.ts';
import type { Observable, Source } from '../sources/source.ts';
import type { AccountState, World } from './world.ts';

/** Which failure is told first: without its nodes and jobs an account shows nothing. */
const ORDER: readonly Observable[] = ['nodes', 'jobs', 'telemetry', 'prices'];

/** What an account is asked for the sake of. */
const WHAT_RUNS = ['nodes', 'jobs'] as const;

/** How often an observable is asked for, by its account; undefined where it is not. */
export type CadenceOf = (account: string, what: Observable) => number | undefined;

/** Whether an account has told what runs there, or failed to: how busy GPUs are is often told first. */
export function hasTold(
  { answeredAt, failures }: AccountState,
  source: Source | undefined,
): boolean {
  return WHAT_RUNS.every(
    (what) => !source?.capabilities.includes(what) || answeredAt.has(what) || failures.has(what),
  );
}

/** An account as a face draws it; `counted`: its first answers are in what is shown beside it. */
export function accountView(
  state: AccountState,
  source: Source | undefined,
  known: { now: Instant; cadenceOf: CadenceOf; spentToday: Micros; counted: boolean },
): AccountView {
  const { account } = state;
  const failure = firstFailure(state);
  const answered = ORDER.flatMap((what) => state.answeredAt.get(what) ?? []);
  return {
    ...account,
    // Settings are the source's own business, and of no use to a face.
    options: {},
    title: source ? `${source.title}: ${account.name}` : account.name,
    state: known.counted ? stateOf(state, failure, known) : 'starting',
    capabilities: [...(source?.capabilities ?? [])],
    ...(answered.length > 0 && { lastSuccessAt: Math.max(...answered) }),
    ...(failure && { failure }),
    spentToday: known.spentToday,
  };
}

/** All accounts, in the order of their ids. */
export function accountViews(
  states: Iterable<AccountState>,
  known: {
    now: Instant;
    cadenceOf: CadenceOf;
    sourceOf: (account: string) => Source | undefined;
    spentToday: (account: string) => Micros;
    isCounted: (account: string) => boolean;
  },
): AccountView[] {
  return Array.from(states, (state) => {
    const { id } = state.account;
    return accountView(state, known.sourceOf(id), {
      ...known,
      spentToday: known.spentToday(id),
      counted: known.isCounted(id),
    });
  }).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function stateOf(
  state: AccountState,
  failure: Failure | undefined,
  { now, cadenceOf }: { now: Instant; cadenceOf: CadenceOf },
): AccountView['state'] {
  // Who tells of leftovers alone, once an hour, has not told what runs.
  if (!ORDER.some((what) => state.answeredAt.has(what))) return failure ? 'failed' : 'starting';
  const late = ORDER.some((what) => isLate(state, what, now, cadenceOf));
  return failure || late ? 'stale' : 'ok';
}

function firstFailure(state: AccountState): Failure | undefined {
  for (const what of ORDER) {
    const failure = state.failures.get(what);
    if (failure) return failure;
  }
  return undefined;
}

/** Whether an observable was last answered so long ago that more than one answer is missing. */
export function isLate(
  state: AccountState,
  what: Observable,
  now: Instant,
  cadenceOf: CadenceOf,
): boolean {
  const answeredAt = state.answeredAt.get(what);
  const everyMs = cadenceOf(state.account.id, what);
  // Prices are asked for when a node wants one, not by the clock alone.
  if (what === 'prices' || answeredAt === undefined || everyMs === undefined) return false;
  return now - answeredAt > 3 * everyMs + MINUTE;
}

/** Whether nothing newer is known of a node: its source fails, is late, or is no longer there. */
export function isStale(
  { id, account }: Pick<Node, 'id' | 'account'>,
  now: Instant,
  { world, cadenceOf }: { world: Pick<World, 'accounts' | 'nodes'>; cadenceOf: CadenceOf },
): boolean {
  const state = world.accounts.get(account);
  if (!state) return true;
  if (!state.answeredAt.has('nodes')) return state.failures.has('nodes');
  const failing = state.failures.has('nodes') && (world.nodes.get(id)?.seenAt ?? 0) < now - MINUTE;
  return failing || isLate(state, 'nodes', now, cadenceOf);
}
