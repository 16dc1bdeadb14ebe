import { grouped } from '../../model/count.ts';
import { formatDuration, type Instant, SECOND } from '../../model/time.ts';
import type { Check, SourceError } from '../source.ts';
import type { Endpoint } from './endpoint.ts';
import type { ScrapeResult } from './scrape.ts';

/** So many that answer as they should are no longer listed one by one. */
const MANY = 10;

/** Who reads its GPUs less often is told that it could. dcgm-exporter's default is 30 s. */
const SELDOM_MS = 12 * SECOND;

/** What came of asking one exporter. */
export interface Outcome {
  endpoint: Endpoint;
  askedAt: Instant;
  at: Instant;
  result?: ScrapeResult;
  failure?: SourceError;
}

/**
 * A line each; where there are many, those that answered as they should share one. `periodOf`: how
 * many ms lie between two readings that an exporter takes of its GPUs, where that is known.
 */
export function checksOf(
  outcomes: readonly Outcome[],
  periodOf: (endpoint: Endpoint) => number | undefined,
): Check[] {
  const gpus = (some: readonly Outcome[]) => {
    const sum = (what: 'samples' | 'progress' | 'traffic') =>
      some.reduce((total, { result }) => total + (result?.[what].length ?? 0), 0);
    const [count, counters, devices] = [sum('samples'), sum('progress'), sum('traffic')];
    if (count + counters === 0 && devices > 0) return 'the network and disks of its machine';
    const read = count === 1 ? '1 GPU' : `${grouped(count)} GPUs`;
    if (counters === 0) return read;
    return `${count === 0 ? '' : `${read} and `}${grouped(counters)} of a job's own counters`;
  };
  const good = outcomes.filter(({ failure, result }) => !failure && !result?.partial);
  const groups = good.length > MANY ? [good] : good.map((outcome) => [outcome]);
  const bad = outcomes.flatMap(({ failure, result }) => failure ?? result?.partial ?? []);
  return [
    ...groups.map((group): Check => {
      const name =
        group.length > 1 ? `${grouped(group.length)} exporters` : group[0]?.endpoint.name;
      return { capability: 'telemetry', ok: true, message: `${name}: ${gpus(group)}` };
    }),
    ...pace(good, periodOf),
    ...bad.map(
      ({ message, remedy }): Check => ({ capability: 'telemetry', ok: false, message, remedy }),
    ),
  ];
}

/** What those that read their GPUs seldom cost their user: time, before a trouble is seen. */
function pace(
  good: readonly Outcome[],
  periodOf: (endpoint: Endpoint) => number | undefined,
): Check[] {
  const periods = good.flatMap(({ endpoint, result }) => {
    const period = result && result.samples.length > 0 ? periodOf(endpoint) : undefined;
    return period !== undefined && period > SELDOM_MS ? period : [];
  });
  if (periods.length === 0) return [];
  const who =
    periods.length === 1
      ? '1 exporter reads its'
      : `${grouped(periods.length)} exporters read their`;
  const often = `about every ${formatDuration(Math.max(...periods))}`;
  const message = `${who} GPUs ${often} only, and what goes wrong is seen as much later: start dcgm-exporter with --collect-interval 5000 (DCGM_EXPORTER_INTERVAL)`;
  return [{ capability: 'telemetry', ok: true, message }];
}
