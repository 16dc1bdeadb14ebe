import { Checkpoints } from '../economics/checkpoints.ts';
import type { Fleet } from '../metering/identity.ts';
import { jobsByNode } from '../metering/jobs_by_node.ts';
import {
  type Gain,
  type JobGain,
  joined,
  NodeShares,
  TrafficCounting,
} from '../metering/traffic.ts';
import type { BucketReading } from '../model/bucket.ts';
import { IDLE } from '../model/charge.ts';
import { addEgress, type EgressCost, type EgressView, type TransferView } from '../model/egress.ts';
import type { Job } from '../model/job.ts';
import { type Micros, split } from '../model/money.ts';
import type { Node } from '../model/node.ts';
import { DAY, HOUR, type Instant, type Interval, startOfLocalDay } from '../model/time.ts';
import { addMoved, type Moved, type Traffic } from '../model/traffic.ts';
import { type EgressPrice, egressPriceOf } from '../pricing/egress/prices.ts';
import { LEARNED_DAYS, TransferShares } from '../pricing/egress/share.ts';
import { costOfNext } from '../pricing/egress/tiers.ts';
import type { Store } from '../store/store.ts';
import type { TrafficPart } from '../store/traffic.ts';
import { Buckets, type Senders } from './buckets.ts';
import { checkpointView } from './checkpoint_view.ts';
import { TransferMonth, transferDays } from './transfer_month.ts';

/** Checkpoints of an earlier run tell how often they come. */
const CHECKPOINTS_FROM_MS = DAY;

/** What one job moved on one machine, and what that would have cost to the internet. */
interface Sum {
  moved: Moved;
  listMicros: Micros;
  unpriced: boolean;
}

type Counted = Omit<TrafficPart, 'hour'>;

/** By job, then by machine. */
type SumsByJob = Map<string, Map<string, Sum>>;

/** What jobs send and write: counted, shared out, priced, and told apart by checkpoints. */
export class TrafficMeter {
  readonly #store: Store;
  readonly #counting = new TrafficCounting();
  readonly #checkpoints = new Checkpoints();
  readonly #shares = new TransferShares();
  readonly #month = new TransferMonth();
  readonly #buckets = new Buckets();
  #gains: Gain[] = [];
  #parts: TrafficPart[] = [];
  #total: SumsByJob = new Map();
  #today: SumsByJob = new Map();
  #day: Instant | undefined;
  readonly #senders: Senders = {
    jobIds: () => this.#total.keys(),
    placesOf: (jobId) =>
      new Set(
        [...(this.#total.get(jobId)?.keys() ?? [])].flatMap(
          (nodeId) => this.#month.placeOf(nodeId) ?? [],
        ),
      ),
    checkpoints: (jobId) => this.#checkpoints.thatWereSent(jobId),
    sent: (jobId, span) => this.#checkpoints.sent(jobId, span),
  };

  constructor(store: Store) {
    this.#store = store;
  }

  /** Goes on where an earlier run left off; `jobs`: those whose sums are to be shown. */
  restore(now: Instant, jobs: readonly Job[]): void {
    const { traffic } = this.#store;
    this.#counting.restore(traffic.series(now - DAY));
    this.#checkpoints.restore(traffic.checkpoints(now - CHECKPOINTS_FROM_MS));
    // Of days long ago there is one row each, which begins with the day.
    const began = Math.min(now, ...jobs.map(({ startedAt }) => startedAt ?? now));
    const from = Math.floor(began / DAY) * DAY;
    this.#total = byJob(traffic.sums({ from, to: now + HOUR }));
    this.#startDay(now);
    this.#startMonth(now);
    this.learnFromBills(now);
  }

  /** What bills say of data transfer, beside what was sent on the days that they tell of. */
  learnFromBills(now: Instant): void {
    const { traffic, invoiced } = this.#store;
    const since = Math.floor(now / DAY) - LEARNED_DAYS;
    const accountOf = (nodeId: string) => invoiced.node(nodeId)?.account;
    const days = transferDays(traffic.transfers(since), traffic.listByDay(since), accountOf);
    this.#shares.learn(days);
    this.#month.billed(days, now);
  }

  /** Takes in what an account told of a machine in sight. */
  take(account: string, nodeId: string, reading: Traffic): void {
    this.#gains.push(...this.#counting.take(account, nodeId, reading));
  }

  /** Takes in what an account told of its buckets. */
  takeBuckets(account: string, readings: readonly BucketReading[]): void {
    this.#buckets.take(account, readings);
  }

  toldByOthers(account: string, now: Instant): Set<string> {
    return this.#counting.toldByOthers(account, now);
  }

  /** Shares out and prices what came in since the last time. */
  meter(now: Instant, fleet: Fleet, jobs: readonly Job[]): void {
    this.#startDay(now);
    this.#startMonth(now);
    const gains = this.#gains;
    this.#gains = [];
    if (gains.length > 0) {
      const nodes = new Map(fleet.nodes.map((node) => [node.id, node]));
      const jobsOn = jobsByNode(jobs, fleet.resolve);
      for (const [nodeId, own] of Map.groupBy(gains, (gain) => gain.nodeId)) {
        const node = nodes.get(nodeId);
        if (!node) continue;
        const shares = new NodeShares(node, jobsOn(nodeId), fleet.resolve);
        for (const gain of joined(own)) this.#share(gain, node, shares.share(gain));
      }
    }
    this.#checkpoints.look(now);
  }

  #share(gain: Gain, node: Node, parts: readonly JobGain[]): void {
    const prices = this.#priced(gain, node, parts);
    for (const [nth, part] of parts.entries()) {
      const listMicros = prices?.[nth];
      const { from, jobId, moved } = part;
      const counted = { nodeId: node.id, jobId, moved, listMicros };
      this.#parts.push({ hour: Math.floor(from / HOUR), ...counted });
      if (jobId === IDLE) continue;
      add(this.#total, counted);
      if (from >= (this.#day ?? 0)) add(this.#today, counted);
      this.#checkpoints.add(part, listMicros);
    }
  }

  /** What each part would cost to the internet; undefined where nobody knows. */
  #priced(gain: Gain, node: Node, parts: readonly JobGain[]): Micros[] | undefined {
    const { sent } = gain.moved;
    if (sent === undefined) return undefined;
    const price = node.priceKey && egressPriceOf(node.priceKey);
    const before = this.#month.sent(node.account, price?.list);
    const list = price && costOfNext(price.internet, before, sent);
    this.#month.add(node, price, { day: Math.floor(gain.from / DAY), sent, listMicros: list });
    return list === undefined
      ? undefined
      : split(
          list,
          parts.map(({ moved }) => moved.sent ?? 0),
        );
  }

  /** Writes it down, in the transaction of a tick. Call `kept` once that is done. */
  store(): void {
    const { traffic } = this.#store;
    traffic.add(merged(this.#parts));
    traffic.saveSeries(this.#counting.changes());
    traffic.saveCheckpoints(this.#checkpoints.changes());
  }

  kept(now: Instant, jobIds: ReadonlySet<string>): void {
    this.#parts = [];
    this.#counting.kept();
    this.#counting.forget(now - DAY);
    this.#checkpoints.kept();
    this.#checkpoints.keep(jobIds);
    this.#buckets.keep(jobIds);
    for (const sums of [this.#total, this.#today])
      for (const jobId of sums.keys()) if (!jobIds.has(jobId)) sums.delete(jobId);
  }

  /** What a view of the job says of it; nothing where nothing was measured. */
  viewOf(jobId: string): { egress?: EgressView } {
    const total = this.#total.get(jobId);
    if (!total) return {};
    const today = this.#today.get(jobId) ?? new Map<string, Sum>();
    const totalCost = this.#costOf(total);
    const checkpoint = this.#checkpoints.latest(jobId);
    return {
      egress: {
        today: movedBy(today),
        total: movedBy(total),
        todayCost: this.#costOf(today),
        totalCost,
        ...(checkpoint && {
          checkpoint: checkpointView(
            checkpoint,
            { cost: totalCost, listMicros: listOf(total), price: this.#priceOf(total) },
            this.#buckets.destinationOf(jobId, this.#senders),
          ),
        }),
      },
    };
  }

  /** What jobs moved over an interval, and what the sending cost: for reports. */
  over(interval: Interval): Map<string, { moved: Moved; cost: EgressCost }> {
    const sums = byJob(this.#store.traffic.sums(interval));
    return new Map(
      [...sums].map(([jobId, own]) => [jobId, { moved: movedBy(own), cost: this.#costOf(own) }]),
    );
  }

  /** This month's, by account, those that sent the most first. */
  transfers(): TransferView[] {
    return this.#month.views(
      (account, listMicros) => this.#shares.cost(account, undefined, listMicros),
      this.#buckets.views(this.#month.from),
    );
  }

  #costOf(sums: ReadonlyMap<string, Sum>): EgressCost {
    return addEgress(
      [...sums].map(([nodeId, { listMicros, unpriced }]) => ({
        ...this.#shares.cost(this.#month.accountOf(nodeId), nodeId, listMicros),
        unpriced,
      })),
    );
  }

  /** The price where the job's first machine runs: those of one job are mostly in one place. */
  #priceOf(sums: ReadonlyMap<string, Sum>): EgressPrice | undefined {
    const [nodeId] = sums.keys();
    return nodeId === undefined ? undefined : this.#month.priceOf(nodeId);
  }

  #startDay(now: Instant): void {
    const day = startOfLocalDay(now);
    if (this.#day === day) return;
    this.#day = day;
    this.#today = byJob(this.#store.traffic.sums({ from: day, to: now + HOUR }));
    for (const part of this.#parts) if (part.hour * HOUR >= day) add(this.#today, part);
  }

  #startMonth(now: Instant): void {
    this.#month.start(now, (from) =>
      this.#store.traffic.sentByDay(from / DAY).flatMap(({ nodeId, ...sent }) => {
        const node = this.#store.invoiced.node(nodeId);
        return node ? [{ node, ...sent }] : [];
      }),
    );
  }
}

function byJob(parts: readonly Counted[]): SumsByJob {
  const sums: SumsByJob = new Map();
  for (const part of parts) add(sums, part);
  return sums;
}

/** What idle machines sent is no job's. */
function add(sums: SumsByJob, { jobId, nodeId, moved, listMicros }: Counted): void {
  if (jobId === IDLE) return;
  const own = sums.get(jobId) ?? new Map<string, Sum>();
  sums.set(jobId, own);
  const before = own.get(nodeId) ?? { moved: {}, listMicros: 0, unpriced: false };
  own.set(nodeId, {
    moved: addMoved(before.moved, moved),
    listMicros: before.listMicros + (listMicros ?? 0),
    unpriced: before.unpriced || (listMicros === undefined && (moved.sent ?? 0) > 0),
  });
}

function movedBy(sums: ReadonlyMap<string, Sum>): Moved {
  return [...sums.values()].reduce<Moved>((all, { moved }) => addMoved(all, moved), {});
}

function listOf(sums: ReadonlyMap<string, Sum>): Micros {
  return [...sums.values()].reduce((all, { listMicros }) => all + listMicros, 0);
}

/** One row for what belongs together: each costs a statement. */
function merged(parts: readonly TrafficPart[]): TrafficPart[] {
  const rows = new Map<string, TrafficPart>();
  for (const part of parts) {
    const key = `${part.hour} ${part.nodeId} ${part.jobId}`;
    const row = rows.get(key);
    if (!row) rows.set(key, { ...part });
    else {
      row.moved = addMoved(row.moved, part.moved);
      if (part.listMicros !== undefined) row.listMicros = (row.listMicros ?? 0) + part.listMicros;
    }
  }
  return [...rows.values()];
}
