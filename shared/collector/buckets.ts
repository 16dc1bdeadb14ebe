import type { Checkpoint } from '../economics/checkpoints.ts';
import { type Destination, destinationOf } from '../economics/destination.ts';
import type { BucketReading, BucketView } from '../model/bucket.ts';
import type { Instant, Interval } from '../model/time.ts';
import { requestCost } from '../pricing/egress/requests.ts';

/** What is known of jobs whose bytes are counted. */
export interface Senders {
  jobIds(): Iterable<string>;
  /** Where a job's machines are, as `placeOf` has it: mostly one place. */
  placesOf(jobId: string): ReadonlySet<string>;
  /** A job's last checkpoints that went out over the network, oldest first. */
  checkpoints(jobId: string): readonly Checkpoint[];
  /** What a job sent over a time of the last hour; undefined where it is not known, or not yet. */
  sent(jobId: string, span: Interval): number | undefined;
}

/** Where a checkpoint went, and which. */
export type Told = Destination & { at: Instant };

/** Where earlier ones went says nothing of where a job's checkpoints go now. */
const LAST = 3;

/** One account's part of one region. */
export function placeOf(account: string, region: string): string {
  return `${account} ${region}`;
}

/**
 * What each account's buckets were last said to be asked for. Stores know neither jobs nor machines:
 * a bucket's bytes are those that machines have sent, seen from the other side, and are added to
 * nothing. Its requests are the account's.
 */
export class Buckets {
  readonly #readings = new Map<string, Map<string, BucketReading>>();
  /** Where each job's checkpoints go: what it is told by is soon forgotten. */
  readonly #destinations = new Map<string, Told>();

  take(account: string, readings: readonly BucketReading[]): void {
    if (readings.length === 0) return;
    const known = this.#readings.get(account) ?? new Map<string, BucketReading>();
    this.#readings.set(account, known);
    for (const reading of readings) known.set(reading.name, reading);
  }

  /** Those of a month, by account, those with the most requests first. */
  views(month: Instant | undefined): Map<string, BucketView[]> {
    const byAccount = [...this.#readings].map(([account, readings]) => {
      const views = [...readings.values()]
        .filter((reading) => reading.month.from === month)
        .map(bucketView)
        .sort((a, b) => b.use.puts + b.use.gets - (a.use.puts + a.use.gets));
      return [account, views] as const;
    });
    return new Map(byAccount.filter(([, views]) => views.length > 0));
  }

  /**
   * Where the newest of a job's last checkpoints went of which it can be told: of one that has just
   * been sent it cannot yet, and it goes where those before it went.
   */
  destinationOf(jobId: string, senders: Senders): Told | undefined {
    if (this.#readings.size === 0) return undefined;
    const known = this.#destinations.get(jobId);
    for (const checkpoint of senders.checkpoints(jobId).slice(-LAST).reverse()) {
      if (checkpoint.at === known?.at) return known;
      const found = this.#find(checkpoint, senders);
      if (!found) continue;
      const told = { ...found, at: checkpoint.at };
      this.#destinations.set(jobId, told);
      return told;
    }
    return undefined;
  }

  #find(checkpoint: Checkpoint, senders: Senders): Destination | undefined {
    const { jobId } = checkpoint;
    const [place, ...elsewhere] = senders.placesOf(jobId);
    if (place === undefined || elsewhere.length > 0) return undefined;
    const there = [...this.#readings].flatMap(([account, readings]) =>
      [...readings.values()].filter(({ region }) => placeOf(account, region) === place),
    );
    return destinationOf(checkpoint, there, (span) => {
      // What is not remembered of the job itself is not of others, and rules none of them out.
      if (senders.sent(jobId, span) === undefined) return undefined;
      return [...senders.jobIds()]
        .filter((id) => id !== jobId && senders.placesOf(id).has(place))
        .map((id) => senders.sent(id, span) ?? 0);
    });
  }

  keep(jobIds: ReadonlySet<string>): void {
    for (const jobId of this.#destinations.keys())
      if (!jobIds.has(jobId)) this.#destinations.delete(jobId);
  }
}

function bucketView(reading: BucketReading): BucketView {
  const { name, region, month } = reading;
  const { from: _, ...use } = month;
  const cost = requestCost(reading, use);
  return { name, region, use, ...(cost && { cost }) };
}
