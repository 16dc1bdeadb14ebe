import { z } from 'zod';
import type { Node } from '../../model/node.ts';
import type { Sample } from '../../model/sample.ts';
import { type Instant, MINUTE } from '../../model/time.ts';
import { IN_VAIN } from './nodes.ts';
import type { Manager } from './resource_manager.ts';

/** https://learn.microsoft.com/rest/api/monitor/metrics/list */
const Answer = z.object({
  value: z.array(
    z.object({
      timeseries: z.array(
        z.object({
          metadatavalues: z.array(
            z.object({ name: z.object({ value: z.string() }), value: z.string() }),
          ),
          data: z.array(z.object({ timeStamp: z.string(), average: z.number().nullish() })),
        }),
      ),
    }),
  ),
});

/** A minute's figure is there some minutes later. */
const BACK_MS = 10 * MINUTE;

/**
 * How busy the GPUs of Azure ML's clusters are, by Azure Monitor. It has no GPUs of plain machines:
 * of those it sees the hypervisor's side only (CPU, disks, network), and an exporter is needed.
 * https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-machinelearningservices-workspaces-metrics
 */
export async function readUtilization(
  manager: Manager,
  nodes: readonly Node[],
  now: Instant,
  signal: AbortSignal,
): Promise<Sample[]> {
  const machines = new Map(
    nodes.flatMap((node) =>
      node.scheduled && node.labels.workspace ? [[node.name.toLowerCase(), node]] : [],
    ),
  );
  const workspaces = new Set([...machines.values()].map(workspaceOf));
  const samples = nodes.flatMap((node) => inVain(node, now));
  for (const workspace of workspaces) {
    const query = new URLSearchParams({
      'api-version': '2018-01-01',
      metricnames: 'GpuUtilization',
      aggregation: 'Average',
      interval: 'PT1M',
      timespan: `${new Date(now - BACK_MS).toISOString()}/${new Date(now).toISOString()}`,
      $filter: "NodeId eq '*' and DeviceId eq '*'",
      top: '1000',
    });
    const path = `${workspace}/providers/Microsoft.Insights/metrics?${query}`;
    const { value } = await manager.get(path, Answer, signal);
    for (const { metadatavalues, data } of value.flatMap(({ timeseries }) => timeseries)) {
      const of = (dimension: string) =>
        metadatavalues.find(({ name }) => name.value.toLowerCase() === dimension)?.value ?? '';
      const node = machines.get(of('nodeid').toLowerCase());
      const latest = data.findLast(({ average }) => typeof average === 'number');
      if (node && latest) samples.push(sampleOf(node, of('deviceid'), latest));
    }
  }
  return samples;
}

/** The GPUs of a machine that is stopped and still charged for do nothing, by its power state. */
function inVain(node: Node, now: Instant): Sample[] {
  if (!node.labels[IN_VAIN]) return [];
  const { count, model } = node.gpus;
  return Array.from({ length: count }, (_, gpuIndex) => ({
    at: now,
    node: node.id,
    gpu: `GPU ${gpuIndex}`,
    gpuIndex,
    ...(model && { model }),
    utilization: 0,
  }));
}

function sampleOf(
  node: Node,
  device: string,
  { timeStamp, average }: { timeStamp: string; average?: number | null | undefined },
): Sample {
  const index = /\d+$/.exec(device)?.[0];
  const { model } = node.gpus;
  return {
    at: Date.parse(timeStamp),
    node: node.id,
    gpu: index ? `GPU ${index}` : device || 'all GPUs',
    ...(index && { gpuIndex: Number(index) }),
    ...(model && { model }),
    utilization: Math.min(1, Math.max(0, (average ?? 0) / 100)),
  };
}

/** `/subscriptions/.../workspaces/research` of a machine of one of its clusters. */
function workspaceOf({ id, account }: Node): string {
  return id.slice(account.length + 1).replace(/\/(computes|jobs)\/.*$/, '');
}
