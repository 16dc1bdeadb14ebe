import { z } from 'zod';
import type { Node } from '../../model/node.ts';
import { type Instant, MINUTE } from '../../model/time.ts';
import type { Flow, Traffic } from '../../model/traffic.ts';
import { isTold } from '../told.ts';
import type { Manager } from './resource_manager.ts';

/** https://learn.microsoft.com/rest/api/monitor/metrics/list */
const Answer = z.object({
  value: z.array(
    z.object({
      name: z.object({ value: z.string() }),
      timeseries: z.array(
        z.object({
          data: z.array(z.object({ timeStamp: z.string(), total: z.number().nullish() })),
        }),
      ),
    }),
  ),
});

/**
 * What the hypervisor tells of each machine, in bytes of each minute.
 * https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-compute-virtualmachines-metrics
 */
const METRICS: Readonly<Record<string, Flow>> = {
  'Network Out Total': 'sent',
  'Network In Total': 'received',
  'Disk Write Bytes': 'written',
};

const EVERY_MS = 5 * MINUTE;
const BACK_MS = 20 * MINUTE;
/** A minute's figure is there some minutes later, and may grow until then. */
const SETTLED_MS = 4 * MINUTE;
/** Each machine is asked for by itself; the service allows 12,000 readings an hour. */
const MOST_MACHINES = 100;

/** Reads what machines send and write that are mine, have GPUs, and nobody else tells of. */
export function trafficReader(manager: Manager) {
  let askedAt: Instant = Number.NEGATIVE_INFINITY;

  return async (
    nodes: readonly Node[],
    told: ReadonlySet<string>,
    now: Instant,
    signal: AbortSignal,
  ): Promise<Traffic[]> => {
    const quiet = nodes.filter(
      (node) =>
        node.mine &&
        node.state === 'running' &&
        node.gpus.count > 0 &&
        IS_MACHINE.test(pathOf(node)) &&
        !isTold(node, told),
    );
    if (quiet.length === 0 || (now >= askedAt && now - askedAt < EVERY_MS)) return [];
    askedAt = now;
    const query = new URLSearchParams({
      'api-version': '2018-01-01',
      metricnames: Object.keys(METRICS).join(','),
      aggregation: 'Total',
      interval: 'PT1M',
      timespan: `${new Date(now - BACK_MS).toISOString()}/${new Date(now).toISOString()}`,
    });
    const traffic: Traffic[] = [];
    for (const node of quiet.slice(0, MOST_MACHINES)) {
      const path = `${pathOf(node)}/providers/Microsoft.Insights/metrics?${query}`;
      const { value } = await manager.get(path, Answer, signal);
      traffic.push(...readingsOf(node, value, now));
    }
    return traffic;
  };
}

/** A machine of its own: those of scale sets and clusters have no metrics under their own path. */
const IS_MACHINE = /\/providers\/microsoft\.compute\/virtualmachines\/[^/]+$/i;

function pathOf({ id, account }: Node): string {
  return id.slice(account.length + 1);
}

function readingsOf(node: Node, metrics: z.infer<typeof Answer>['value'], now: Instant): Traffic[] {
  const byMinute = new Map<Instant, Traffic>();
  for (const { name, timeseries } of metrics) {
    const flow = METRICS[name.value];
    for (const { timeStamp, total } of timeseries.flatMap(({ data }) => data)) {
      const since = Date.parse(timeStamp);
      const at = since + MINUTE;
      if (!flow || typeof total !== 'number' || total < 0 || !(at <= now - SETTLED_MS)) continue;
      const known = byMinute.get(at) ?? { at, since, node: node.id, device: 'all' };
      byMinute.set(at, { ...known, [flow]: Math.round(total) });
    }
  }
  return [...byMinute.values()].sort((a, b) => a.at - b.at);
}
