import type { Checkpoint } from '../economics/checkpoints.ts';
import type { CheckpointView, EgressCost } from '../model/egress.ts';
import { type Micros, toMicros } from '../model/money.ts';
import type { EgressPrice } from '../pricing/egress/prices.ts';
import { requestCost } from '../pricing/egress/requests.ts';
import type { Told } from './buckets.ts';

/**
 * A checkpoint as faces see it. The price of one's bytes lies in its range as that of all the job's
 * does; where the job's last ones are known to have gone to a bucket of their region, nothing is
 * likely, unless bills say otherwise: a NAT gateway may be in between.
 */
export function checkpointView(
  { at, ms, bytes, by, everyMs, listMicros }: Checkpoint & { everyMs?: number },
  job: { cost: EgressCost; listMicros: Micros; price: EgressPrice | undefined },
  destination: Told | undefined,
): CheckpointView {
  const view: CheckpointView = { at, ms, bytes, by, ...(everyMs !== undefined && { everyMs }) };
  if (destination) {
    const { name, puts, at: toldOf } = destination;
    const cost = requestCost(destination, { puts, gets: 0 });
    view.bucket = { name, at: toldOf, puts, ...(cost && { cost }) };
  }
  if (by !== 'sent' || listMicros === undefined) return view;
  const of = (micros: Micros) =>
    job.listMicros > 0 ? Math.round((listMicros * micros) / job.listMicros) : 0;
  const { low, high, likely } = job.cost;
  view.cost = {
    low: of(low),
    high: of(high),
    ...(likely !== undefined ? { likely: of(likely) } : destination && { likely: 0 }),
    unpriced: false,
  };
  if (job.price) {
    view.to = {
      otherZone: toMicros(bytes * job.price.otherZoneUsdPerByte),
      otherRegion: toMicros(bytes * job.price.otherRegionUsdPerByte),
      internet: listMicros,
    };
  }
  return view;
}
