import { accrued } from '@burnrate/shared/model/money.ts';
import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { nodeOf, START, sumOf } from '../metering/given.ts';
import { WatchOver } from './watch_over.ts';

const key = {
  provider: 'aws',
  instanceType: 'p4d.24xlarge',
  region: 'us-east-1',
  market: 'on-demand',
} as const;
const live = (microsPerHour: number) => ({
  key,
  rate: { microsPerHour, provenance: 'list' as const, basis: 'Price List API', asOf: START },
});

test('the provider’s own price goes back to where the catalogue’s stood in for it, and a later one does not', () => {
  const watch = new WatchOver(START + HOUR);
  const node = nodeOf({ priceKey: key, billing: { incrementMs: 1, minimumMs: 0 } });
  const see = (at: number) => watch.see({ 'aws:dev': { nodes: [node], jobs: [] } }, at);
  see(START + HOUR);
  const before = sumOf(watch.charges());
  expect(before).toBeGreaterThan(0);
  watch.tick.book.learn([live(32_772_600)]);
  see(START + HOUR + MINUTE);
  expect(sumOf(watch.charges())).toBe(accrued(32_772_600, START, START + HOUR + MINUTE));
  expect(sumOf(watch.charges())).not.toBe(before);
  // A price that changes is paid from then on.
  watch.tick.book.learn([live(40_000_000)]);
  see(START + HOUR + 2 * MINUTE);
  see(START + HOUR + 3 * MINUTE);
  const changed = START + HOUR + 2 * MINUTE;
  expect(sumOf(watch.charges())).toBe(
    accrued(32_772_600, START, changed) + accrued(40_000_000, changed, changed + MINUTE),
  );
  watch.store.close();
});
