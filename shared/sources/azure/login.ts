import { setTimeout as wait } from 'node:timers/promises';
import type { Account } from '../../model/account.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { optionsOf } from './account.ts';
import { queryMachines, type Row } from './graph.ts';
import { type Manager, openManager } from './resource_manager.ts';
import type { Settings } from './settings.ts';
import { type Tokens, tokensOf } from './tokens.ts';

/** What the subscriptions of one sign-in share: its tokens, and one query for all of them. */
export interface Login {
  tokens: Tokens;
  /** The rows of one subscription; of all that may be seen where none is given. */
  machines(subscription: string | undefined, signal: AbortSignal): Promise<Row[]>;
}

const logins = new WeakMap<Surroundings, Map<string, Login>>();

/** Subscriptions that are read within this time of each other are read by one query. */
const TOGETHER_MS = 25;

/** The account's sign-in, shared with the other subscriptions that it opens. */
export function loginOf(account: Account, surroundings: Surroundings, settings: Settings): Login {
  const options = optionsOf(account);
  const known = logins.get(surroundings) ?? new Map<string, Login>();
  logins.set(surroundings, known);
  const key = [options.origin, options.tenant, options.cloud, settings.url].join(' ');
  const login = known.get(key) ?? makeLogin(account, surroundings, settings);
  known.set(key, login);
  return {
    tokens: {
      get: (id) => login.tokens.get(id).catch((error) => Promise.reject(about(id, error))),
      forget: () => login.tokens.forget(),
    },
    machines: (subscription, signal) =>
      login
        .machines(subscription, signal)
        .catch((error) => Promise.reject(about(account.id, error))),
  };
}

function makeLogin(account: Account, surroundings: Surroundings, settings: Settings): Login {
  const tokens = tokensOf(optionsOf(account), surroundings);
  let manager: Manager | undefined;
  return {
    tokens,
    machines: together(async (subscriptions, signal) => {
      manager ??= openManager(account, tokens, surroundings, settings);
      return queryMachines(manager, subscriptions, signal);
    }),
  };
}

interface Round {
  subscriptions: Set<string | undefined>;
  signals: AbortSignal[];
  answer: Promise<Row[]>;
}

/** Gathers readings that are asked for at about the same time into one. */
function together(
  ask: (subscriptions: string[], signal: AbortSignal) => Promise<Row[]>,
): Login['machines'] {
  let next: Round | undefined;
  const begin = (): Round => {
    const round: Round = { subscriptions: new Set(), signals: [], answer: Promise.resolve([]) };
    round.answer = wait(TOGETHER_MS).then(() => {
      next = undefined;
      const some = [...round.subscriptions].flatMap((one) => one ?? []);
      return ask(round.subscriptions.has(undefined) ? [] : some, whenAllAre(round.signals));
    });
    // Each who waits hears of a failure; where nobody does any more, nobody need.
    round.answer.catch(() => undefined);
    return round;
  };
  return async (subscription, signal) => {
    if (signal.aborted) throw late();
    next ??= begin();
    const round = next;
    round.subscriptions.add(subscription);
    round.signals.push(signal);
    const rows = await untilAborted(round.answer, signal);
    return subscription ? rows.filter((row) => row.subscriptionId === subscription) : rows;
  };
}

/** Aborted once every one of them is. */
function whenAllAre(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  let left = signals.length;
  for (const signal of signals) {
    const gone = () => {
      left -= 1;
      if (left === 0) controller.abort(signal.reason);
    };
    if (signal.aborted) gone();
    else signal.addEventListener('abort', gone, { once: true });
  }
  return controller.signal;
}

function untilAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(late());
    signal.addEventListener('abort', onAbort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function late(): SourceError {
  return new SourceError('unreachable', {
    account: '',
    message: 'Azure Resource Graph: no answer in time',
    remedy: 'Burnrate tries again by itself. Check the network, the VPN and the proxy.',
  });
}

/** The same failure, told of this account. */
function about(account: string, error: unknown): unknown {
  if (!(error instanceof SourceError) || error.account === account) return error;
  const { kind, message, remedy, retryAfterMs } = error;
  return new SourceError(kind, {
    account,
    message,
    remedy,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
