import type { Account } from '../../model/account.ts';
import { isBilled } from '../../model/node.ts';
import { unlessDenied } from '../leftovers.ts';
import { Parts } from '../parts.ts';
import type { Connection, Observation, Surroundings } from '../source.ts';
import { diagnose } from './diagnose.ts';
import { diskPricesOf } from './disk_prices.ts';
import { inventoryOf } from './inventory.ts';
import { readLeftovers } from './leftovers.ts';
import { loginOf } from './login.ts';
import { pricesOf } from './prices.ts';
import { openManager } from './resource_manager.ts';
import { itemsOf, openRetail } from './retail.ts';
import type { Settings } from './settings.ts';
import { planStop, stop } from './stop.ts';
import { readUtilization } from './telemetry.ts';
import { trafficReader } from './traffic.ts';

/** An Azure subscription, open. Loaded when it is first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const login = loginOf(account, surroundings, settings);
  const manager = openManager(account, login.tokens, surroundings, settings);
  const inventory = inventoryOf(manager, login, surroundings, settings);
  const readTraffic = trafficReader(manager);
  const retail = openRetail(account.id, surroundings, settings);
  const prices = pricesOf(itemsOf(retail), clock);
  const diskPrices = diskPricesOf(itemsOf(retail), clock);

  async function leftovers(signal: AbortSignal) {
    // Whose everything is depends on who is asking.
    await inventory.caller();
    const ownershipOf = (tags: Readonly<Record<string, string>>) =>
      inventory.ownershipOf({ tags, launcher: undefined, managedBy: undefined });
    return readLeftovers({ manager, ownershipOf, now: clock.now() }, diskPrices, signal);
  }

  return {
    async observe({ what, wanted, trafficTold = new Set(), signal }) {
      const parts = new Parts();
      const observation: Observation = { at: clock.now() };
      const seen = await parts.read(what.has('nodes') || what.has('jobs'), () =>
        inventory.refresh(signal),
      );
      if (seen && what.has('nodes')) observation.nodes = seen.nodes;
      if (seen && what.has('jobs')) observation.jobs = seen.jobs;
      // What the collector wants, and what runs here: the first asking knows no keys yet.
      const running = inventory.lastSeen().filter(isBilled);
      const keys = [...wanted, ...running.flatMap(({ priceKey }) => priceKey ?? [])];
      // Where the machines could not be read, having no key to ask for is no answer.
      const asking = keys.length > 0 || parts.failures.length === 0;
      const quoted = await parts.read(what.has('prices') && asking, () =>
        prices.read(keys, signal),
      );
      if (quoted) observation.quotes = quoted.quotes;
      const telling = seen !== undefined || parts.failures.length === 0;
      const samples = await parts.read(what.has('telemetry') && telling, async () => {
        const nodes = seen?.nodes ?? (await inventory.known(signal));
        return readUtilization(manager, nodes, clock.now(), signal);
      });
      if (samples) observation.samples = samples;
      const traffic = await parts.read(what.has('telemetry') && telling, () =>
        unlessDenied(readTraffic(inventory.lastSeen(), trafficTold, clock.now(), signal)),
      );
      if (traffic) observation.traffic = traffic;
      const left = await parts.read(what.has('leftovers'), () => unlessDenied(leftovers(signal)));
      if (left) observation.leftovers = left;
      parts.failures.push(...(seen?.failures ?? []), ...(quoted?.failures ?? []));
      return once(parts.complete(observation));
    },
    diagnose: (signal) =>
      diagnose({ manager, inventory, prices, leftovers, now: clock.now() }, signal),
    planStop: (job, signal) => planStop(job, manager, inventory, signal),
    stop: (job, plan, signal) => stop(job, plan, manager, inventory, signal),
    async close() {
      manager.close();
      retail.close();
    },
  };
}

/** What ten regions fail of in the same way is told once. */
function once({ partial, ...observation }: Observation): Observation {
  if (!partial) return observation;
  const told = new Map(partial.map((failure) => [failure.message, failure]));
  return { ...observation, partial: [...told.values()] };
}
