import type { Account } from '../../model/account.ts';
import type { PriceKey } from '../../model/rate.ts';
import { unlessDenied } from '../leftovers.ts';
import { Parts } from '../parts.ts';
import type { Connection, ObserveRequest, Surroundings } from '../source.ts';
import { openApi } from './api.ts';
import { diagnose } from './diagnose.ts';
import { inventoryOf, type Seen } from './inventory.ts';
import { readLeftovers } from './leftovers.ts';
import { pricesOf } from './prices.ts';
import type { Settings } from './settings.ts';
import { stoppingOf } from './stop.ts';
import { readTelemetry } from './telemetry.ts';
import { trafficReader } from './traffic.ts';

/** A project, open. Loaded when it is first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const api = openApi(account, surroundings, settings);
  const inventory = inventoryOf(api, surroundings, settings);
  const prices = pricesOf(api, inventory, clock);
  const readTraffic = trafficReader(api);
  let lastNodes: Seen['nodes'] = [];
  /** The reading of machines that is under way, or was the last. */
  let reading: Promise<Seen> | undefined;

  async function refresh(signal: AbortSignal): Promise<Seen> {
    reading = inventory.refresh(signal);
    const seen = await reading;
    lastNodes = seen.nodes;
    return seen;
  }

  /**
   * Readings of GPUs are of machines that must be known by then, and cost money: nothing is asked
   * where no machine with a GPU runs.
   */
  async function telemetry(signal: AbortSignal) {
    await (reading ?? refresh(signal)).catch((error: unknown) => {
      // What was seen before may still run.
      if (inventory.lastSeen().length === 0) throw error;
    });
    const measured = inventory
      .lastSeen()
      .some(({ state, gpus }) => state === 'running' && gpus.count > 0);
    return measured ? readTelemetry(api, clock.now(), signal) : [];
  }

  /** What the collector wants, and what runs here: the first asking knows no keys yet. */
  const keysWanted = (wanted: readonly PriceKey[]): PriceKey[] => [
    ...wanted,
    ...lastNodes.flatMap(({ state, priceKey }) =>
      priceKey && (state === 'running' || state === 'starting') ? priceKey : [],
    ),
  ];

  async function leftovers(signal: AbortSignal) {
    // Whose everything is depends on who is asking.
    await inventory.caller(signal);
    const { ownedBy } = inventory;
    return readLeftovers({ api, ownershipOf: ownedBy, now: clock.now() }, prices, signal);
  }

  async function observe({ what, wanted, trafficTold = new Set(), signal }: ObserveRequest) {
    const parts = new Parts();
    const seen = await parts.read(what.has('nodes') || what.has('jobs'), async () => {
      const read = await refresh(signal);
      parts.failures.push(...read.failures);
      return read;
    });
    // Where the machines could not be read, there is nothing to ask about either.
    const unseen = parts.failures.length > 0 && inventory.lastSeen().length === 0;
    const samples = await parts.read(what.has('telemetry') && !unseen, () => telemetry(signal));
    const traffic = await parts.read(samples !== undefined, () =>
      unlessDenied(readTraffic(inventory.lastSeen(), trafficTold, clock.now(), signal)),
    );
    const keys = keysWanted(wanted);
    const blind = keys.length === 0 && parts.failures.length > 0;
    const quotes = await parts.read(what.has('prices') && !blind, () => prices.read(keys, signal));
    const left = await parts.read(what.has('leftovers'), () => unlessDenied(leftovers(signal)));
    return parts.complete({
      at: clock.now(),
      ...(seen && what.has('nodes') && { nodes: seen.nodes }),
      ...(seen && what.has('jobs') && { jobs: seen.jobs }),
      ...(samples && { samples }),
      ...(traffic && { traffic }),
      ...(quotes && { quotes }),
      ...(left && { leftovers: left }),
    });
  }

  return {
    observe,
    diagnose: (signal) => diagnose({ api, inventory, leftovers, clock }, signal),
    ...stoppingOf(api, inventory, settings),
    close: async () => api.close(),
  };
}
