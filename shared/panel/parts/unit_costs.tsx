import { useCallback, useState } from 'preact/hooks';
import type { Counter } from '../../model/progress.ts';
import type { JobView, Snapshot } from '../../model/snapshot.ts';
import { UNITS } from '../../model/unit.ts';
import type { UnitCosts as Steps } from '../../protocol/protocol.ts';
import { historyQuery, RANGES, type Range } from '../chart_data.ts';
import { money } from '../locale.ts';
import { provenanceFor } from '../page_context.ts';
import { unitCostChart } from '../unit_cost_chart.ts';
import { meanCost } from '../unit_cost_data.ts';
import { LineCanvas } from './chart_canvas.tsx';
import { ChartCard, LOADING, RangeChoice } from './chart_card.tsx';
import { ProvenanceBadge } from './figure.tsx';
import { useAnswer } from './use_answer.ts';

interface UnitProps {
  snapshot: Snapshot;
  /** Among which there is a choice. */
  jobs: readonly JobView[];
}

/** What a unit of a job's work cost over time. Not there where no job counts anything. */
export function UnitCosts({ snapshot, jobs }: UnitProps) {
  const [chosen, choose] = useState<string>();
  const choices = jobs.flatMap((job) => (job.units ?? []).map(({ counter }) => ({ job, counter })));
  const current = choices.find((choice) => keyOf(choice) === chosen) ?? choices[0];
  if (!current) return null;
  return (
    <UnitCostCard
      snapshot={snapshot}
      choices={choices}
      current={current}
      onChoose={(key) => choose(key)}
    />
  );
}

interface Choice {
  job: JobView;
  counter: Counter;
}

function keyOf({ job, counter }: Choice): string {
  return `${counter} ${job.id}`;
}

interface CardProps {
  snapshot: Snapshot;
  choices: readonly Choice[];
  current: Choice;
  onChoose: (key: string) => void;
}

function UnitCostCard({ snapshot, choices, current, onChoose }: CardProps) {
  const [range, setRange] = useState<Range>(RANGES[1]);
  const { job, counter } = current;
  const { loaded, failure, retry } = useAnswer(
    'unitCosts',
    (askedAt) => ({ jobId: job.id, ...historyQuery(range, askedAt) }),
    { of: `${range.id} ${job.id}`, stepMs: range.stepMs, snapshot },
  );
  const series = loaded?.value.series.find((one) => one.counter === counter);
  const mean = series && meanCost(series, counter);
  return (
    <ChartCard
      id="units"
      class="units-card"
      title="Cost per unit of work"
      head={
        <>
          <select
            class="select"
            aria-label="Job and what it counts"
            value={keyOf(current)}
            onChange={(event) => onChoose(event.currentTarget.value)}
          >
            {choices.map((choice) => (
              <option key={keyOf(choice)} value={keyOf(choice)}>
                {choice.job.name}, per {UNITS[choice.counter].name}
              </option>
            ))}
          </select>
          <RangeChoice name="units-range" range={range} onChoose={setRange} />
        </>
      }
      failure={failure}
      retry={retry}
      nothing={
        mean !== undefined
          ? undefined
          : loaded
            ? `Nothing was counted in the last ${range.spoken}.`
            : LOADING
      }
    >
      {loaded && series && mean !== undefined && (
        <>
          <p class="chart-figure">
            <strong>{money(Math.round(mean))}</strong> per {UNITS[counter].name} over the last{' '}
            {range.spoken} <ProvenanceBadge provenance={provenanceFor(snapshot, job.id)} />
          </p>
          <Drawing at={loaded.value.at} series={series} until={loaded.askedAt} mean={mean} />
        </>
      )}
    </ChartCard>
  );
}

interface DrawingProps {
  at: readonly number[];
  series: Steps['series'][number];
  until: number;
  mean: number;
}

function Drawing({ at, series, until, mean }: DrawingProps) {
  const drawing = useCallback(
    () => unitCostChart(at, series, { from: at[0] ?? until, to: until }),
    [at, series, until],
  );
  const latest = series.micros.findLast((unit) => unit !== null) ?? mean;
  const summary = `${money(Math.round(mean))} per ${UNITS[series.counter].name} on the average, ${money(Math.round(latest))} at the end.`;
  return <LineCanvas drawing={drawing} summary={summary} />;
}
