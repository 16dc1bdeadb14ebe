import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Snapshot } from '../../model/snapshot.ts';
import type { History } from '../../protocol/protocol.ts';
import { type ChartData, chartData, historyQuery, RANGES, type Range } from '../chart_data.ts';
import { money, percent } from '../locale.ts';
import { provenanceFor, usePage } from '../page_context.ts';
import { ChartCanvas } from './chart_canvas.tsx';
import { ProvenanceBadge } from './figure.tsx';

/** A live chart need not be redrawn more often, however fast Burnrate's time runs. */
const REFRESH_MS = 3_000;

/** Cost over time, stacked by job, with how much of it did work. */
export function BurnChart({ snapshot }: { snapshot: Snapshot }) {
  const [range, setRange] = useState<Range>(RANGES[1]);
  const { history, failure, retry } = useHistory(range, snapshot);
  const data = useMemo(() => history && chartData(history.value, history.askedAt), [history]);
  return (
    <section class="card chart-card" aria-labelledby="chart-title">
      <header class="card-head">
        <h2 id="chart-title">Burn over time</h2>
        <RangeChoice range={range} onChoose={setRange} />
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
        {failure && (
          <p class="failure" role="alert">
            The history could not be read: {failure}{' '}
            <button type="button" class="button" onClick={retry}>
              Try again
            </button>
          </p>
        )}
      </div>
    </section>
  );
}

interface RangeProps {
  range: Range;
  onChoose: (range: Range) => void;
}

function RangeChoice({ range, onChoose }: RangeProps) {
  return (
    <fieldset class="ranges">
      <legend class="unseen">Time range</legend>
      {RANGES.map((choice) => (
        <label key={choice.id} class="range">
          <input
            type="radio"
            name="range"
            value={choice.id}
            checked={choice.id === range.id}
            onChange={() => onChoose(choice)}
          />
          <span aria-hidden="true">{choice.label}</span>
          <span class="unseen">{choice.spoken}</span>
        </label>
      ))}
    </fieldset>
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

interface Loaded {
  value: History;
  askedAt: number;
}

/** The ledger of a range, asked for again as time goes on. The last one stays until then. */
function useHistory(range: Range, snapshot: Snapshot) {
  const { session } = usePage();
  const [history, setHistory] = useState<Loaded & { range: Range }>();
  const [failure, setFailure] = useState<string>();
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(snapshot.at);
  latest.current = snapshot.at;

  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      const askedAt = latest.current;
      try {
        const value = await session.request('history', historyQuery(range, askedAt));
        if (!current) return;
        setHistory({ value, askedAt, range });
        setFailure(undefined);
      } catch (error) {
        if (!current) return;
        setFailure(error instanceof Error ? error.message : String(error));
      }
      const stepInRealMs = range.stepMs / Math.max(1, snapshot.speed);
      timer = setTimeout(load, Math.min(60_000, Math.max(REFRESH_MS, stepInRealMs / 4)));
    };
    void load();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [session, range, attempt, snapshot.speed, snapshot.collector.pid]);

  return {
    history: history?.range === range ? history : undefined,
    failure,
    retry: () => setAttempt(attempt + 1),
  };
}
