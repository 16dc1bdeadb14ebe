import type { Metric } from '@aws-sdk/client-cloudwatch';
import type { Micros } from '../../../model/money.ts';
import type { Node } from '../../../model/node.ts';
import { type Instant, MINUTE } from '../../../model/time.ts';
import type { Flow, Traffic } from '../../../model/traffic.ts';
import type { SourceError, Surroundings } from '../../source.ts';
import type { Api } from '../api.ts';
import { metricData } from './data.ts';
import { inEachRegion, type Told } from './each_region.ts';
import { Untold } from './untold.ts';

/**
 * What EC2 itself tells of each instance, in bytes: all its network interfaces, and its EBS volumes
 * (of Nitro instances), over five minutes; with detailed monitoring over one.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
 */
const METRICS: readonly { name: string; flow: Flow }[] = [
  { name: 'NetworkOut', flow: 'sent' },
  { name: 'NetworkIn', flow: 'received' },
  { name: 'EBSWriteBytes', flow: 'written' },
];

const PERIOD_MS = 5 * MINUTE;
/** Asked for as often as there is something new. */
const EVERY_MS = PERIOD_MS;
/** A period's sum grows for a while after its end. */
const SETTLED_MS = 3 * MINUTE;
/** What an asking that failed has missed is there the next time. */
const LOOK_BACK_MS = 40 * MINUTE;

/** Who reads what instances send and write: late, coarse, and paid for by the metric. */
export interface TrafficWatch {
  /** `told`: names of machines whose traffic another account tells of. */
  read(
    nodes: readonly Node[],
    told: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<{ traffic: Traffic[]; costMicros: Micros; failures: SourceError[] }>;
}

/** Asks for the traffic of the instances that nobody else tells of. */
export function trafficWatchOf(api: Api, clock: Surroundings['clock']): TrafficWatch {
  const untold = new Untold(clock);
  let askedAt: Instant = Number.NEGATIVE_INFINITY;

  return {
    async read(nodes, told, signal) {
      const now = clock.now();
      const quiet = untold.among(nodes.filter(isInstance), told);
      if (quiet.length === 0 || (now >= askedAt && now - askedAt < EVERY_MS))
        return { traffic: [], costMicros: 0, failures: [] };
      askedAt = now;
      const byRegion = Map.groupBy(quiet, ({ labels }) => labels.region ?? '');
      const { told: traffic, ...rest } = await inEachRegion(byRegion, (region, there) =>
        readRegion(api, region, there, now, signal),
      );
      return { traffic, ...rest };
    },
  };
}

/** `i-0abc...`; what other services run on has no such metrics. */
function isInstance({ id, account }: Node): boolean {
  return /^i-[0-9a-f]+$/.test(id.slice(account.length + 1));
}

async function readRegion(
  api: Api,
  region: string,
  nodes: readonly Node[],
  now: Instant,
  signal: AbortSignal,
): Promise<Told<Traffic>> {
  const series = nodes.flatMap((node) =>
    METRICS.map(({ name, flow }) => ({ node, flow, metric: metricOf(node, name) })),
  );
  const span = { periodMs: PERIOD_MS, lookBackMs: LOOK_BACK_MS, stat: 'Sum' };
  const byPeriod = new Map<string, Traffic>();
  const metrics = series.map(({ metric }) => metric);
  const costMicros = await metricData(
    api,
    region,
    metrics,
    { ...span, now },
    signal,
    (index, points) => {
      const one = series[index];
      if (!one) return;
      for (const { at: since, value } of points) {
        const at = since + PERIOD_MS;
        if (at > now - SETTLED_MS || !(value >= 0)) continue;
        const key = `${one.node.id} ${at}`;
        const known = byPeriod.get(key) ?? { at, since, node: one.node.id, device: 'all' };
        byPeriod.set(key, { ...known, [one.flow]: value });
      }
    },
  );
  return { told: [...byPeriod.values()].sort((a, b) => a.at - b.at), costMicros };
}

function metricOf({ id, account }: Node, MetricName: string): Metric {
  const Dimensions = [{ Name: 'InstanceId', Value: id.slice(account.length + 1) }];
  return { Namespace: 'AWS/EC2', MetricName, Dimensions };
}
