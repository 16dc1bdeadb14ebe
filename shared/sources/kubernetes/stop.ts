import { z } from 'zod';
import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import { formatDuration, SECOND } from '../../model/time.ts';
import { SourceError } from '../source.ts';
import { kubectl } from './account.ts';
import type { Order } from './api.ts';
import type { Cluster } from './cluster.ts';
import { describe, type Halting, haltingOf } from './halt.ts';
import type { Launched } from './jobs.ts';
import { kindOf, resourceOf } from './kinds.ts';
import { OwnerObject } from './objects.ts';

/** What a stop of this job would do, by what the cluster knows of it now. Changes nothing. */
export async function planStop(job: Job, cluster: Cluster, signal: AbortSignal): Promise<StopPlan> {
  const present = await presentOf(job, cluster, signal);
  if (!present) {
    return {
      jobId: job.id,
      action: `Nothing: ${job.name} has already ended, or is suspended`,
      equivalent: 'true',
      loses: [],
      keeps: [],
      reversible: true,
    };
  }
  const { launched, halting } = present;
  return {
    jobId: job.id,
    action: `${halting.action} (cluster ${cluster.account.name})`,
    equivalent: halting.command,
    loses: lossesOf(launched),
    keeps: keptBy(launched, halting),
    reversible: halting.undo !== undefined,
  };
}

/**
 * Does what the plan says. Resolves when the API server has accepted it; a job that has ended
 * meanwhile is left alone.
 */
export async function stop(
  job: Job,
  plan: StopPlan,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<void> {
  const present = await presentOf(job, cluster, signal);
  if (!present) return;
  const { command, orders } = present.halting;
  if (plan.equivalent !== command)
    throw new SourceError('denied', {
      account: job.account,
      message: `Nothing was stopped, since the job has changed since you were asked: it would now be ${command}`,
      remedy: 'Stop the job again: you are asked anew, with what is true now.',
    });
  for (const order of orders) await carryOut(order, job, cluster, signal);
}

/** A controller of an older release may not know the field: then the server drops it unsaid. */
async function carryOut(
  order: Order,
  job: Job,
  { api, account }: Cluster,
  signal: AbortSignal,
): Promise<void> {
  if (order.method !== 'PATCH' || order.resource.endsWith('/scale')) {
    await api.find(order, z.unknown(), signal);
    return;
  }
  const object = await api.find(order, OwnerObject, signal);
  if (!object || isHalted(object) || object.spec?.active === false) return;
  throw new SourceError('denied', {
    account: account.id,
    message: `${job.name} runs on: this cluster's ${order.resource} cannot be suspended, their controller is too old`,
    remedy: `Delete it yourself, if that is what you want: ${kubectl(api.options, order.namespace)} delete ${order.resource} ${order.name}`,
  });
}

interface Present {
  launched: Launched;
  halting: Halting;
}

/** The job as it is now; undefined where nothing is left to stop. Refuses one that is not mine. */
async function presentOf(
  job: Job,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Present | undefined> {
  cluster.forget();
  const { jobs } = await cluster.jobs(signal);
  const now = jobs.find(({ id }) => id === job.id);
  if (!job.mine || now?.mine === false)
    throw new SourceError('denied', {
      account: job.account,
      message: `${job.name} is not yours${now?.owner ? `: its owner is ${now.owner}` : ''}`,
      remedy:
        'If it is, add the name in its owner label, or its namespace, under sources.kubernetes.mine in burnrate.yaml.',
    });
  const launched = now && cluster.launched(now);
  if (!now || !launched || now.state === 'ended') return undefined;
  const { top } = launched;
  const kind = kindOf(top);
  const object = kind && (await cluster.find(top, signal));
  if (kind && !object) return undefined;
  // Kueue suspends by itself what has to wait: that is no end.
  if (object && !launched.workload && isHalted(object)) return undefined;
  const halting = haltingOf(launched, object, cluster.api.options);
  if (halting) return { launched, halting };
  const resource = resourceOf(kind ?? { group: '', plural: top.kind.toLowerCase() });
  throw new SourceError('denied', {
    account: job.account,
    message: `a ${top.kind} cannot be suspended, and Burnrate does not delete what others have defined`,
    remedy: `Do it yourself, if that is what you want: ${kubectl(cluster.api.options, top.namespace)} delete ${resource} ${top.name}`,
  });
}

/** Told already, and its pods on their way out. */
function isHalted({ spec }: OwnerObject): boolean {
  return spec?.suspend === true || spec?.runPolicy?.suspend === true || spec?.replicas === 0;
}

function lossesOf({ pods }: Launched): string[] {
  const live = pods.filter(({ phase }) => phase === 'held');
  if (live.length === 0) return ['its place in the queue'];
  const grace = formatDuration(Math.max(...live.map((pod) => pod.graceSeconds)) * SECOND);
  const volumes = [...new Set(live.flatMap(({ localVolumes }) => localVolumes))].sort();
  const named = volumes.length > 0 ? ` and into their local volumes (${volumes.join(', ')})` : '';
  return [
    `whatever it has not saved: the processes of its ${counted(live.length, 'pod')} get SIGTERM, and SIGKILL ${grace} later`,
    `what its pods have written into their own file systems${named}`,
  ];
}

function keptBy({ top, pods }: Launched, { undo }: Halting): string[] {
  const live = pods.filter(({ phase }) => phase === 'held');
  const nodes = [...new Set(live.flatMap(({ node }) => node ?? []))].sort();
  const claims = [...new Set(live.flatMap((pod) => pod.claims))].sort();
  const some = nodes.slice(0, 5).join(', ') + (nodes.length > 5 ? ', ...' : '');
  return [
    ...(nodes.length > 0
      ? [
          `${counted(nodes.length, 'node')} (${some}): running, and costing money, until an autoscaler takes them away or another job takes them over`,
        ]
      : []),
    ...claims.map((claim) => `volume claim ${claim} with its data, which goes on costing money`),
    ...(undo === undefined ? [] : [`${describe(top)} itself; to start it again: ${undo}`]),
  ];
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
