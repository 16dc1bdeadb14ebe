import type { JobView, Snapshot } from '../../model/snapshot.ts';
import { WASTE_CAUSES, wasteSum } from '../../model/waste.ts';
import { money, percent } from '../locale.ts';
import { usePage } from '../page_context.ts';
import { CAUSES } from '../waste_data.ts';
import { ProvenanceBadge } from './figure.tsx';

const MOST_JOBS = 5;

/** Where money went that did no work: the worst jobs, by cause. Not there where there are none. */
export function WasteByJob({ snapshot }: { snapshot: Snapshot }) {
  const { openJob } = usePage();
  const wasteful = snapshot.jobs
    .filter((job) => job.mine && job.waste && wasteSum(job.waste) > 0)
    .sort((a, b) => sumOf(b) - sumOf(a));
  if (wasteful.length === 0) return null;
  const largest = sumOf(wasteful[0]);
  return (
    <section class="card" aria-labelledby="waste-title">
      <header class="card-head">
        <h2 id="waste-title">Did no work</h2>
        <p class="quiet">of what each job has cost</p>
      </header>
      <ul class="wastes">
        {wasteful.slice(0, MOST_JOBS).map((job) => (
          <li key={job.id}>
            <p class="waste-head">
              <button type="button" class="link" onClick={() => openJob(job.id)}>
                {job.name}
              </button>
              <span>
                {money(sumOf(job))} <ProvenanceBadge provenance={job.total.provenance} brief />
                {job.total.micros > 0 && (
                  <span class="quiet"> {percent(sumOf(job) / job.total.micros)}</span>
                )}
              </span>
            </p>
            <WasteBar job={job} largest={largest} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The parts of it by cause, as lengths: `largest` fills the whole width. */
export function WasteBar({ job, largest }: { job: JobView; largest: number }) {
  const { waste } = job;
  if (!waste) return null;
  const causes = WASTE_CAUSES.filter((cause) => waste[cause] > 0);
  let x = 0;
  return (
    <>
      <svg class="waste-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="waste-rest" width="100" height="6" />
        {causes.map((cause) => {
          const width = (waste[cause] / Math.max(1, largest)) * 100;
          x += width;
          return <rect key={cause} data-cause={cause} x={x - width} width={width} height="6" />;
        })}
      </svg>
      <p class="quiet facts waste-causes">
        {causes.map((cause) => (
          <span key={cause} class="fact">
            {money(waste[cause])} {CAUSES[cause]}
          </span>
        ))}
      </p>
    </>
  );
}

function sumOf(job: JobView | undefined): number {
  return job?.waste ? wasteSum(job.waste) : 0;
}
