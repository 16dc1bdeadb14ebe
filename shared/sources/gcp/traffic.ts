import type { Node } from '../../model/node.ts';
import { type Instant, MINUTE } from '../../model/time.ts';
import type { Flow, Traffic } from '../../model/traffic.ts';
import { isTold } from '../told.ts';
import type { Api } from './api.ts';
import { seriesOf } from './telemetry.ts';
import { instantOf, type Series } from './wire.ts';

/**
 * What Compute Engine itself tells of each instance, without any agent: bytes of each minute, which
 * are there four minutes later at most.
 * https://cloud.google.com/monitoring/api/metrics_gcp_c#gcp-compute
 */
const METRICS: readonly { type: string; flow: Flow }[] = [
  { type: 'compute.googleapis.com/instance/network/sent_bytes_count', flow: 'sent' },
  { type: 'compute.googleapis.com/instance/network/received_bytes_count', flow: 'received' },
  { type: 'compute.googleapis.com/instance/disk/write_bytes_count', flow: 'written' },
];

/** Each asking costs by the series; what one has missed is there the next time. */
const EVERY_MS = 5 * MINUTE;
const WINDOW_MS = 20 * MINUTE;

/** Reads what instances send and write, where another account does not tell of all of them. */
export function trafficReader(api: Api) {
  let askedAt: Instant = Number.NEGATIVE_INFINITY;

  return async (
    nodes: readonly Node[],
    told: ReadonlySet<string>,
    now: Instant,
    signal: AbortSignal,
  ): Promise<Traffic[]> => {
    const quiet = nodes.some(
      (node) => node.state === 'running' && node.gpus.count > 0 && !isTold(node, told),
    );
    if (!quiet || (now >= askedAt && now - askedAt < EVERY_MS)) return [];
    askedAt = now;
    const traffic: Traffic[] = [];
    for (const { type, flow } of METRICS) {
      const series = await seriesOf(api, type, now, signal, WINDOW_MS);
      traffic.push(...series.flatMap((one) => readingsOf(one, flow)));
    }
    return traffic.sort((a, b) => a.at - b.at);
  };
}

/** Several series are of one instance: by disk, and by whether a load balancer sent it. */
function readingsOf({ metric, resource, points }: Series, flow: Flow): Traffic[] {
  const node = resource.labels.instance_id;
  if (!node) return [];
  const device = [flow, ...Object.values(metric.labels).sort()].join(' ');
  return points.flatMap(({ interval, value }) => {
    const [since, at] = [instantOf(interval.startTime), instantOf(interval.endTime)];
    const bytes = value.int64Value ?? value.doubleValue;
    if (since === undefined || at === undefined || since >= at) return [];
    return bytes === undefined || bytes < 0 ? [] : { at, since, node, device, [flow]: bytes };
  });
}
