import type { Sample } from '../../model/sample.ts';
import { type Instant, MINUTE } from '../../model/time.ts';
import type { Api } from './api.ts';
import { instantOf, type Series, SeriesPage } from './wire.ts';

/** The Ops Agent measures each minute, and what it measures is there some minutes later. */
const WINDOW_MS = 6 * MINUTE;

const UTILIZATION = 'agent.googleapis.com/gpu/utilization';
const MEMORY = 'agent.googleapis.com/gpu/memory/bytes_used';

/**
 * How busy GPUs are, where the Ops Agent measures it.
 * https://cloud.google.com/monitoring/api/metrics_opsagent#agent-gpu
 */
export async function readTelemetry(
  api: Api,
  now: Instant,
  signal: AbortSignal,
): Promise<Sample[]> {
  const utilization = await seriesOf(api, UTILIZATION, now, signal);
  // Without GPUs that are measured there is nothing else to ask.
  const memory = utilization.length > 0 ? await seriesOf(api, MEMORY, now, signal) : [];
  return samplesOf(utilization, memory);
}

/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list */
export async function seriesOf(
  api: Api,
  metric: string,
  now: Instant,
  signal: AbortSignal,
  windowMs: number = WINDOW_MS,
): Promise<Series[]> {
  const query = new URLSearchParams({
    filter: `metric.type="${metric}" AND resource.type="gce_instance"`,
    'interval.startTime': new Date(now - windowMs).toISOString(),
    'interval.endTime': new Date(now).toISOString(),
    fields: 'nextPageToken,timeSeries(metric/labels,resource/labels,points)',
  });
  const series: Series[] = [];
  const path = `/v3/projects/${api.project}/timeSeries?${query}`;
  for await (const page of api.pages('monitoring', path, SeriesPage, signal))
    series.push(...page.timeSeries);
  return series;
}

/** One sample a GPU: its newest utilization, with the memory of that time. */
export function samplesOf(utilization: readonly Series[], memory: readonly Series[]): Sample[] {
  const used = new Map<string, { used: number; all: number }>();
  for (const series of memory) {
    const bytes = newest(series)?.value ?? 0;
    const known = used.get(gpuOf(series)) ?? { used: 0, all: 0 };
    known.all += bytes;
    if (series.metric.labels.memory_state === 'used') known.used += bytes;
    used.set(gpuOf(series), known);
  }
  return utilization.flatMap((series) => {
    const { uuid, gpu_number: number, model } = series.metric.labels;
    const node = series.resource.labels.instance_id;
    const point = newest(series);
    if (!node || !point) return [];
    const bytes = used.get(gpuOf(series));
    const index = Number(number);
    return [
      {
        at: point.at,
        node,
        gpu: uuid || `${node}/${number ?? '0'}`,
        ...(number && Number.isSafeInteger(index) && { gpuIndex: index }),
        ...(model && { model }),
        utilization: Math.min(1, Math.max(0, point.value / 100)),
        ...(bytes && { memoryUsed: bytes.used, memoryTotal: bytes.all }),
      },
    ];
  });
}

function gpuOf({ metric, resource }: Series): string {
  return `${resource.labels.instance_id} ${metric.labels.uuid ?? metric.labels.gpu_number}`;
}

/** Points come newest first; one without a time is of no use. */
function newest({ points }: Series): { at: Instant; value: number } | undefined {
  const read = points.flatMap(({ interval, value }) => {
    const at = instantOf(interval.endTime);
    const number = value.doubleValue ?? value.int64Value;
    return at === undefined || number === undefined ? [] : { at, value: number };
  });
  return read.sort((a, b) => b.at - a.at)[0];
}
