import { billDaysOf } from '@burnrate/shared/collector/bill_days.ts';
import { historyOf } from '@burnrate/shared/collector/history.ts';
import { pricesOf } from '@burnrate/shared/collector/prices.ts';
import { buildSnapshot } from '@burnrate/shared/collector/snapshot.ts';
import { timelineOf } from '@burnrate/shared/collector/timeline.ts';
import { unitCostsOf } from '@burnrate/shared/collector/work.ts';
import { World } from '@burnrate/shared/collector/world.ts';
import type { InvoiceView } from '@burnrate/shared/model/invoice_view.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import type { PriceKey } from '@burnrate/shared/model/rate.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { DAY, HOUR, type Instant } from '@burnrate/shared/model/time.ts';
import { WASTE_CAUSES } from '@burnrate/shared/model/waste.ts';
import type { CollectorLink, Requests } from '@burnrate/shared/protocol/protocol.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import type { WastePart, WasteQuery } from '@burnrate/shared/store/waste.ts';
import { chargesOf, jobsOf, nodesOf, readingsOf } from '../../bench/store_history.ts';
import { accountOf, WatchOver } from '../../unit/collector/watch_over.ts';

/** How long there is a history of each job. */
const DAYS = 90;
/** What the tick meters of it by itself, minute by minute. */
const METERED_MS = 6 * HOUR;

const KEY: PriceKey = {
  provider: 'aws',
  instanceType: 'p4d.24xlarge',
  region: 'us-east-1',
  market: 'on-demand',
};
const LIST = 32_770_000;
/** What the account's bills come to, of the list price. */
const RATIO = 0.851;

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
export function busyFleet(
  jobs: number,
  {
    now = Date.now(),
    billed = false,
    wasteful = true,
  }: { now?: Instant; billed?: boolean; wasteful?: boolean } = {},
): BusyFleet {
  const from = now - DAYS * DAY;
  const watch = new WatchOver(now);
  const nodes = nodesOf(jobs, now - METERED_MS).map((node) => ({
    ...node,
    priceKey: KEY,
  }));
  const { store, tick } = watch;
  if (billed) learn(watch);
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
  if (wasteful) waste(store, jobsOf(jobs, from), { from, now });
  if (billed) bill(store, nodes, now);
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
      invoices: billed ? invoicesOf(store, now) : undefined,
      accounts: views,
    });
  };
  const answers: Partial<{ [Name in keyof Requests]: (params: never) => unknown }> = {
    snapshot,
    history: (query: Parameters<typeof historyOf>[1]) =>
      historyOf(store, query, (jobId) => store.jobName(jobId) ?? jobId),
    unitCosts: (query: Parameters<typeof unitCostsOf>[1]) => unitCostsOf(store, query),
    waste: (query: WasteQuery) => store.wasteCourse(query),
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

/** Each day one of the hours that a job is charged for: some idled in it, some waited, some did both. */
function waste(store: Store, jobs: readonly Job[], { from, now }: { from: Instant; now: Instant }) {
  const parts = jobs.flatMap(({ id }, index): WastePart[] =>
    Array.from({ length: DAYS }, (_, day) => ({
      jobId: id,
      cause: WASTE_CAUSES[(index + day) % WASTE_CAUSES.length] ?? 'idle',
      at: from + day * DAY,
      micros: (1 + (day % 5)) * 400_000,
    })),
  );
  const watches = jobs.map(({ id }) => ({
    jobId: id,
    through: now,
    firstReadAt: from,
    worked: true,
  }));
  store.addWaste(parts, watches);
}

/** A list price, and what two weeks of bills have taught of it. */
function learn({ store, tick, now }: WatchOver): void {
  const rate = {
    microsPerHour: LIST,
    provenance: 'list',
    basis: 'Price List API',
    asOf: now,
  } as const;
  tick.intake.take(accountOf('aws:lab'), {
    what: new Set(['prices']),
    askedAt: now,
    observation: { at: now, quotes: [{ key: KEY, rate }] },
    costMicros: 0,
  });
  const today = Math.floor(now / DAY);
  store.saveMatched(
    Array.from({ length: 14 }, (_, index) => ({
      account: 'aws:lab',
      priceKey: KEY,
      day: today - 2 - index,
      listMicros: 24 * LIST,
      billedMicros: Math.round(24 * LIST * (RATIO + 0.01 * Math.sin(index))),
      final: true,
    })),
  );
  tick.billed(now - 16 * DAY);
}

/** Bills of each day but the last two, a little off what was metered; some lines match no machine. */
function bill(store: Store, nodes: readonly Node[], now: Instant): void {
  const today = Math.floor(now / DAY);
  for (const { id } of nodes) {
    store.saveRate({
      nodeId: id,
      from: now - 40 * DAY,
      rate: {
        microsPerHour: 32_000_000,
        provenance: 'calibrated',
        basis: 'Price List API',
        asOf: now - 40 * DAY,
        list: LIST,
        spread: { 'bills of aws:lab': 1_600_000 },
      },
    });
    for (let day = today - 30; day < today - 2; day++) {
      const micros = Math.round(32_000_000 * (1 + 0.04 * Math.sin(day)));
      store.bill(id, [{ hour: day * 24, micros, final: true }]);
    }
  }
  const line = { provider: 'aws', account: '123456789012', currency: 'USD', lines: 3 };
  store.invoiced.saveDay(today - 3, 1, now, [
    { ...line, kind: 'storage', service: 'EBS', micros: 14_200_000 },
    { ...line, kind: 'egress', service: 'EC2', micros: 3_700_000 },
  ]);
}

function invoicesOf(store: Store, now: Instant): InvoiceView {
  const from = now - 30 * DAY;
  return {
    from,
    ...store.invoiced.sums({ from, to: now }),
    sources: [
      { title: 'AWS Cost Explorer', account: 'aws:lab', readAt: now - HOUR, spentToday: 30_000 },
    ],
  };
}
