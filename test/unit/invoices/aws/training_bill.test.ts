import { type MeteredHour, match } from '@burnrate/shared/invoices/reconcile/match.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import type { ComputeLine } from '@burnrate/shared/store/bills/reads.ts';
import { expect, test } from 'vitest';

const START = Date.UTC(2026, 10, 20);
const ARN = 'arn:aws:sagemaker:us-east-1:444455556666:training-job/';

/** An hour of one instance of a training job. */
const hourOf = (job: string, host: string): MeteredHour => ({
  node: {
    id: `aws:default:training-job/us-east-1/${job}/${host}`,
    source: 'aws',
    account: 'aws:default',
    name: `${job} ${host}`,
    aliases: [`${ARN}${job}`, `${ARN}${job}/${host}`],
    gpus: { count: 8 },
    state: 'running',
    billing: { incrementMs: 1000, minimumMs: 0 },
    mine: true,
    priceKey: {
      provider: 'aws',
      instanceType: 'ml.p4d.24xlarge',
      region: 'us-east-1',
      market: 'on-demand',
    },
    labels: {},
  },
  hour: START / HOUR,
  micros: 37_688_000,
  listMicros: 37_688_000,
  ran: 1,
});

test('a line that names a training job is for all of its machines, and for no other’s', () => {
  const hours = [
    hourOf('llama-ft', 'algo-1'),
    hourOf('llama-ft', 'algo-2'),
    hourOf('other', 'algo-1'),
  ];
  const line: ComputeLine = {
    item: {
      providerName: 'AWS',
      billingAccountId: '444455556666',
      billingCurrency: 'USD',
      billingPeriodStart: Date.UTC(2026, 10),
      billingPeriodEnd: Date.UTC(2026, 11),
      chargeCategory: 'Usage',
      serviceName: 'Amazon SageMaker',
      skuMeter: 'USE1-Train:ml.p4d.24xlarge',
      instanceType: 'ml.p4d.24xlarge',
      resourceId: `${ARN}Llama-FT`,
      consumedUnit: 'Hrs',
    },
    from: START,
    to: START + HOUR,
    effective: 60_000_000,
    list: undefined,
    consumed: 2,
    usdPerUnit: undefined,
    final: false,
    asOf: Number.MAX_SAFE_INTEGER,
    account: 'aws:default',
    provider: 'AWS',
    subAccount: '444455556666',
  };
  const { assigned, leftover } = match([line], hours);
  expect(assigned.map(({ metered, billed }) => [metered.node.name, billed])).toEqual([
    ['llama-ft algo-1', 30_000_000],
    ['llama-ft algo-2', 30_000_000],
  ]);
  expect(leftover).toEqual([]);
});
