import { useState } from 'preact/hooks';
import type { JobView, Snapshot } from '../../model/snapshot.ts';
import { JobRow } from './job_row.tsx';

/** The jobs: mine first, the costliest of them on top; those that ended are folded away. */
export function Jobs({ snapshot, wanted }: { snapshot: Snapshot; wanted: string | undefined }) {
  const [everyones, setEveryones] = useState(false);
  const shown = snapshot.jobs.filter((job) => everyones || job.mine);
  const active = shown.filter((job) => job.state !== 'ended').sort(mineByRate);
  const ended = shown.filter((job) => job.state === 'ended').sort(byEnd);
  const hasOthers = snapshot.jobs.some((job) => !job.mine);
  return (
    <section class="card jobs-card" aria-labelledby="jobs-title">
      <header class="card-head">
        <h2 id="jobs-title">Jobs</h2>
        {hasOthers && (
          <label class="check">
            <input
              type="checkbox"
              checked={everyones}
              onChange={(event) => setEveryones(event.currentTarget.checked)}
            />
            Show everyone’s
          </label>
        )}
      </header>
      {active.length === 0 ? (
        <p class="quiet">
          Nothing of yours is running. A job appears here within a minute of its start.
        </p>
      ) : (
        <JobTable jobs={active} snapshot={snapshot} wanted={wanted} label="Jobs" />
      )}
      {ended.length > 0 && (
        <details class="ended" open={ended.some((job) => job.id === wanted)}>
          <summary>
            Ended <span class="count">{ended.length}</span>
          </summary>
          <JobTable jobs={ended} snapshot={snapshot} wanted={wanted} label="Ended jobs" />
        </details>
      )}
    </section>
  );
}

interface TableProps {
  jobs: readonly JobView[];
  snapshot: Snapshot;
  wanted: string | undefined;
  label: string;
}

/** A table; on narrow screens the stylesheet lays its rows out as cards. */
function JobTable({ jobs, snapshot, wanted, label }: TableProps) {
  const accounts = new Map(snapshot.accounts.map((account) => [account.id, account]));
  const trouble = new Set(
    snapshot.alerts.filter((alert) => alert.state === 'firing').map((alert) => alert.subject),
  );
  return (
    <table class="jobs" aria-label={label}>
      <thead>
        <tr>
          {['Job', 'Activity', 'Rate', 'Total'].map((name) => (
            <th key={name} scope="col" data-column={name.toLowerCase()}>
              {name}
            </th>
          ))}
          <th scope="col" data-column="action">
            <span class="unseen">Action</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <JobRow
            key={job.id}
            job={job}
            account={accounts.get(job.account)?.title ?? job.account}
            troubled={trouble.has(job.id)}
            wanted={job.id === wanted}
          />
        ))}
      </tbody>
    </table>
  );
}

function mineByRate(a: JobView, b: JobView): number {
  return (
    Number(b.mine) - Number(a.mine) || b.rate.micros - a.rate.micros || a.name.localeCompare(b.name)
  );
}

function byEnd(a: JobView, b: JobView): number {
  return (b.endedAt ?? 0) - (a.endedAt ?? 0);
}
