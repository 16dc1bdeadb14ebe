import type { Account } from '../../model/account.ts';
import { diagnoseRental, observeRental, type Rental } from '../rental.ts';
import type { Connection, Surroundings } from '../source.ts';
import { openApi, type Pod } from './api.ts';
import { nodesOf } from './nodes.ts';
import type { Settings } from './settings.ts';
import { planStop, stop } from './stop.ts';
import { samplesOf } from './telemetry.ts';

/** A RunPod account, open. Loaded when it is first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const api = openApi(account, surroundings, settings);
  const context = { account: account.id, mine: settings.mine, api, onStop: settings.onStop };
  const nodes = (pods: readonly Pod[]) => nodesOf(pods, { ...context, now: clock.now() });
  const rental: Rental<Pod[]> = {
    account,
    clock,
    read: (signal) => api.list(signal),
    nodesOf: nodes,
    samplesOf: async (pods, signal) =>
      samplesOf(await api.telemetry(signal), nodes(pods), clock.now()),
  };
  const untried = 'not tried: it would stop a pod; the key must be allowed to write';
  return {
    observe: (request) => observeRental(rental, request),
    diagnose: (signal) => diagnoseRental(rental, untried, signal),
    planStop: (job, signal) => planStop(job, context, signal),
    stop: (job, plan, signal) => stop(job, plan, context, signal),
    close: async () => api.close(),
  };
}
