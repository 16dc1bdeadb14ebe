import type { Metric } from '@aws-sdk/client-cloudwatch';
import type { Node } from '../../../model/node.ts';
import type { Sample } from '../../../model/sample.ts';
import { type Instant, MINUTE } from '../../../model/time.ts';
import { SourceError, type Surroundings } from '../../source.ts';
import type { Api } from '../api.ts';
import type { Watch } from '../watch.ts';
import { gpuMetrics, newestOf } from './data.ts';
import { agentSeries, type Series, trainingSeries } from './series.ts';
import { Untold } from './untold.ts';

/** An agent that is set up later is found within this time. */
const LIST_EVERY_MS = 10 * MINUTE;

/** How busy GPUs are, by CloudWatch: a minute coarse and some late, and paid for by the metric. */
export function watchOf(api: Api, clock: Surroundings['clock']): Watch {
  const listed = new Map<string, { metrics: Metric[]; at: Instant }>();
  const untold = new Untold(clock);

  async function readRegion(region: string, nodes: readonly Node[], signal: AbortSignal) {
    let costMicros = 0;
    const training = nodes.flatMap((node) => trainingSeries(node, region) ?? []);
    const machines = nodes.filter((node) => !trainingSeries(node, region));
    const known = listed.get(region);
    if (machines.length > 0 && (!known || clock.now() - known.at >= LIST_EVERY_MS)) {
      const list = await gpuMetrics(api, region, signal);
      costMicros += list.costMicros;
      listed.set(region, { metrics: list.metrics, at: clock.now() });
    }
    const metrics = listed.get(region)?.metrics ?? [];
    const series: Series[] = [
      ...training,
      ...machines.flatMap((node) => agentSeries(node, region, metrics)),
    ];
    if (series.length === 0) return { samples: [], costMicros };
    const newest = await newestOf(api, region, series, clock.now(), signal);
    return { samples: newest.samples, costMicros: costMicros + newest.costMicros };
  }

  return {
    async read(nodes, told, signal) {
      const byRegion = Map.groupBy(untold.among(nodes, told), ({ labels }) => labels.region ?? '');
      const samples: Sample[] = [];
      const failures: SourceError[] = [];
      let costMicros = 0;
      await Promise.all(
        [...byRegion].map(async ([region, there]) => {
          try {
            const read = await readRegion(region, there, signal);
            samples.push(...read.samples);
            costMicros += read.costMicros;
          } catch (error) {
            if (!(error instanceof SourceError)) throw error;
            failures.push(error);
          }
        }),
      );
      const [first] = failures;
      if (first && failures.length === byRegion.size) throw first;
      return { samples, costMicros, failures };
    },
  };
}
