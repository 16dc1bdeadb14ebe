import type { JobView } from '../../model/snapshot.ts';
import { hashOf } from '../opened_job.ts';
import { usePage } from '../page_context.ts';
import { Activity } from './activity.tsx';
import { BudgetButton, BudgetGauge } from './budget.tsx';
import { Amount, ProvenanceBadge } from './figure.tsx';
import { WarningIcon } from './icons.tsx';
import { JobMeta } from './job_meta.tsx';
import { JobUnits } from './job_units.tsx';
import { StopButton } from './stop_button.tsx';

interface RowProps {
  job: JobView;
  account: string;
  /** An alert fires for it. */
  troubled: boolean;
  /** Its own page was open last: it is scrolled into view. */
  wanted: boolean;
}

export function JobRow({ job, account, troubled, wanted }: RowProps) {
  return (
    <tr data-job={job.id} data-troubled={troubled} data-wanted={wanted}>
      <th scope="row" data-column="job">
        <JobName job={job} troubled={troubled} focused={wanted} />
        <JobMeta job={job} account={account} />
        <JobUnits job={job} />
      </th>
      <td data-column="activity">
        <Activity job={job} />
      </td>
      <td data-column="rate" data-label="Rate">
        {job.state === 'ended' ? (
          <span class="quiet">–</span>
        ) : (
          <>
            <span class="cell-amount strong">
              <Amount figure={job.rate} per="h" />
            </span>
            <ProvenanceBadge provenance={job.rate.provenance} />
          </>
        )}
      </td>
      <td data-column="total" data-label="Total">
        <span class="cell-amount">
          <Amount figure={job.total} />
          <ProvenanceBadge provenance={job.total.provenance} brief />
        </span>
        <span class="cell-amount today">
          <Amount figure={job.today} /> today
          <ProvenanceBadge provenance={job.today.provenance} brief />
        </span>
        <BudgetGauge job={job} />
      </td>
      <td data-column="action">
        <span class="job-actions">
          <BudgetButton job={job} brief />
          <StopButton job={job} />
        </span>
      </td>
    </tr>
  );
}

interface NameProps {
  job: JobView;
  troubled: boolean;
  focused: boolean;
}

/** Leads to the job's own page. */
function JobName({ job, troubled, focused }: NameProps) {
  const { openJob } = usePage();
  return (
    <a
      class="job-name"
      title={job.name}
      href={hashOf(job.id)}
      // Who comes back from its page goes on where they were.
      ref={(link) => {
        if (focused && link && document.activeElement === document.body) link.focus();
      }}
      onClick={(event) => {
        // A new tab is the browser's business.
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        openJob(job.id);
      }}
    >
      {troubled && (
        <span class="job-alert" title="An alert fires for this job">
          <WarningIcon />
          <span class="unseen">Has an alert: </span>
        </span>
      )}
      {job.name}
    </a>
  );
}
