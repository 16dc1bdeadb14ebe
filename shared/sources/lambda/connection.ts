import type { Account } from '../../model/account.ts';
import { diagnoseRental, observeRental, type Rental } from '../rental.ts';
import type { Connection, Surroundings } from '../source.ts';
import { type Instance, openApi } from './api.ts';
import { nodesOf } from './nodes.ts';
import type { Settings } from './settings.ts';
import { planStop, stop } from './stop.ts';

/** A Lambda Cloud account, open. Loaded when it is first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const api = openApi(account, surroundings, settings);
  const context = { account: account.id, mine: settings.mine, api, url: settings.url };
  const rental: Rental<Instance[]> = {
    account,
    clock,
    read: (signal) => api.list(signal),
    nodesOf: (instances) => nodesOf(instances, { ...context, now: clock.now() }),
  };
  return {
    observe: (request) => observeRental(rental, request),
    diagnose: (signal) =>
      diagnoseRental(rental, 'not tried: it would end an instance for good', signal),
    planStop: (job, signal) => planStop(job, context, signal),
    stop: (job, plan, signal) => stop(job, plan, context, signal),
    close: async () => api.close(),
  };
}
