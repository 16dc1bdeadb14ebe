import type { JobView } from '../../model/snapshot.ts';
import { formatDuration } from '../../model/time.ts';
import { ago, count } from '../locale.ts';
import { useNow } from '../page_context.ts';

const STATES: Readonly<Record<JobView['state'], string>> = {
  pending: 'Pending',
  running: 'Running',
  stopping: 'Stopping',
  ended: 'Ended',
};

/** How a job stands, where it runs, on how much, whose it is, and for how long. */
export function JobMeta({ job, account }: { job: JobView; account: string }) {
  const now = useNow();
  const facts: string[] = [];
  if (job.gpus > 0) facts.push(`${count(job.gpus)} ${job.gpus === 1 ? 'GPU' : 'GPUs'}`);
  if (job.state === 'running' && job.startedAt !== undefined) {
    facts.push(formatDuration(now - job.startedAt));
  }
  if (job.state === 'ended' && job.endedAt !== undefined) facts.push(ago(job.endedAt, now));
  facts.push(account);
  if (!job.mine) facts.push(job.owner ? `owner ${job.owner}` : 'owner unknown');
  if (job.state === 'running' && job.limitAt !== undefined && job.limitAt > now) {
    facts.push(`ends by itself in ${formatDuration(job.limitAt - now)}`);
  }
  return (
    <span class="job-meta facts">
      <span class="state" data-state={job.state}>
        <span class="dot" aria-hidden="true" />
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
