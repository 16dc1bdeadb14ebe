import type { JobView } from '../../model/snapshot.ts';
import { ago, percent } from '../locale.ts';
import { useNow } from '../page_context.ts';
import { Sparkline } from './sparkline.tsx';

/** A reading older than this is shown with its age. */
const FRESH_MS = 2 * 60_000;

/** How busy a job's GPUs are, now and over the last readings. */
export function Activity({ job }: { job: JobView }) {
  const now = useNow();
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
