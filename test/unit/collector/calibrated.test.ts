import type { Matched } from '@burnrate/shared/invoices/matched.ts';
import { accrued } from '@burnrate/shared/model/money.ts';
import type { PriceKey, Quote } from '@burnrate/shared/model/rate.ts';
import { halfWidth, intervalOf } from '@burnrate/shared/model/spread.ts';
import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { jobOf, nodeOf, START, sumOf } from '../metering/given.ts';
import { accountOf, WatchOver } from './watch_over.ts';

const AWS = 'aws:dev';
const KEY: PriceKey = {
  provider: 'aws',
  instanceType: 'g5.12xlarge',
  region: 'us-east-1',
  zone: 'us-east-1a',
  market: 'on-demand',
};
const SPOT: PriceKey = { ...KEY, market: 'spot' };

function quote(watch: WatchOver, key: PriceKey, prices: readonly [number, number][]): void {
  const quotes = prices.map(
    ([asOf, microsPerHour]): Quote => ({
      key,
      rate: {
        microsPerHour,
        provenance: key.market === 'spot' ? 'quoted' : 'list',
        basis: 'test',
        asOf,
      },
    }),
  );
  watch.tick.intake.take(accountOf(AWS), {
    what: new Set(['prices']),
    askedAt: watch.now,
    observation: { at: watch.now, quotes },
    costMicros: 0,
  });
}

/** Ten days of bills that came to nine tenths of the list price. */
function bills(): Matched[] {
  const today = Math.floor(START / DAY);
  return Array.from({ length: 10 }, (_, index) => ({
    account: AWS,
    priceKey: KEY,
    day: today - 2 - index,
    listMicros: 100_000_000,
    billedMicros: 90_000_000,
    final: true,
  }));
}

test('what bills teach is charged from then on, shown with its interval, and outlives a restart', () => {
  const watch = new WatchOver(START);
  const node = nodeOf({ priceKey: KEY });
  const job = jobOf();
  const see = (at: number) =>
    watch.see({ [AWS]: { nodes: [node] }, [job.account]: { jobs: [job] } }, at);
  quote(watch, KEY, [[START, 5_000_000]]);
  see(START);
  see(START + HOUR);
  expect(watch.tick.jobs[0]?.rate).toMatchObject({ micros: 5_000_000, provenance: 'list' });
  expect(watch.tick.jobs[0]?.why).toEqual([
    {
      machines: 1,
      kind: KEY,
      microsPerHour: 5_000_000,
      provenance: 'list',
      basis: 'test',
      asOf: START,
    },
  ]);

  watch.store.saveMatched(bills());
  watch.tick.billed(START - 10 * DAY);
  see(START + HOUR + MINUTE);
  see(START + 2 * HOUR + MINUTE);
  const check = () => {
    const [shown] = watch.tick.jobs;
    expect(shown?.rate.provenance).toBe('calibrated');
    expect(shown?.rate.micros).toBeCloseTo(4_500_000, -4);
    const rate = shown && intervalOf(shown.rate);
    expect(shown?.why).toEqual([
      expect.objectContaining({
        machines: 1,
        microsPerHour: shown?.rate.micros,
        provenance: 'calibrated',
        bills: {
          listMicros: 5_000_000,
          ratio: (shown?.rate.micros ?? 0) / 5_000_000,
          marginMicros: halfWidth(shown?.rate.spread),
          days: 10,
          lastDay: (Math.floor(START / DAY) - 2) * DAY,
          own: true,
        },
      }),
    ]);
    expect(rate?.low).toBeLessThan(4_500_000);
    expect(rate?.high).toBeGreaterThan(4_500_000);
    const today = shown && intervalOf(shown.today);
    expect(today?.low).toBeLessThan(shown?.today.micros ?? 0);
    // Only its calibrated part is in doubt by a ratio.
    expect((today?.high ?? 0) - (today?.low ?? 0)).toBeLessThan(
      1.2 * ((rate?.high ?? 0) - (rate?.low ?? 0)),
    );
  };
  check();
  watch.restart();
  see(START + 2 * HOUR + 2 * MINUTE);
  check();
});

test('a spot machine pays for each hour of a sleep what it cost then', () => {
  const watch = new WatchOver(START);
  const node = nodeOf({ priceKey: SPOT });
  quote(watch, SPOT, [[START, 1_000_000]]);
  watch.see({ [AWS]: { nodes: [node] } }, START);
  watch.see({ [AWS]: { nodes: [node] } }, START + MINUTE);
  const wake = START + 8 * HOUR;
  watch.see({ [AWS]: { nodes: [node] } }, wake);
  quote(watch, SPOT, [
    [START + 2 * HOUR, 3_000_000],
    [START + 5 * HOUR, 2_000_000],
    [wake, 2_000_000],
  ]);
  watch.see({ [AWS]: { nodes: [node] } }, wake + MINUTE);
  expect(sumOf(watch.charges())).toBe(
    accrued(1_000_000, START, START + 2 * HOUR) +
      accrued(3_000_000, START + 2 * HOUR, START + 5 * HOUR) +
      accrued(2_000_000, START + 5 * HOUR, wake + MINUTE),
  );
});
