import { useMemo, useState } from 'preact/hooks';
import type { Snapshot } from '../../model/snapshot.ts';
import { type ChartData, chartData, historyQuery, RANGES, type Range } from '../chart_data.ts';
import { money, percent } from '../locale.ts';
import { provenanceFor } from '../page_context.ts';
import { ChartCanvas } from './chart_canvas.tsx';
import { ProvenanceBadge } from './figure.tsx';
import { ChartFailure, RangeChoice } from './range_choice.tsx';
import { useSteps } from './use_steps.ts';

/** Cost over time, stacked by job, with how much of it did work. */
export function BurnChart({ snapshot }: { snapshot: Snapshot }) {
  const [range, setRange] = useState<Range>(RANGES[1]);
  const query = (askedAt: number) => historyQuery(range, askedAt);
  const { loaded, failure, retry } = useSteps('history', query, { range, snapshot });
  const data = useMemo(() => loaded && chartData(loaded.value, loaded.askedAt), [loaded]);
  return (
    <section class="card chart-card" aria-labelledby="chart-title">
      <header class="card-head">
        <h2 id="chart-title">Burn over time</h2>
        <RangeChoice name="range" range={range} onChoose={setRange} />
      </header>
      <div class="chart-body">
        {data && data.bands.length > 0 ? (
          <>
            <ChartCanvas data={data} spanMs={range.spanMs} summary={summary(data, range)} />
            <Legend data={data} snapshot={snapshot} />
          </>
        ) : (
          <p class="chart-none quiet" role="status">
            {failure ? '' : data ? `Nothing was metered in the last ${range.spoken}.` : 'Loading…'}
          </p>
        )}
        <ChartFailure failure={failure} retry={retry} />
      </div>
    </section>
  );
}

/** The legend is also the chart in words and figures, for those who do not see the canvas. */
function Legend({ data, snapshot }: { data: ChartData; snapshot: Snapshot }) {
  return (
    <ul class="legend" aria-label="Cost of each job in this range">
      {data.bands.map((band) => (
        <li key={band.jobId}>
          <span class="swatch" data-slot={band.slot} />
          <span class="legend-name" title={band.name}>
            {band.name}
          </span>
          <span class="legend-sum">{money(band.totalMicros)}</span>
          <ProvenanceBadge provenance={provenanceFor(snapshot, band.jobId)} />
        </li>
      ))}
      {data.utilization.some((share) => share !== null) && (
        <li>
          <span class="swatch line" />
          <span class="legend-name">Utilization, weighted by cost</span>
        </li>
      )}
    </ul>
  );
}

function summary(data: ChartData, range: Range): string {
  const known = data.utilization.filter((share) => share !== null);
  const latest = known.at(-1);
  const work = latest === undefined ? '' : ` Utilization is ${percent(latest)} at the end.`;
  return `${money(data.totalMicros)} over the last ${range.spoken}.${work}`;
}
