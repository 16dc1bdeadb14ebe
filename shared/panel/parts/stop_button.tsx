import type { JobView } from '../../model/snapshot.ts';
import { usePage } from '../page_context.ts';

/** Opens the stop dialog; or says why a job cannot be stopped. */
export function StopButton({ job }: { job: JobView }) {
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
