import { useCallback, useMemo, useState } from 'preact/hooks';
import type { Snapshot } from '../../model/snapshot.ts';
import { DAY, type Instant } from '../../model/time.ts';
import { NO_WASTE, wasteSum } from '../../model/waste.ts';
import type { WasteCourse } from '../../protocol/waste.ts';
import { RANGES, type Range } from '../chart_data.ts';
import { count, dayOf, money, percent, timeOf } from '../locale.ts';
import { wasteChart } from '../waste_chart.ts';
import { CAUSES, stepWords, wasteFacts, wasteQuery } from '../waste_data.ts';
import { LineCanvas } from './chart_canvas.tsx';
import { ChartCard, LOADING, RangeChoice } from './chart_card.tsx';
import { ProvenanceBadge } from './figure.tsx';
import { useAnswer } from './use_answer.ts';

/** Money that did no work over time, by cause. That there was none is said, and is good news. */
export function WasteOverTime({ snapshot }: { snapshot: Snapshot }) {
  const [range, setRange] = useState<Range>(RANGES[2]);
  const { stepMs } = wasteQuery(range, snapshot.at);
  const { loaded, failure, retry } = useAnswer('waste', (askedAt) => wasteQuery(range, askedAt), {
    of: range.id,
    stepMs,
    snapshot,
    // It is the same money as in the list of jobs, and not to be told otherwise there.
    because: String(snapshot.jobs.reduce((sum, { waste }) => sum + wasteSum(waste ?? NO_WASTE), 0)),
  });
  const facts = useMemo(() => loaded && wasteFacts(loaded.value), [loaded]);
  return (
    <ChartCard
      id="waste-time"
      class="waste-card"
      title="Waste over time"
      head={<RangeChoice name="waste-range" range={range} onChoose={setRange} />}
      failure={failure}
      retry={retry}
      nothing={
        facts && facts.micros > 0 ? undefined : loaded ? noneOf(loaded.value, range) : LOADING
      }
    >
      {loaded && facts && facts.micros > 0 && (
        <Told course={loaded.value} facts={facts} until={loaded.askedAt} stepMs={stepMs} />
      )}
    </ChartCard>
  );
}

/** Nothing wasted is news only where somebody looked. */
function noneOf({ watched }: WasteCourse, { spoken }: Range): string {
  if (watched === 0) {
    return `No job of yours had its GPUs read in the last ${spoken}: whether it wasted anything is not known.`;
  }
  const jobs = watched === 1 ? 'the 1 job' : `the ${count(watched)} jobs`;
  return `Good news: nothing was wasted in the last ${spoken}. None of ${jobs} that Burnrate watched was idle, stalled or late to begin.`;
}

interface ToldProps {
  course: WasteCourse;
  facts: ReturnType<typeof wasteFacts>;
  until: Instant;
  stepMs: number;
}

function Told({ course, facts, until, stepMs }: ToldProps) {
  const from = course.at[0] ?? until;
  const drawing = useCallback(
    () => wasteChart(course, facts.causes, { from, to: until }),
    [course, facts, from, until],
  );
  const when = (at: Instant) => (stepMs < DAY ? timeOf(at, until) : dayOf(at));
  const { micros, sum, causes, worst } = facts;
  const all = `did no work since ${when(from)}`;
  const peak = `${money(worst.micros)} at worst (${when(worst.at)})`;
  const parts = causes.map((cause) => `${money(sum[cause])} ${CAUSES[cause]}`).join(', ');
  return (
    <>
      <p class="chart-figure">
        <strong>{money(micros)}</strong> {all} <ProvenanceBadge provenance={course.provenance} />
        <span>
          {stepWords(stepMs)}: {peak}
        </span>
      </p>
      <LineCanvas drawing={drawing} summary={`${money(micros)} ${all}: ${parts}. ${peak}.`} />
      <ul class="legend" aria-label="Waste by cause in this range">
        {causes.map((cause) => (
          <li key={cause}>
            <span class="swatch" data-cause={cause} />
            <span class="legend-name">{CAUSES[cause]}</span>
            <span class="legend-sum">
              {money(sum[cause])} <ProvenanceBadge provenance={course.provenance} brief />{' '}
              {percent(sum[cause] / micros)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
