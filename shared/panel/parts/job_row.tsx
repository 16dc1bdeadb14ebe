import { useEffect, useRef } from 'preact/hooks';
import type { JobView } from '../../model/snapshot.ts';
import { formatDuration } from '../../model/time.ts';
import { ago, count, percent } from '../locale.ts';
import { usePage } from '../page_context.ts';
import { BudgetButton, BudgetGauge } from './budget.tsx';
import { Amount, ProvenanceBadge } from './figure.tsx';
import { WarningIcon } from './icons.tsx';
import { JobUnits } from './job_units.tsx';
import { Sparkline } from './sparkline.tsx';

interface RowProps {
  job: JobView;
  account: string;
  /** An alert fires for it. */
  troubled: boolean;
  /** A notification or a menu asked for it: it is scrolled into view. */
  wanted: boolean;
}

export function JobRow({ job, account, troubled, wanted }: RowProps) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (wanted) row.current?.scrollIntoView({ block: 'center' });
  }, [wanted]);
  return (
    <tr ref={row} data-job={job.id} data-troubled={troubled} data-wanted={wanted}>
      <th scope="row" data-column="job">
        <span class="job-name" title={job.name}>
          {troubled && (
            <span class="job-alert" title="An alert fires for this job">
              <WarningIcon />
              <span class="unseen">Has an alert: </span>
            </span>
          )}
          {job.name}
        </span>
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
      <td data-column="today" data-label="Today">
        <span class="cell-amount">
          <Amount figure={job.today} />
        </span>
        <ProvenanceBadge provenance={job.today.provenance} />
      </td>
      <td data-column="total" data-label="Total">
        <span class="cell-amount">
          <Amount figure={job.total} />
        </span>
        <ProvenanceBadge provenance={job.total.provenance} />
        <BudgetGauge job={job} />
      </td>
      <td data-column="action">
        <span class="job-actions">
          <BudgetButton job={job} />
          <StopButton job={job} />
        </span>
      </td>
    </tr>
  );
}

const STATES: Readonly<Record<JobView['state'], string>> = {
  pending: 'Pending',
  running: 'Running',
  stopping: 'Stopping',
  ended: 'Ended',
};

function JobMeta({ job, account }: { job: JobView; account: string }) {
  const { now } = usePage();
  const facts = [account];
  if (job.gpus > 0) facts.push(`${count(job.gpus)} ${job.gpus === 1 ? 'GPU' : 'GPUs'}`);
  if (!job.mine) facts.push(job.owner ? `owner ${job.owner}` : 'owner unknown');
  if (job.state === 'running' && job.startedAt !== undefined) {
    facts.push(formatDuration(now - job.startedAt));
  }
  if (job.state === 'ended' && job.endedAt !== undefined) facts.push(ago(job.endedAt, now));
  if (job.state === 'running' && job.limitAt !== undefined && job.limitAt > now) {
    facts.push(`ends by itself in ${formatDuration(job.limitAt - now)}`);
  }
  return (
    <span class="job-meta">
      <span class="state" data-state={job.state}>
        {STATES[job.state]}
      </span>
      {facts.map((fact) => (
        <span key={fact} class="fact">
          {fact}
        </span>
      ))}
    </span>
  );
}

/** A reading older than this is shown with its age. */
const FRESH_MS = 2 * 60_000;

function Activity({ job }: { job: JobView }) {
  const { now } = usePage();
  if (job.state === 'ended') return null;
  if (job.activity === undefined) {
    const none = job.gpus > 0 ? 'No telemetry' : 'No GPU';
    return <span class="quiet">{job.state === 'running' ? none : '–'}</span>;
  }
  const isOld = job.activityAt !== undefined && now - job.activityAt > FRESH_MS;
  return (
    <span class="activity" data-old={isOld}>
      <Sparkline readings={job.recentActivity} />
      <span class="activity-now">
        {percent(job.activity)}
        {isOld && job.activityAt !== undefined && (
          <span class="age">{ago(job.activityAt, now)}</span>
        )}
      </span>
    </span>
  );
}

function StopButton({ job }: { job: JobView }) {
  const { askToStop } = usePage();
  if (job.state === 'ended') return null;
  if (job.state === 'stopping') return <span class="quiet">Stopping…</span>;
  if (!job.stoppable)
    return <span class="quiet why">{job.unstoppableBecause ?? 'Not stoppable'}</span>;
  return (
    <button
      type="button"
      class="button stop"
      aria-label={`Stop ${job.name}`}
      onClick={() => askToStop(job)}
    >
      Stop…
    </button>
  );
}
