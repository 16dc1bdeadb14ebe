import { useEffect, useRef } from 'preact/hooks';
import type { JobView, Snapshot } from '../../model/snapshot.ts';
import { Alerts } from './alerts.tsx';
import { BudgetButton } from './budget.tsx';
import { BurnChart } from './burn_chart.tsx';
import { BackIcon } from './icons.tsx';
import { JobFigures } from './job_figures.tsx';
import { JobMeta } from './job_meta.tsx';
import { JobNodes } from './job_nodes.tsx';
import { JobPrice } from './job_price.tsx';
import { SpotPrices } from './spot_prices.tsx';
import { StopButton } from './stop_button.tsx';
import { Stops } from './stops.tsx';
import { JobTimeline } from './timeline.tsx';
import { UnitCosts } from './unit_costs.tsx';

interface DetailProps {
  jobId: string;
  snapshot: Snapshot;
  onClose: () => void;
}

/** A job's own page: what it costs and why, what it does for that, and what has happened to it. */
export function JobDetail({ jobId, snapshot, onClose }: DetailProps) {
  const job = snapshot.jobs.find(({ id }) => id === jobId);
  const title = useRef<HTMLHeadingElement>(null);
  // Who reads with their ears, or uses the keyboard, is where the new page begins.
  useEffect(() => {
    scrollTo(0, 0);
    title.current?.focus();
  }, [jobId]);
  return (
    <article class="job-page" aria-labelledby="job-title">
      <button type="button" class="button plain back" onClick={onClose}>
        <BackIcon /> All jobs
      </button>
      <header class="job-head">
        <div>
          <h2 id="job-title" ref={title} tabIndex={-1}>
            {job?.name ?? 'A job of the past'}
          </h2>
          {job ? (
            <JobMeta job={job} account={accountOf(job, snapshot)} />
          ) : (
            <p class="quiet">It ended long ago, or its account is no longer watched.</p>
          )}
        </div>
        {job && (
          <p class="job-head-actions">
            <BudgetButton job={job} />
            <StopButton job={job} />
          </p>
        )}
      </header>
      <Stops snapshot={snapshot} jobId={jobId} />
      <Alerts snapshot={snapshot} jobId={jobId} />
      {job && <JobFigures job={job} snapshot={snapshot} />}
      <div class="job-columns">
        <div class="job-main">
          <BurnChart snapshot={snapshot} job={{ id: jobId }} />
          {job && <UnitCosts snapshot={snapshot} jobs={[job]} />}
          {job && <SpotPrices snapshot={snapshot} job={job} />}
        </div>
        <div class="job-side">
          {job && <JobPrice job={job} />}
          {job && <JobNodes job={job} snapshot={snapshot} />}
          <JobTimeline snapshot={snapshot} jobId={jobId} />
        </div>
      </div>
    </article>
  );
}

function accountOf({ account }: JobView, { accounts }: Snapshot): string {
  return accounts.find(({ id }) => id === account)?.title ?? account;
}
