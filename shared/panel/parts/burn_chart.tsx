import { useMemo, useState } from 'preact/hooks';
import type { JobView, Snapshot } from '../../model/snapshot.ts';
import { type ChartData, chartData, historyQuery, RANGES, type Range } from '../chart_data.ts';
import { money, percent } from '../locale.ts';
import { provenanceFor } from '../page_context.ts';
import { ChartCanvas } from './chart_canvas.tsx';
import { ChartCard, LOADING, RangeChoice } from './chart_card.tsx';
import { ProvenanceBadge } from './figure.tsx';
import { useAnswer } from './use_answer.ts';

interface BurnProps {
  snapshot: Snapshot;
  /** Of one job alone; else of all that is mine. */
  job?: Pick<JobView, 'id'>;
}

/** Cost over time, stacked by job, with how much of it did work. */
export function BurnChart({ snapshot, job }: BurnProps) {
  const [range, setRange] = useState<Range>(RANGES[1]);
  const { loaded, failure, retry } = useAnswer(
    'history',
    // One job may be another's, whose page somebody has opened.
    (askedAt) => ({
      ...historyQuery(range, askedAt),
      ...(job && { jobId: job.id, everyones: true }),
    }),
    { of: `${range.id} ${job?.id ?? ''}`, stepMs: range.stepMs, snapshot },
  );
  const data = useMemo(() => loaded && chartData(loaded.value, loaded.askedAt), [loaded]);
  const drawn = data && data.bands.length > 0 ? data : undefined;
  return (
    <ChartCard
      id="chart"
      title={job ? 'Cost and utilization' : 'Burn over time'}
      head={<RangeChoice name="range" range={range} onChoose={setRange} />}
      failure={failure}
      retry={retry}
      nothing={
        drawn ? undefined : data ? `Nothing was metered in the last ${range.spoken}.` : LOADING
      }
    >
      {drawn && (
        <>
          <ChartCanvas data={drawn} summary={summary(drawn, range)} />
          <Legend data={drawn} snapshot={snapshot} />
        </>
      )}
    </ChartCard>
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
          <ProvenanceBadge provenance={provenanceFor(snapshot, band.jobId)} brief />
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
