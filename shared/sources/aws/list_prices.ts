import { GetProductsCommand } from '@aws-sdk/client-pricing';
import { z } from 'zod';
import { type Micros, toMicros } from '../../model/money.ts';
import { type PriceKey, priceKeyText, type Quote } from '../../model/rate.ts';
import { DAY, HOUR, type Instant } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import type { Api } from './api.ts';
import { malformed } from './errors.ts';

/** List prices change a few times a year; a type that has none yet may get one. */
const KEEP_MS = DAY;
const KEEP_ABSENCE_MS = HOUR;

/** On-demand list prices, each asked for once a day. */
export interface ListPrices {
  /** Those that the Price List has. Failures are told beside what could be read. */
  read(
    keys: readonly PriceKey[],
    signal: AbortSignal,
  ): Promise<{ quotes: Quote[]; failures: SourceError[] }>;
}

export function listPricesOf(api: Api, clock: Surroundings['clock']): ListPrices {
  const known = new Map<string, { price: Micros | undefined; at: Instant }>();

  const current = (key: PriceKey) => {
    const entry = known.get(priceKeyText(key));
    const keep = entry?.price === undefined ? KEEP_ABSENCE_MS : KEEP_MS;
    return entry && clock.now() - entry.at < keep ? entry : undefined;
  };

  return {
    async read(keys, signal) {
      const unique = [...new Map(keys.map((key) => [priceKeyText(key), key])).values()];
      const failures: SourceError[] = [];
      await Promise.all(
        unique.map(async (key) => {
          if (current(key)) return;
          try {
            const price = await askPrice(api, key, signal);
            known.set(priceKeyText(key), { price, at: clock.now() });
          } catch (error) {
            if (!(error instanceof SourceError)) throw error;
            failures.push(error);
          }
        }),
      );
      const quotes = unique.flatMap((key) => {
        // A price of yesterday, dated as such, says more than none.
        const entry = current(key) ?? known.get(priceKeyText(key));
        if (entry?.price === undefined) return [];
        const rate = {
          microsPerHour: entry.price,
          provenance: 'list' as const,
          basis: basisOf(key, entry.at),
          asOf: entry.at,
        };
        return { key, rate };
      });
      return { quotes, failures };
    },
  };
}

function basisOf({ instanceType, region, market }: PriceKey, at: Instant): string {
  const day = new Date(at).toISOString().slice(0, 10);
  const most = market === 'spot' ? ', which managed spot stays below' : '';
  return `AWS Price List, ${instanceType} in ${region}, ${day}${most}`;
}

/** Instances of SageMaker's training have prices of their own. */
export function isTraining(instanceType: string): boolean {
  return instanceType.startsWith('ml.');
}

/** What one entry of the Price List must hold for us. */
const Product = z.object({
  terms: z.object({
    OnDemand: z
      .record(
        z.string(),
        z.object({
          priceDimensions: z.record(
            z.string(),
            z.object({
              unit: z.string(),
              pricePerUnit: z.record(z.string(), z.string()),
            }),
          ),
        }),
      )
      .optional(),
  }),
});

/**
 * One type's list price in one region. Undefined where the Price List has none in US dollars.
 * https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
 */
async function askPrice(api: Api, key: PriceKey, signal: AbortSignal): Promise<Micros | undefined> {
  if (!isTraining(key.instanceType))
    return askProduct(
      api,
      'AmazonEC2',
      { ...LINUX, instanceType: key.instanceType, regionCode: key.region },
      signal,
    );
  const product = { instanceName: key.instanceType, regionCode: key.region };
  const of = (platoinstancetype: string) =>
    askProduct(api, 'AmazonSageMaker', { ...product, platoinstancetype }, signal);
  // Managed spot is billed at the usual price for a part of its time, unless it has one of its own.
  return (key.market === 'spot' ? await of('SpotTraining') : undefined) ?? of('Training');
}

/** Without preinstalled software, on shared hardware, used (and not merely reserved). */
const LINUX = {
  operatingSystem: 'Linux',
  preInstalledSw: 'NA',
  tenancy: 'Shared',
  capacitystatus: 'Used',
};

/** The least real price, US dollars a unit, of the products that all these fields mean. */
export async function askProduct(
  api: Api,
  ServiceCode: string,
  fields: Readonly<Record<string, string>>,
  signal: AbortSignal,
  wanted = 'Hrs',
): Promise<Micros | undefined> {
  const attempt = api.attempt('pricing:GetProducts');
  const answer = await api.ask(attempt, signal, () =>
    api.pricing().send(
      new GetProductsCommand({
        ServiceCode,
        Filters: Object.entries(fields).map(([Field, Value]) => ({
          Type: 'TERM_MATCH',
          Field,
          Value,
        })),
        MaxResults: 20,
      }),
      { abortSignal: signal },
    ),
  );
  if (!answer.PriceList) throw malformed(attempt, 'the answer is not a price list');
  const entries: readonly unknown[] = answer.PriceList;
  const prices = entries.flatMap((text) => {
    const product = Product.safeParse(parseJson(String(text)));
    if (!product.success) throw malformed(attempt, 'an entry of the price list has no terms');
    return Object.values(product.data.terms.OnDemand ?? {})
      .flatMap(({ priceDimensions }) => Object.values(priceDimensions))
      .filter(({ unit }) => unit === wanted)
      .flatMap(({ pricePerUnit }) => (pricePerUnit.USD ? Number(pricePerUnit.USD) : []));
  });
  if (!prices.every((dollars) => Number.isFinite(dollars) && dollars >= 0))
    throw malformed(attempt, 'an entry of the price list has no number for a price');
  // What was paid for otherwise is listed at zero beside the real price.
  const real = prices.filter((dollars) => dollars > 0);
  return real.length > 0 ? toMicros(Math.min(...real)) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
