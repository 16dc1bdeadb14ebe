import { useCallback, useState } from 'preact/hooks';
import type { JobView, Snapshot } from '../../model/snapshot.ts';
import type { Interval } from '../../model/time.ts';
import type { PriceSeries } from '../../protocol/prices.ts';
import { historyQuery, RANGES, type Range } from '../chart_data.ts';
import { money, percent } from '../locale.ts';
import { MOST_ZONES, spotPriceChart } from '../spot_price_chart.ts';
import { LineCanvas } from './chart_canvas.tsx';
import { ChartCard, LOADING, RangeChoice } from './chart_card.tsx';
import { ProvenanceBadge } from './figure.tsx';
import { useAnswer } from './use_answer.ts';

interface SpotProps {
  snapshot: Snapshot;
  /** The machines of one job alone. */
  job?: JobView;
}

/** What spot machines cost over time, zone by zone, against on demand. Not there without spot machines. */
export function SpotPrices({ snapshot, job }: SpotProps) {
  const hasSpot = job
    ? job.why?.some(({ kind }) => kind?.market === 'spot')
    : snapshot.nodes.some(({ priceKey, mine }) => mine && priceKey?.market === 'spot');
  return hasSpot ? <SpotCard snapshot={snapshot} {...(job && { job })} /> : null;
}

function SpotCard({ snapshot, job }: SpotProps) {
  const [range, setRange] = useState<Range>(RANGES[2]);
  const [chosen, choose] = useState<string>();
  const { loaded, failure, retry } = useAnswer(
    'prices',
    (askedAt) => {
      const { from, to } = historyQuery(range, askedAt);
      return { from, to, ...(job && { jobId: job.id }) };
    },
    { of: `${range.id} ${job?.id ?? ''}`, stepMs: range.stepMs, snapshot },
  );
  const kinds = Map.groupBy(loaded?.value.series ?? [], kindOf);
  const kind = chosen !== undefined && kinds.has(chosen) ? chosen : [...kinds.keys()][0];
  const series = kind === undefined ? undefined : kinds.get(kind)?.slice(0, MOST_ZONES);
  return (
    <ChartCard
      id="spot"
      class="spot-card"
      title="Spot price"
      head={
        <>
          {kinds.size > 1 && (
            <select
              class="select"
              aria-label="Kind of machine"
              value={kind}
              onChange={(event) => choose(event.currentTarget.value)}
            >
              {[...kinds.keys()].map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          )}
          <RangeChoice name="spot-range" range={range} onChoose={setRange} />
        </>
      }
      failure={failure}
      retry={retry}
      nothing={
        series ? undefined : loaded ? `No price was read in the last ${range.spoken}.` : LOADING
      }
    >
      {loaded && series && (
        <>
          {kinds.size === 1 && <p class="quiet">{kind}</p>}
          <Drawing series={series} interval={loaded.value} />
          <Zones series={series} />
        </>
      )}
    </ChartCard>
  );
}

function kindOf({ provider, instanceType, region }: PriceSeries): string {
  return `${instanceType}, ${provider} ${region}`;
}

function Drawing({ series, interval }: { series: readonly PriceSeries[]; interval: Interval }) {
  const drawing = useCallback(() => spotPriceChart(series, interval), [series, interval]);
  const summary = series
    .map((one) => `${one.zone ?? one.region} costs ${money(latestOf(one))} per hour`)
    .join(', ');
  return <LineCanvas drawing={drawing} summary={`Spot price over time: ${summary}.`} />;
}

function Zones({ series }: { series: readonly PriceSeries[] }) {
  const onDemand = series.find((one) => one.onDemand)?.onDemand;
  return (
    <ul class="legend" aria-label="Spot price by zone, now">
      {series.map((one, slot) => (
        <li key={one.key}>
          <span class="swatch" data-slot={slot} />
          <span class="legend-name">{one.zone ?? one.region}</span>
          <span class="legend-amount">
            {money(latestOf(one))}/h <ProvenanceBadge provenance="quoted" brief />
          </span>
          {one.onDemand && (
            <span class="legend-sum">
              {percent(latestOf(one) / one.onDemand.microsPerHour)} of on demand
            </span>
          )}
          {one.running > 0 && <span class="tag">{one.running} running</span>}
        </li>
      ))}
      {onDemand && (
        <li title={onDemand.basis}>
          <span class="swatch line" />
          <span class="legend-name">On demand</span>
          <span class="legend-amount">
            {money(onDemand.microsPerHour)}/h{' '}
            <ProvenanceBadge provenance={onDemand.provenance} brief />
          </span>
        </li>
      )}
    </ul>
  );
}

function latestOf({ points }: PriceSeries): number {
  return points.at(-1)?.microsPerHour ?? 0;
}
