import type { Sample } from '../../model/sample.ts';
import type { Instant } from '../../model/time.ts';
import { ExpositionReader } from '../exposition/reader.ts';
import { Gpus, WANTED } from '../gpu_series.ts';
import type { SourceError } from '../source.ts';
import type { Api, Order } from './api.ts';
import { malformed } from './errors.ts';
import { pathOf } from './kinds.ts';
import type { PodObject } from './objects.ts';

/** A pod that tells how busy the GPUs of its node are. */
export interface Exporter {
  namespace: string;
  name: string;
  node: string;
  port: number;
}

/**
 * The exporters that are known, by what is in their image's name, and the port of each where its
 * pod names none: NVIDIA's (also GKE's own, and the GPU operator's), and AMD's.
 * https://docs.nvidia.com/datacenter/dcgm/latest/gpu-telemetry/dcgm-exporter.html
 * https://instinct.docs.amd.com/projects/device-metrics-exporter/
 */
const EXPORTERS: readonly [image: RegExp, port: number][] = [
  [/(^|[/-])dcgm-exporter\b/, 9400],
  [/(^|\/)device-metrics-exporter\b/, 5000],
];

/** What the pod exports; undefined where it is no exporter, or does not run. */
export function exporterOf({ metadata, spec, status }: PodObject): Exporter | undefined {
  if (spec.nodeName === undefined || status.phase !== 'Running') return undefined;
  for (const { image = '', ports } of spec.containers) {
    const known = EXPORTERS.find(([pattern]) => pattern.test(image.replace(/[:@].*$/, '')));
    if (!known) continue;
    const port = ports.find(({ name }) => name === 'metrics') ?? ports[0];
    return {
      namespace: metadata.namespace ?? 'default',
      name: metadata.name,
      node: spec.nodeName,
      port: port?.containerPort ?? known[1],
    };
  }
  return undefined;
}

/** The right that reading exporters by way of the API server needs. */
export const PROXY = { verb: 'get', group: '', plural: 'pods', subresource: 'proxy' } as const;

/**
 * What an exporter says of the GPUs of its node, asked by way of the API server: the pod itself
 * mostly cannot be reached from outside. Rejects with a SourceError.
 */
export async function readExporter(
  { namespace, name, node, port }: Exporter,
  { api, now, signal }: { api: Api; now: Instant; signal: AbortSignal },
): Promise<Sample[]> {
  const pods = pathOf({ apiVersion: 'v1', plural: 'pods' }, namespace);
  const order: Order = {
    verb: PROXY.verb,
    resource: 'pods/proxy',
    path: `${pods}/${encodeURIComponent(name)}:${port}/proxy/metrics`,
    namespace,
    name,
  };
  const gpus = new Gpus();
  const reader = new ExpositionReader(WANTED, gpus.take);
  reader.push(await api.text(order, signal));
  const { readings } = reader.end();
  const samples = gpus.samples(node, now);
  if (readings === 0 || samples.length === 0) throw none(api, order);
  // It runs on that node, whatever name the exporter itself has for it.
  return samples.map((sample) => ({ ...sample, node }));
}

function none(api: Api, order: Order): SourceError {
  return malformed(api.attempt(order), 'metrics, but none of GPUs by DCGM or by AMD');
}
