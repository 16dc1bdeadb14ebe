import { HOUR, type Instant } from '../../model/time.ts';
import { meanRate } from '../../store/costs.ts';
import type { NodeHour } from '../../store/invoiced.ts';
import type { Store } from '../../store/store.ts';
import type { MeteredHour } from './match.ts';

/** So many hours of a fleet are read at a time. */
const SLICE_MS = 2 * HOUR;
const NODES_AT_ONCE = 200;

/**
 * What rented machines were metered at, hour by hour, before any bill: of all of them, or of those
 * that are wanted. Step by step; each says how many rows it has read.
 */
export function* meteredHours(
  store: Store,
  { from, to }: { from: Instant; to: Instant },
  isWanted: (nodeId: string) => boolean = () => true,
): Generator<number, MeteredHour[]> {
  const byNode = new Map<string, NodeHour[]>();
  let read = 0;
  for (let at = from; at < to; at += SLICE_MS) {
    const rows = store.invoiced.meteredHours({ from: at, to: Math.min(to, at + SLICE_MS) });
    for (const row of rows) {
      if (!isWanted(row.nodeId)) continue;
      const own = byNode.get(row.nodeId);
      if (own) own.push(row);
      else byNode.set(row.nodeId, [row]);
    }
    read += rows.length;
    if (read < NODES_AT_ONCE) continue;
    yield read;
    read = 0;
  }
  const hours: MeteredHour[] = [];
  let nodes = 0;
  for (const [nodeId, own] of byNode) {
    hours.push(...hoursOf(store, nodeId, own, { from, to }));
    nodes += 1;
    if (nodes % NODES_AT_ONCE === 0) yield NODES_AT_ONCE;
  }
  return hours;
}

function hoursOf(
  store: Store,
  nodeId: string,
  own: readonly NodeHour[],
  interval: { from: Instant; to: Instant },
): MeteredHour[] {
  const node = store.invoiced.node(nodeId);
  if (!node?.priceKey || node.priceKey.market === 'owned') return [];
  const rates = store.rates(nodeId, interval);
  const listed = rates.map((change) => ({
    ...change,
    rate: { ...change.rate, microsPerHour: change.rate.list ?? change.rate.microsPerHour },
  }));
  return own.map(({ hour, micros }) => {
    // Spot prices move within the hour: only their mean tells how much of it was paid for.
    const span = { from: hour * HOUR, to: (hour + 1) * HOUR };
    const perHour = rates.length > 0 ? meanRate(rates, span) : 0;
    const ran = perHour > 0 ? micros / perHour : 1;
    const listMicros = perHour > 0 ? Math.round(ran * meanRate(listed, span)) : micros;
    return { node, hour, micros, listMicros, ran: Math.min(1, ran) };
  });
}
