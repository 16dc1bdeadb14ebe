import type { PriceKey } from '@burnrate/shared/model/rate.ts';
import { microsPerHour } from '@burnrate/shared/sources/gcp/compose.ts';
import { offerText, parseOffer } from '@burnrate/shared/sources/gcp/offer.ts';
import { readDescription, SkuBook, unitPriceOf } from '@burnrate/shared/sources/gcp/skus.ts';
import { Sku } from '@burnrate/shared/sources/gcp/wire.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { only, patience } from '../open_account.ts';
import { googleOf, instance } from './cloud.ts';
import { openGcp, TOKEN } from './open.ts';
import { COMPUTE_SKUS, sku, VERTEX_SKUS } from './skus.ts';

function bookOf(skus: readonly unknown[]): SkuBook {
  const book = new SkuBook();
  for (const one of skus) book.learn(Sku.parse(one), 'us-central1');
  return book;
}

const book = bookOf([...COMPUTE_SKUS, ...VERTEX_SKUS]);
const A2 = {
  cores: 12,
  memoryGiB: 85,
  gpus: [{ kind: 'nvidia-tesla-a100', count: 1 }],
  localSsds: 0,
};
const A2_ULTRA = {
  cores: 12,
  memoryGiB: 170,
  gpus: [{ kind: 'nvidia-a100-80gb', count: 1 }],
  localSsds: 1,
};
const A3 = {
  cores: 208,
  memoryGiB: 1872,
  gpus: [{ kind: 'nvidia-h100-80gb', count: 8 }],
  localSsds: 16,
};
const N1 = { cores: 8, memoryGiB: 30, gpus: [], localSsds: 0 };

describe('a machine’s list price', () => {
  // https://cloud.google.com/products/compute/pricing/accelerator-optimized
  test.each([
    ['a2-highgpu-1g', A2, 'on-demand', 3.673385],
    ['a2-highgpu-1g', A2, 'spot', 12 * 0.00948 + 85 * 0.00127 + 0.88],
    // With the local SSD that is part of it, for 1/720 of a month's price.
    [
      'a2-ultragpu-1g',
      A2_ULTRA,
      'on-demand',
      12 * 0.031611 + 170 * 0.004237 + 3.927 + (375 * 0.08) / 720,
    ],
    ['n1-standard-8+4xnvidia-tesla-t4', N1, 'on-demand', 8 * 0.031611 + 30 * 0.004237 + 4 * 0.35],
    [
      'n1-standard-8+2xlocal-ssd',
      N1,
      'on-demand',
      8 * 0.031611 + 30 * 0.004237 + (750 * 0.08) / 720,
    ],
    [
      'vertex/n1-standard-8+1xnvidia-tesla-t4',
      N1,
      'on-demand',
      8 * 0.0421268 + 30 * 0.0056463 + 0.4025,
    ],
    ['vertex/a3-highgpu-8g', A3, 'on-demand', 208 * 0.0293227 + 1872 * 0.0025534 + 8 * 11.2660332],
  ] as const)('%s, with %o: the sum of its parts (%s)', (type, facts, market, dollars) => {
    const micros = microsPerHour(parseOffer(type), facts, market, book);
    expect((micros ?? 0) / 1e6).toBeCloseTo(dollars, 5);
  });

  test('by flex start it is Compute Engine’s, and on Vertex AI a fee besides', () => {
    const flex = 33.606088 + 2.274272 + 1.782144 + (6000 * 0.08) / 720;
    const fee = 11.7558608 + 0.7955376 + 0.6235632;
    const of = (type: string) =>
      (microsPerHour(parseOffer(type), A3, 'on-demand', book) ?? 0) / 1e6;
    expect(of('a3-highgpu-8g+flex-start')).toBeCloseTo(flex, 5);
    expect(of('vertex/a3-highgpu-8g+flex-start')).toBeCloseTo(flex + fee, 5);
  });

  test('there is none where a part has none', () => {
    expect(microsPerHour(parseOffer('a3-highgpu-8g'), A3, 'spot', book)).toBeUndefined();
    expect(
      microsPerHour(parseOffer('n1-standard-8+1xnvidia-l4-vws'), N1, 'on-demand', book),
    ).toBeUndefined();
    expect(
      microsPerHour(parseOffer('n1-custom-8-65536-ext'), N1, 'on-demand', book),
    ).toBeUndefined();
  });

  test('is what exact fractions add up to, whatever the parts, their prices and their units', () => {
    const nanos = fc.integer({ min: 0, max: 20_000_000_000 });
    // GCP gives memory by the hour or, of disks, by the month: whatever the factor, it counts.
    const factors = fc.constantFrom(1, 60, 3600, 86_400, 2_592_000);
    fc.assert(
      fc.property(
        fc.record({
          cores: fc.integer({ min: 1, max: 416 }),
          memoryMb: fc.integer({ min: 256, max: 12_000_000 }),
          count: fc.integer({ min: 0, max: 16 }),
          prices: fc.tuple(nanos, nanos, nanos),
          factor: factors,
        }),
        ({ cores, memoryMb, count, prices: [core, ram, gpu], factor }) => {
          const priced = (description: string, price: number, baseUnit: string, by: number) => {
            const one = sku(description, 0);
            const units = Math.floor(price / 1e9);
            one.pricingInfo = [
              {
                pricingExpression: {
                  baseUnit,
                  baseUnitConversionFactor: by,
                  tieredRates: [
                    {
                      unitPrice: { currencyCode: 'USD', units: String(units), nanos: price % 1e9 },
                    },
                  ],
                },
              },
            ];
            return one;
          };
          const own = bookOf([
            priced('A2 Instance Core running in Iowa', core, 's', factor),
            priced('A2 Instance Ram running in Iowa', ram, 'By.s', factor * 2 ** 30),
            priced('Nvidia Tesla A100 GPU running in Iowa', gpu, 's', factor),
          ]);
          const facts = {
            cores,
            memoryGiB: memoryMb / 1024,
            gpus: count > 0 ? [{ kind: 'nvidia-tesla-a100', count }] : [],
            localSsds: 0,
          };
          // In 1/(1024 x factor) nano-dollars an hour, without a fraction.
          const exact =
            3600n *
            (1024n * (BigInt(cores) * BigInt(core) + BigInt(count) * BigInt(gpu)) +
              BigInt(memoryMb) * BigInt(ram));
          const expected = Number(exact) / (1024 * factor) / 1000;
          const micros = microsPerHour(parseOffer('a2-highgpu-1g'), facts, 'on-demand', own) ?? -1;
          expect(Math.abs(micros - expected)).toBeLessThanOrEqual(0.5 + expected * 1e-14);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a SKU', () => {
  test.each([
    ['Nvidia H100 80GB Plus GPU running in Iowa', '80gb h100 mega', 'compute', 'on-demand'],
    [
      'Nvidia H100 Mega 80GB GPU attached to Spot Preemptible VMs running in Iowa',
      '80gb h100 mega',
      'compute',
      'spot',
    ],
    ['A4 Nvidia B200 (1 gpu slice) running in Iowa', 'b200', 'compute', 'on-demand'],
    ['N2D AMD Custom Instance Core running in Tokyo', 'core custom n2d', 'compute', 'on-demand'],
    [
      'Spot Preemptible Compute optimized Ram running in Tokyo',
      'compute optimized ram',
      'compute',
      'spot',
    ],
    [
      'Vertex AI: Training/Pipelines management fee on A3 Instance RAM in Iowa',
      'a3 ram',
      'fee',
      'on-demand',
    ],
  ])('%s is %s', (description, label, tariff, usage) => {
    expect(readDescription(description)).toEqual({ tariff, usage, label });
  });

  test.each([
    'Commitment v1: Nvidia Tesla A100 in Americas for 1 Year',
    'Reserved A2 Instance Core in Americas',
    'Nvidia H100 80GB Mega GPU attached to DWS Calendar Mode VMs running in Iowa',
    'A2 Sole Tenancy Instance Core running in Iowa',
    'Vertex AI: Online/Batch Prediction A3 Predefined Instance Core running in Iowa',
  ])('%s is no part of a machine’s list price', (description) => {
    const what = readDescription(description);
    expect(what?.label ?? 'none').not.toMatch(/^(core a2|a2 core|a3 core|a100|80gb h100 mega)$/);
  });

  test('that is free at first costs what comes after; in another currency it says nothing', () => {
    const tier = (nanos: number, currencyCode = 'USD') => ({
      unitPrice: { currencyCode, units: '0', nanos },
    });
    const of = (tieredRates: unknown[]) =>
      unitPriceOf(
        Sku.parse({
          description: 'x',
          pricingInfo: [
            { pricingExpression: { baseUnit: 's', baseUnitConversionFactor: 3600, tieredRates } },
          ],
        }),
      )?.nanos;
    expect(of([tier(0), tier(7)])).toBe(7);
    expect(of([tier(7, 'EUR')])).toBeUndefined();
  });
});

test('an offer says all of itself in one word, and is read from it again', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{2,12}$/);
  const fitted = fc.array(fc.record({ kind: word, count: fc.integer({ min: 1, max: 16 }) }), {
    maxLength: 2,
  });
  fc.assert(
    fc.property(
      fc.record({
        service: fc.constantFrom('compute' as const, 'vertex' as const),
        machineType: word,
        fitted,
        flexStart: fc.boolean(),
      }),
      (offer) => {
        expect(parseOffer(offerText(offer))).toEqual(offer);
      },
    ),
  );
});

describe('the catalogue', () => {
  const key: PriceKey = {
    provider: 'gcp',
    instanceType: 'a2-highgpu-1g',
    region: 'us-central1',
    zone: 'us-central1-a',
    market: 'on-demand',
  };
  const read = (place: Awaited<ReturnType<typeof openGcp>>, wanted: PriceKey[]) =>
    place.connection.observe({ what: new Set(['prices']), wanted, signal: patience });

  test('is read once a day, and once for each region', async () => {
    const place = await openGcp(googleOf({ token: TOKEN, instances: [instance()] }));
    try {
      const { quotes } = await read(place, [key]);
      expect(only(quotes).rate).toMatchObject({
        microsPerHour: 3_673_385,
        provenance: 'list',
        basis: expect.stringMatching(
          /^Cloud Billing Catalog, a2-highgpu-1g in us-central1, on-demand, \d{4}-/,
        ),
      });
      await read(place, [key]);
      const asked = () => place.service.asked.filter(({ call }) => call.endsWith('/skus')).length;
      expect(asked()).toBe(1);
      await read(place, [key, { ...key, region: 'europe-west3', zone: 'europe-west3-a' }]);
      expect(asked()).toBe(2);
    } finally {
      await place.close();
    }
  });

  test('that cannot be read to its end gives no prices', async () => {
    const google = googleOf({ token: TOKEN });
    const place = await openGcp((ask) => {
      if (!ask.call.endsWith('/skus')) return google(ask);
      if (ask.query.get('pageToken')) return 'cut';
      return { body: JSON.stringify({ skus: COMPUTE_SKUS, nextPageToken: 'more' }) };
    });
    try {
      await expect(read(place, [key])).rejects.toMatchObject({ kind: 'unreachable' });
    } finally {
      await place.close();
    }
  });
});
