import type { BucketReading } from '../model/bucket.ts';
import { type Interval, MINUTE } from '../model/time.ts';
import type { Checkpoint } from './checkpoints.ts';

/** A store counts a request when it ends, and its figures are of whole minutes. */
const BEFORE_MS = MINUTE;
const AFTER_MS = 2 * MINUTE;
/**
 * What reaches a bucket is a few per cent less than what interfaces count: headers and what was sent
 * twice. What is usual of a job is taken off its checkpoint, and may be off by some per cent.
 */
const LEAST = 0.88;
const MOST = 1.06;

/** Where a checkpoint went, and in how many requests. */
export interface Destination {
  name: string;
  provider: string;
  region: string;
  puts: number;
}

/**
 * The bucket that a checkpoint went to, as far as that can be told: the one bucket of the region that
 * took in as many bytes at that time as the job sent beyond its usual, where no other job of the
 * account there sent as many. Undefined where two buckets or two jobs may be meant, where several
 * checkpoints share the time, or where a bucket's figures are not complete. What machines sent that
 * Burnrate does not see cannot be ruled out: it is an inference, and changes no sum.
 *
 * `sentByOthers`: how much each other job of the account and region sent over a time; undefined where
 * that is not known, or not yet.
 */
export function destinationOf(
  { at, ms, bytes }: Pick<Checkpoint, 'at' | 'ms' | 'bytes'>,
  buckets: readonly BucketReading[],
  sentByOthers: (span: Interval) => readonly number[] | undefined,
): Destination | undefined {
  const span = { from: at - BEFORE_MS, to: at + ms + AFTER_MS };
  const fitting = buckets.flatMap(({ name, provider, region, uploads }) => {
    const then = uploads.filter((one) => one.at > span.from - MINUTE && one.at < span.to);
    const taken = then.reduce((sum, one) => sum + one.bytes, 0);
    if (taken < LEAST * bytes || taken > MOST * bytes) return [];
    return [{ name, provider, region, taken, puts: then.reduce((sum, one) => sum + one.puts, 0) }];
  });
  const [only, ...more] = fitting;
  if (!only || more.length > 0) return undefined;
  const { taken, ...destination } = only;
  const others = sentByOthers(span);
  return others?.every((sent) => sent < taken) ? destination : undefined;
}
