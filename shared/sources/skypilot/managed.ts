import type { Job } from '../../model/job.ts';
import { HOUR, type Instant } from '../../model/time.ts';
import { instant, NODE_STATES, namesIn, placeOf, userOf } from './clusters.ts';
import type { Launched, Machines } from './launched.ts';
import { parseResources } from './resources.ts';
import type { TaskRecord } from './wire.ts';

const FORGET_MS = HOUR;

/**
 * The managed jobs, each with the machines of those of its tasks that run. Jobs that ended more
 * than an hour ago are left out.
 */
export function managedJobsOf(tasks: readonly TaskRecord[], now: Instant): Launched[] {
  return [...Map.groupBy(tasks, ({ job_id }) => job_id)]
    .map(([id, parts]) => toJob(id, parts))
    .filter(({ state, endedAt }) => state !== 'ended' || (endedAt ?? now) > now - FORGET_MS);
}

function toJob(id: number, tasks: readonly TaskRecord[]): Launched {
  const [first] = tasks;
  if (!first) throw new Error('a job has at least one task');
  const states = tasks.map(stateOf);
  const state =
    (['running', 'stopping', 'pending'] as const).find((one) => states.includes(one)) ?? 'ended';
  const starts = tasks.flatMap(({ start_at }) => instant(start_at) ?? []);
  const ends = tasks.flatMap(({ end_at }) => instant(end_at) ?? []);
  const startedAt = starts.length > 0 ? Math.min(...starts) : undefined;
  const endedAt = ends.length > 0 ? Math.max(...ends, startedAt ?? 0) : undefined;
  const recoveries = tasks.reduce((sum, task) => sum + (task.recovery_count ?? 0), 0);
  const machines = tasks.flatMap((task) => machinesOf(task));
  return {
    kind: 'job',
    nativeId: `job/${id}`,
    name: first.job_name?.trim() || `managed job ${id}`,
    // A preempted job whose cluster is being launched again holds nothing.
    state: state === 'running' && machines.length === 0 ? 'pending' : state,
    ...(startedAt !== undefined && { startedAt }),
    ...(state === 'ended' && endedAt !== undefined && { endedAt }),
    user: userOf(first),
    machines,
    labels: {
      'skypilot:job': String(id),
      'skypilot:status': [...new Set(tasks.map(({ status }) => status))].join(', '),
      ...(first.workspace && { workspace: first.workspace }),
      ...(first.pool && { pool: first.pool }),
      ...(recoveries > 0 && { recoveries: String(recoveries) }),
    },
  };
}

/** The machines of a task that runs; none where its cluster is not there (yet, or any more). */
function machinesOf(task: TaskRecord): Machines[] {
  const state = stateOf(task);
  const name = task.cluster_name_on_cloud ?? task.current_cluster_name;
  if (!name || (state !== 'running' && state !== 'stopping')) return [];
  if (task.status === 'RECOVERING') return [];
  const text = task.cluster_resources_full;
  const addresses = (task.internal_external_ips ?? []).map((pair) => [
    ...new Set(pair.flatMap((address) => address?.trim() || [])),
  ]);
  const names = namesIn(task.node_names);
  const count = Number(/^(\d+)x/.exec(text ?? '')?.[1]) || addresses.length || names.length || 1;
  // Since the last recovery they are others than at the job's start.
  const launchedAt = instant(task.recovery_count ? task.last_recovered_at : task.start_at);
  return [
    {
      ...parseResources(text),
      id: name,
      nameOnCloud: name,
      count,
      ...placeOf(task.cloud, task.region, task.zone),
      names,
      addresses,
      state: NODE_STATES[state],
      ...(launchedAt !== undefined && { launchedAt }),
    },
  ];
}

/** sky/jobs/state.py, ManagedJobStatus */
function stateOf({ status }: TaskRecord): Job['state'] {
  switch (status) {
    case 'PENDING':
    case 'SUBMITTED':
    case 'STARTING':
      return 'pending';
    case 'RUNNING':
    case 'RECOVERING':
    case 'WINDING_DOWN':
      return 'running';
    case 'CANCELLING':
      return 'stopping';
    default:
      return 'ended';
  }
}
