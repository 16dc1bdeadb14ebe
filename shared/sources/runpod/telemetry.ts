import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import type { Node } from '../../model/node.ts';
import type { Sample } from '../../model/sample.ts';
import type { Instant } from '../../model/time.ts';
import { keyRemedy } from '../api_key.ts';
import type { RestClient } from '../rest.ts';
import { SourceError } from '../source.ts';
import { PLACES } from './places.ts';

const QUERY = 'query { myself { pods { id runtime { gpus { id gpuUtilPercent } } } } }';

const PodReading = z.object({
  id: z.string(),
  runtime: z
    .object({
      gpus: z.array(z.object({ id: z.string(), gpuUtilPercent: z.number().nullish() })).nullish(),
    })
    .nullish(),
});
export type PodReading = z.infer<typeof PodReading>;

/** GraphQL answers with status 200 also where it refuses. */
const Answer = z.object({
  data: z.object({ myself: z.object({ pods: z.array(PodReading) }).nullish() }).nullish(),
  errors: z.array(z.object({ message: z.string() })).nullish(),
});

/** How busy the GPUs of each pod are. https://docs.runpod.io/sdks/graphql/manage-pods#list-all-pods */
export async function telemetryOf(
  graphql: RestClient,
  account: Account,
  signal: AbortSignal,
): Promise<PodReading[]> {
  const { data, errors } = await graphql.ask({
    method: 'POST',
    path: '/graphql',
    body: { query: QUERY },
    schema: Answer,
    signal,
  });
  if (data?.myself) return data.myself.pods;
  const [error] = errors ?? [];
  const happened = error?.message ?? 'it tells of no user';
  throw new SourceError('denied', {
    account: account.id,
    message: `RunPod GraphQL, query of pods: ${happened}`,
    remedy: `The key may lack access to api.runpod.io/graphql, without which nobody knows how busy GPUs are. ${keyRemedy(account, PLACES)}`,
  });
}

/**
 * The GPUs' samples. A pod that does not run keeps its last figures: they are of no moment that
 * is known.
 */
export function samplesOf(
  readings: readonly PodReading[],
  nodes: readonly Node[],
  now: Instant,
): Sample[] {
  const running = new Map(
    nodes.flatMap((node) =>
      node.state === 'running' ? [[node.id.slice(node.account.length + 1), node]] : [],
    ),
  );
  return readings.flatMap(({ id, runtime }) => {
    const node = running.get(id);
    if (!node) return [];
    return (runtime?.gpus ?? []).flatMap(({ id: gpu, gpuUtilPercent: percent }) =>
      typeof percent === 'number'
        ? {
            at: now,
            node: node.id,
            gpu,
            ...(node.gpus.model && { model: node.gpus.model }),
            utilization: Math.min(1, Math.max(0, percent / 100)),
          }
        : [],
    );
  });
}
