import type { Matched, UnusedCommitment } from '@burnrate/shared/invoices/matched.ts';
import { DAY, HOUR } from '@burnrate/shared/model/time.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import type { BillLine } from '../bills/bill.ts';
import type { Edition } from '../bills/editions.ts';
import { EPOCH } from './provider.ts';

const SOURCES: Record<string, string> = { AWS: 'aws', 'Google Cloud': 'gcp', Microsoft: 'azure' };

export function matchedOf({ provider, day, final, lines }: Edition, store: Store): Matched[] {
  const account = `${SOURCES[provider]}:team`;
  const pairs = new Map<string, Matched>();
  for (const line of lines) {
    if (line.ChargeCategory !== 'Usage' || !line.InstanceType) continue;
    const market = line.PricingCategory === 'Dynamic' ? 'spot' : 'on-demand';
    const list =
      market === 'spot'
        ? meteredAtList(store, `${account}:${line.ResourceId}`, line)
        : Number(line.ListCost / 1000n);
    if (list === 0) continue;
    const key = [
      line.InstanceType,
      line.RegionId,
      line.AvailabilityZone,
      market,
      line.CommitmentDiscountId,
    ].join(' ');
    const pair = pairs.get(key) ?? {
      account,
      priceKey: {
        provider: SOURCES[provider] ?? '',
        instanceType: line.InstanceType,
        region: line.RegionId,
        zone: line.AvailabilityZone,
        market,
      },
      ...(line.CommitmentDiscountId && { commitment: line.CommitmentDiscountId }),
      day: EPOCH / DAY + day,
      listMicros: 0,
      billedMicros: 0,
      final,
    };
    pair.listMicros += Math.round(list);
    pair.billedMicros += Number(line.EffectiveCost / 1000n);
    pairs.set(key, pair);
  }
  return [...pairs.values()];
}

/** What the plan was paid for and not used, by day; nothing where the day was billed without any. */
export function unusedOf({ provider, day, lines }: Edition): UnusedCommitment[] {
  const used = new Map<string, number>();
  for (const line of lines) {
    const id = line.CommitmentDiscountId;
    if (!id) continue;
    const unused =
      line.CommitmentDiscountStatus === 'Unused' ? Number(line.EffectiveCost / 1000n) : 0;
    used.set(id, (used.get(id) ?? 0) + unused);
  }
  const account = `${SOURCES[provider]}:team`;
  return [...used].map(([commitment, micros]) => ({
    account,
    commitment,
    day: EPOCH / DAY + day,
    micros,
  }));
}

function meteredAtList(store: Store, nodeId: string, { from, to }: BillLine): number {
  const interval = { from: EPOCH + from * 1000, to: EPOCH + to * 1000 };
  const rates = store.rates(nodeId, { from: interval.from, to: interval.to + HOUR });
  return store.charges(interval, { nodeId }).reduce((sum, charge) => {
    const rate = (rates.findLast((one) => one.from <= charge.from) ?? rates[0])?.rate;
    if (!rate || charge.from < interval.from || charge.to > interval.to) return sum;
    return sum + charge.micros * (rate.list === undefined ? 1 : rate.list / rate.microsPerHour);
  }, 0);
}
