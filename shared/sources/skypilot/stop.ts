import type { Account } from '../../model/account.ts';
import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import { SECOND } from '../../model/time.ts';
import { nothingToStop, refuseChanged } from '../rental_stop.ts';
import { SourceError } from '../source.ts';
import { RequestFailed } from './errors.ts';
import { jobOf } from './jobs.ts';
import { isController, type Launched, type Machines } from './launched.ts';
import type { Reader } from './reading.ts';
import type { Settings } from './settings.ts';

export interface StopContext {
  account: Account;
  reader: Reader;
  settings: Settings;
}

/** A refusal of SkyPilot's is heard of within moments; the work itself takes minutes. */
const HEARD_MS = 8 * SECOND;

/** One request to SkyPilot, and what a person would type for it. */
interface Order {
  path: '/stop' | '/down' | '/jobs/cancel' | '/serve/down';
  body: Record<string, unknown>;
  command: string;
}

/** Clouds on which SkyPilot can stop a machine and start it again. sky/clouds/*.py, STOP */
const STOPPABLE = new Set([
  'aws',
  'azure',
  'do',
  'gcp',
  'ibm',
  'nebius',
  'oci',
  'paperspace',
  'scp',
  'vast',
]);

/** What a stop would do, by what SkyPilot tells now. Changes nothing. */
export async function planStop(
  job: Job,
  context: StopContext,
  signal: AbortSignal,
): Promise<StopPlan> {
  const live = await present(job, context, signal);
  return live ? planOf(job, live, context) : nothingToStop(job);
}

/**
 * Does what the plan says. Resolves when SkyPilot has taken the request and not refused it at once;
 * what has ended meanwhile is left alone.
 */
export async function stop(
  job: Job,
  plan: StopPlan,
  context: StopContext,
  signal: AbortSignal,
): Promise<void> {
  const live = await present(job, context, signal);
  if (!live) return;
  refuseChanged(plan, planOf(job, live, context), context.account.id);
  const { api } = context.reader;
  const { path, body } = orderFor(live, context);
  const id = await api.post({ path, body, signal });
  try {
    await api.outcome(id, path, AbortSignal.any([signal, AbortSignal.timeout(HEARD_MS)]));
  } catch (error) {
    // Gone since it was looked at.
    if (error instanceof RequestFailed && error.type === 'ClusterDoesNotExist') return;
    throw error;
  }
}

/** What there is of the job and has not ended. Refuses what is not the user's. */
async function present(
  job: Job,
  { account, reader }: StopContext,
  signal: AbortSignal,
): Promise<Launched | undefined> {
  const { launched, me, way, failures } = await reader.read(signal);
  if (way === 'file')
    throw new SourceError('not-configured', {
      account: account.id,
      message: `${job.name} can only be stopped by SkyPilot's API server, which does not run`,
      remedy:
        'Start it: sky api start; then stop the job again. Burnrate starts it by itself with sources.skypilot.startServer: true in burnrate.yaml.',
    });
  const one = launched.find(({ nativeId }) => nativeId === job.nativeId);
  const [failure] = failures;
  if (!one && failure) throw failure;
  if (!one || one.state === 'ended' || one.state === 'stopping') return undefined;
  const hash = job.labels['skypilot:hash'];
  // Another cluster has taken the name of this one, which has ended.
  if (hash !== undefined && one.hash !== undefined && hash !== one.hash) return undefined;
  const now = jobOf(one, account.id, me);
  if (!job.mine || !now.mine)
    throw new SourceError('denied', {
      account: account.id,
      message: `${one.name} is not yours: its user is ${now.owner ?? 'not known'}`,
      remedy: 'If that is you, add the name under sources.skypilot.mine in burnrate.yaml.',
    });
  if (isController(one))
    throw new SourceError('denied', {
      account: account.id,
      message: `${one.name} runs SkyPilot's own manager of jobs or services, and all of them would be lost sight of`,
      remedy: `When none of them is left, end it in a terminal: sky down ${one.name}. It stops by itself when idle.`,
    });
  return one;
}

function planOf(job: Job, live: Launched, context: StopContext): StopPlan {
  const { path, command } = orderFor(live, context);
  const [machines] = live.machines;
  const count = live.machines.reduce((sum, one) => sum + one.count, 0);
  const what = count === 1 ? 'its machine' : `its ${count} machines`;
  const where = placeOf(machines);
  const running = 'whatever its jobs have not saved: they are ended without a warning';
  if (path === '/jobs/cancel')
    return {
      jobId: job.id,
      action: `Cancel managed job ${live.nativeId.slice('job/'.length)} ${live.name} (SkyPilot)`,
      equivalent: command,
      loses: [
        'whatever it has not written to a bucket: it is ended without a warning',
        ...(live.machines.length > 0 && live.labels.pool === undefined
          ? [`${what} with all data on the disks`]
          : []),
        'its place: it is not recovered or started again',
      ],
      keeps: [
        'buckets and volumes that it has mounted, which cost as before',
        ...(live.labels.pool
          ? [`the workers of pool ${live.labels.pool}, which go on costing`]
          : []),
      ],
      reversible: false,
    };
  if (path === '/serve/down')
    return {
      jobId: job.id,
      action: `Take down service ${live.name} (SkyPilot), which runs on ${count} machine${count === 1 ? '' : 's'}`,
      equivalent: command,
      loses: [
        'its endpoint: requests to it fail from then on',
        'requests that are being answered',
        ...(count > 0 ? [`${what} with all data on the disks`] : []),
      ],
      keeps: [
        'buckets and volumes that it has mounted, which cost as before',
        "SkyPilot's controller of services, which stops by itself when idle",
      ],
      reversible: false,
    };
  if (path === '/stop')
    return {
      jobId: job.id,
      action: `Stop cluster ${live.name} (SkyPilot${where})`,
      equivalent: command,
      loses: [
        running,
        'data in memory, and on disks that belong to the machine itself (local NVMe)',
      ],
      keeps: [
        `the attached disks of ${what}, which go on costing`,
        `the cluster itself: sky start ${live.name}`,
      ],
      reversible: true,
    };
  return {
    jobId: job.id,
    action: `Terminate cluster ${live.name} (SkyPilot${where})`,
    equivalent: command,
    loses: [running, `${what} with all data on the disks`],
    keeps: ['buckets and volumes that it has mounted, which cost as before'],
    reversible: false,
  };
}

function orderFor(live: Launched, { account, settings }: StopContext): Order {
  if (live.kind === 'job') {
    const id = Number(live.nativeId.slice('job/'.length));
    return {
      path: '/jobs/cancel',
      body: { job_ids: [id] },
      command: `sky jobs cancel -y ${id}`,
    };
  }
  if (live.kind === 'service')
    return {
      path: '/serve/down',
      body: { service_names: [live.name], all: false, purge: false },
      command: `sky serve down -y ${live.name}`,
    };
  const body = { cluster_name: live.name };
  const stoppable = live.machines.every(canStop);
  if (settings.stop === 'stop' && !stoppable)
    throw new SourceError('denied', {
      account: account.id,
      message: `SkyPilot cannot stop ${live.name}, only terminate it${placeOf(live.machines[0])}`,
      remedy:
        'If its data may be lost: sky down in a terminal, or sources.skypilot.stop: auto in burnrate.yaml.',
    });
  if (settings.stop !== 'down' && stoppable)
    return { path: '/stop', body, command: `sky stop -y ${live.name}` };
  return { path: '/down', body, command: `sky down -y ${live.name}` };
}

/** Spot machines cannot be stopped, but on GCP; nor can TPU pods, of several hosts each. */
function canStop({ cloud, spot, gpus }: Machines): boolean {
  if (!STOPPABLE.has(cloud ?? '')) return false;
  if (gpus.model?.startsWith('tpu-')) return false;
  return !spot || cloud === 'gcp';
}

function placeOf(machines: Machines | undefined): string {
  if (!machines) return '';
  const { count, instanceType, spot, cloud, region } = machines;
  const kind = [`${count}x`, spot ? 'spot' : '', instanceType ?? ''].filter(Boolean).join(' ');
  return `; ${kind} on ${[cloud ?? 'an unknown cloud', region ?? ''].filter(Boolean).join(' ')}`;
}
