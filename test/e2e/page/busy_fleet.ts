import { billDaysOf } from '@burnrate/shared/collector/bill_days.ts';
import { historyOf } from '@burnrate/shared/collector/history.ts';
import { pricesOf } from '@burnrate/shared/collector/prices.ts';
import { buildSnapshot } from '@burnrate/shared/collector/snapshot.ts';
import { timelineOf } from '@burnrate/shared/collector/timeline.ts';
import { unitCostsOf } from '@burnrate/shared/collector/work.ts';
import { World } from '@burnrate/shared/collector/world.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { DAY, HOUR, type Instant } from '@burnrate/shared/model/time.ts';
import type { CollectorLink, Requests } from '@burnrate/shared/protocol/protocol.ts';
import { chargesOf, jobsOf, nodesOf, readingsOf } from '../../bench/store_history.ts';
import { accountOf, WatchOver } from '../../unit/collector/watch_over.ts';

/** How long there is a history of each job. */
const DAYS = 90;
/** What the tick meters of it by itself, minute by minute. */
const METERED_MS = 6 * HOUR;

export interface BusyFleet {
  link: CollectorLink;
  /** Tells each face of a snapshot that is one more than the last. */
  change(): void;
  /** The requests that were answered, by name. */
  asked: string[];
}

/**
 * So many jobs with a history of 90 days in a real store, an hour of each day, and the present by the
 * collector's own tick. A face gets its answers as from the socket.
 */
export function busyFleet(jobs: number, now: Instant = Date.now()): BusyFleet {
  const from = now - DAYS * DAY;
  const watch = new WatchOver(now);
  const nodes = nodesOf(jobs, now - METERED_MS).map((node) => ({
    ...node,
    priceKey: {
      provider: 'aws',
      instanceType: 'p4d.24xlarge',
      region: 'us-east-1',
      market: 'on-demand' as const,
    },
  }));
  const { store, tick } = watch;
  watch.see({ 'aws:lab': { nodes }, 'slurm:lab': { jobs: jobsOf(jobs, from) } });
  store.tick(() => {
    for (let at = Math.floor(from / DAY) * DAY; at < now - DAY; at += DAY) {
      const hour = { from: at, to: at + HOUR };
      for (const [nodeId, charge] of chargesOf(jobs, hour.from, hour.to)) {
        store.writeCharges(nodeId, hour, [charge]);
      }
      store.saveSamples(readingsOf(jobs, at).filter(({ gpuIndex }) => gpuIndex === 0));
    }
  });
  const views = ['aws:lab', 'slurm:lab'].map((id) => ({
    ...accountOf(id),
    title: id,
    state: 'ok' as const,
    capabilities: [],
    spentToday: 0,
  }));
  let id = 0;
  const snapshot = (): Snapshot => {
    id += 1;
    return buildSnapshot({
      id,
      now: now + id * 1000,
      mode: 'live',
      speed: 1,
      welcome: { protocol: 1, version: '0.1.0', pid: 1 },
      startedAt: from,
      tick,
      world: new World(),
      alerts: [],
      budgets: [],
      stops: [],
      notices: [],
      invoices: undefined,
      accounts: views,
    });
  };
  const answers: Partial<{ [Name in keyof Requests]: (params: never) => unknown }> = {
    snapshot,
    history: (query: Parameters<typeof historyOf>[1]) =>
      historyOf(store, query, (jobId) => store.jobName(jobId) ?? jobId),
    unitCosts: (query: Parameters<typeof unitCostsOf>[1]) => unitCostsOf(store, query),
    prices: (query: Parameters<typeof pricesOf>[1]) =>
      pricesOf({ store, titleOf: (one) => one, onDemand: () => undefined }, query),
    billDays: (query: Parameters<typeof billDaysOf>[1]) => billDaysOf(store, query),
    timeline: ({ jobId }: { jobId: string }) => timelineOf(store, jobId, now),
  };
  const listeners = new Set<(snapshot: Snapshot) => void>();
  const asked: string[] = [];
  return {
    asked,
    change: () => {
      const next = snapshot();
      for (const listener of listeners) listener(next);
    },
    link: {
      request: async (name, params) => {
        asked.push(name);
        const answer = answers[name];
        if (!answer) throw new Error(`this fleet does not answer ${name}`);
        return answer(params as never) as never;
      },
      onSnapshot: (listener) => {
        listeners.add(listener);
        listener(snapshot());
        return () => listeners.delete(listener);
      },
      onConnected: (listener) => {
        listener(true);
        return () => {};
      },
    },
  };
}
