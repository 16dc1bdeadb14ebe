import { EC2Client } from '@aws-sdk/client-ec2';
import type { PriceKey } from '@burnrate/shared/model/rate.ts';
import { HOUR, type Instant, systemClock } from '@burnrate/shared/model/time.ts';
import type { Api } from '@burnrate/shared/sources/aws/api.ts';
import { pricesOf } from '@burnrate/shared/sources/aws/prices.ts';
import { expect, test } from 'vitest';

const KEY: PriceKey = {
  provider: 'aws',
  instanceType: 'g5.12xlarge',
  region: 'us-east-1',
  zone: 'us-east-1a',
  market: 'spot',
};

/** An API that answers with the history since the start that is asked for, newest first. */
function apiWith(changes: readonly [Instant, string][], asked: Instant[]): Api {
  const client = new EC2Client({ region: 'us-east-1' });
  client.send = async ({ input }: { input: { StartTime: Date } }) => {
    const start = input.StartTime.getTime();
    asked.push(start);
    const inForce = changes.findLastIndex(([at]) => at <= start);
    const history = changes.slice(Math.max(0, inForce)).toReversed();
    return {
      SpotPriceHistory: history.map(([at, SpotPrice]) => ({
        InstanceType: KEY.instanceType,
        AvailabilityZone: KEY.zone,
        SpotPrice,
        Timestamp: new Date(at),
      })),
    };
  };
  const api: Pick<Api, 'attempt' | 'ec2'> = {
    attempt: (action) => ({ action }) as ReturnType<Api['attempt']>,
    ec2: () => client,
  };
  return {
    ...api,
    ask: (_: unknown, __: unknown, work: () => unknown) => work(),
  } as unknown as Api;
}

test('spot prices of the hours since the last look are read, each with its time', async () => {
  let now = 1_000 * HOUR;
  const asked: Instant[] = [];
  const changes: [Instant, string][] = [
    [now - 5 * HOUR, '2.1'],
    [now + 2 * HOUR, '2.4'],
    [now + 3 * HOUR, '2.2'],
  ];
  const { read } = pricesOf(apiWith(changes, asked), { ...systemClock, now: () => now });
  const look = async () => {
    const { quotes } = await read([KEY], AbortSignal.timeout(5_000));
    return quotes.map(({ rate }) => [rate.asOf, rate.microsPerHour]);
  };
  await look();
  const slept = now;
  now += 9 * HOUR;
  expect(await look()).toEqual([
    [slept - 5 * HOUR, 2_100_000],
    [slept + 2 * HOUR, 2_400_000],
    [slept + 3 * HOUR, 2_200_000],
    [now, 2_200_000],
  ]);
  expect(asked).toEqual([slept - 24 * HOUR, slept]);
});
