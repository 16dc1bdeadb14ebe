import { destinationOf } from '@burnrate/shared/economics/destination.ts';
import type { BucketReading } from '@burnrate/shared/model/bucket.ts';
import { HOUR, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';

const AT = Date.UTC(2026, 10, 12, 12, 0, 20);
const CHECKPOINT = { at: AT, ms: 90 * SECOND, bytes: 400e9 };
const MINUTE_OF = Math.floor(AT / MINUTE) * MINUTE;

/** A bucket that took in so many bytes in each of the minutes, the first that of the checkpoint. */
function bucket(name: string, ...gigabytes: number[]): BucketReading {
  return {
    name: `s3://${name}`,
    provider: 'aws',
    region: 'us-east-1',
    month: { from: 0, uploaded: 1, downloaded: 2, puts: 3, gets: 4 },
    uploads: gigabytes.map((count, nth) => ({
      at: MINUTE_OF + nth * MINUTE,
      bytes: count * 1e9,
      puts: count * 2,
    })),
  };
}
const alone = () => [];

test('the bucket that took in as much at that time is where it went', () => {
  // A little less than interfaces count, and some of it counted a minute late.
  const fits = bucket('checkpoints', 200, 150, 40);
  expect(destinationOf(CHECKPOINT, [bucket('logs', 0, 1, 0), fits], alone)).toEqual({
    name: 's3://checkpoints',
    provider: 'aws',
    region: 'us-east-1',
    puts: 780,
  });
});

test.each([
  ['took in less', bucket('b', 100, 150)],
  ['took in much more: several may have written to it', bucket('b', 200, 300)],
  ['took it in at another time', bucket('b', 0, 0, 0, 0, 0, 0, 390)],
  ['has told nothing yet', bucket('b')],
])('a bucket that %s is not said to be it', (_, other) => {
  expect(destinationOf(CHECKPOINT, [other], alone)).toBeUndefined();
});

test('where two buckets fit, neither is said to be it', () => {
  const two = [bucket('a', 390), bucket('b', 0, 390)];
  expect(destinationOf(CHECKPOINT, two, alone)).toBeUndefined();
});

test('another job that sent as much may have written it; one that sent less has not', () => {
  const spans: number[] = [];
  const others =
    (...sent: number[]) =>
    ({ from, to }: { from: number; to: number }) => {
      spans.push(from, to);
      return sent;
    };
  const fits = [bucket('checkpoints', 390)];
  expect(destinationOf(CHECKPOINT, fits, others(1e9, 391e9))).toBeUndefined();
  expect(destinationOf(CHECKPOINT, fits, others(1e9, 389e9))?.name).toBe('s3://checkpoints');
  expect(destinationOf(CHECKPOINT, fits, () => undefined)).toBeUndefined();
  expect(Math.min(...spans)).toBeLessThan(AT);
  expect(Math.max(...spans)).toBeGreaterThan(AT + CHECKPOINT.ms);
  expect(Math.max(...spans) - Math.min(...spans)).toBeLessThan(HOUR / 6);
});
