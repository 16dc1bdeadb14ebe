import type { Account } from '../../model/account.ts';
import type { PriceKey } from '../../model/rate.ts';
import {
  type Connection,
  type Observation,
  type ObserveRequest,
  SourceError,
  type Surroundings,
} from '../source.ts';
import { openApi } from './api.ts';
import { diagnose } from './diagnose.ts';
import { inventoryOf } from './inventory.ts';
import { jobsOf } from './jobs.ts';
import { mergeFailures } from './merge.ts';
import { pricesOf } from './prices.ts';
import type { Settings } from './settings.ts';
import { planStop, stop } from './stop.ts';

/** An AWS account, open. Loaded when it is first used: the SDK takes time and memory. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const api = openApi(account, surroundings);
  const inventory = inventoryOf(api, surroundings, settings);
  const prices = pricesOf(api, clock);

  /** What the collector wants, and what runs here: the first asking knows no keys yet. */
  const keysWanted = (wanted: readonly PriceKey[]): PriceKey[] => [
    ...wanted,
    ...inventory
      .lastSeen()
      .flatMap(({ state, priceKey }) =>
        priceKey && (state === 'running' || state === 'starting') ? priceKey : [],
      ),
  ];

  async function observe({ what, wanted, signal }: ObserveRequest): Promise<Observation> {
    const observation: Observation = { at: clock.now() };
    const failures: SourceError[] = [];
    const attempt = async (part: () => Promise<SourceError[]>) => {
      try {
        failures.push(...(await part()));
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        failures.push(error);
      }
    };
    if (what.has('nodes') || what.has('jobs')) {
      await attempt(async () => {
        const read = await inventory.refresh(signal);
        if (what.has('nodes')) observation.nodes = read.nodes;
        if (what.has('jobs')) {
          const fresh = new Set(read.nodes.map(({ id }) => id));
          observation.jobs = jobsOf(
            [...read.nodes, ...read.unread],
            account.id,
            clock.now(),
          ).filter(({ shares }) => shares.some(({ node }) => fresh.has(node)));
        }
        return read.failures;
      });
    }
    if (what.has('prices')) {
      await attempt(async () => {
        const keys = keysWanted(wanted);
        // Where the nodes could not be read, having no key to ask for is no answer.
        if (keys.length === 0 && failures.length > 0) return [];
        const read = await prices.read(keys, signal);
        observation.quotes = read.quotes;
        return read.failures;
      });
    }
    const [first, ...others] = mergeFailures(failures);
    if (!first) return observation;
    if (!observation.nodes && !observation.jobs && !observation.quotes) throw first;
    return { ...observation, partial: [first, ...others] };
  }

  return {
    observe,
    diagnose: (signal) => diagnose(api, inventory, signal),
    planStop: (job, signal) => planStop(job, api, inventory, signal),
    stop: (job, plan, signal) => stop(job, plan, api, inventory, signal),
    close: async () => api.close(),
  };
}
