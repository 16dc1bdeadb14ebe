import { z } from 'zod';
import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import { nothingToStop, refuseChanged, unlessGone } from '../rental_stop.ts';
import { SourceError } from '../source.ts';
import type { Api } from './api.ts';
import { getInstance } from './instances.ts';
import { getVertexJob, type Inventory } from './inventory.ts';
import { numberOf } from './jobs.ts';
import { hasLocalSsd, isLive, isVertexLive, planInstances, planVertex } from './plan.ts';
import type { Settings } from './settings.ts';
import { type CustomJob, type Instance, lastOf } from './wire.ts';

/** An operation that has failed at once says so; its end is seen by observing. */
const Operation = z.object({
  error: z.object({ errors: z.array(z.object({ message: z.string().optional() })) }).optional(),
});

/** What there is to stop of a job, as it is now, and what that would do. */
interface Order {
  plan: StopPlan;
  instances: readonly Instance[];
  custom?: CustomJob;
}

/** Stops of this account's jobs; never of what is not the user's. */
export function stoppingOf(api: Api, inventory: Inventory, settings: Settings) {
  async function orderFor(job: Job, signal: AbortSignal): Promise<Order> {
    await inventory.caller(signal);
    if (job.nativeId.startsWith('vertex/')) {
      const custom = await getVertexJob(api, job.nativeId, signal);
      if (!custom || !isVertexLive(custom)) return { plan: nothingToStop(job), instances: [] };
      refuseForeign(job, [inventory.jobOf(custom)]);
      return { plan: planVertex(job, custom, api.project), instances: [], custom };
    }
    const instances = (await present(job, signal)).filter(isLive);
    if (instances.length === 0) return { plan: nothingToStop(job), instances };
    // What GKE or a group runs is nobody's own, but that is not why it is refused.
    const plan = planInstances(job, instances, settings.onStop, api.project);
    refuseForeign(job, instances.map(inventory.nodeOf));
    return { plan, instances };
  }

  /** The job's instances as they are now. */
  async function present(job: Job, signal: AbortSignal): Promise<Instance[]> {
    const numbers = new Set(job.shares.map(({ node }) => numberOf(node)));
    const places = () =>
      inventory
        .lastSeen()
        .flatMap(({ id, name, labels }) =>
          numbers.has(numberOf(id)) ? { zone: labels.zone ?? '', name } : [],
        );
    // After a start of Burnrate nothing has been seen yet.
    if (places().length < numbers.size) await inventory.refresh(signal);
    const found: Instance[] = [];
    for (const place of places()) {
      const instance = await unlessGone(getInstance(api, place, signal));
      // Another one by the same name is not the one that was meant.
      if (instance && numbers.has(instance.id)) found.push(instance);
    }
    return found;
  }

  async function send({ zone, name, ...instance }: Instance, signal: AbortSignal): Promise<void> {
    const path = `/projects/${api.project}/zones/${lastOf(zone)}/instances/${name}`;
    const local = hasLocalSsd({ zone, name, ...instance }) ? '?discardLocalSsd=true' : '';
    const call =
      settings.onStop === 'stop'
        ? ({ method: 'POST', path: `${path}/stop${local}` } as const)
        : ({ method: 'DELETE', path } as const);
    const { error } = await api.ask('compute', { ...call, schema: Operation, signal });
    if (!error) return;
    throw new SourceError('denied', {
      account: api.account.id,
      message: `Compute Engine, ${settings.onStop} of ${name}: ${error.errors[0]?.message ?? 'it failed'}`,
      remedy: 'Mend what it says, and stop the job again.',
    });
  }

  return {
    planStop: async (job: Job, signal: AbortSignal): Promise<StopPlan> =>
      (await orderFor(job, signal)).plan,
    async stop(job: Job, promised: StopPlan, signal: AbortSignal): Promise<void> {
      const { plan, instances, custom } = await orderFor(job, signal);
      if (instances.length === 0 && !custom) return;
      refuseBeyond(promised, plan, instances, job.account);
      if (custom) {
        const path = `/v1/${custom.name}:cancel`;
        const region = custom.name.split('/')[3] ?? '';
        await unlessGone(
          api.ask(
            'aiplatform',
            { method: 'POST', path, body: {}, schema: z.unknown(), signal },
            region,
          ),
        );
      }
      const outcomes = await Promise.allSettled(
        instances.map((instance) => unlessGone(send(instance, signal))),
      );
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}

/** Of what was promised, some may have ended since: the rest is stopped all the same. */
function refuseBeyond(
  promised: StopPlan,
  now: StopPlan,
  instances: readonly Instance[],
  account: string,
): void {
  const within = instances.every(({ name }) => promised.action.includes(name));
  const sameVerb = promised.action.split(' ')[0] === now.action.split(' ')[0];
  refuseChanged(
    instances.length > 0 && within && sameVerb ? { ...promised, action: now.action } : promised,
    now,
    account,
  );
}

function refuseForeign(
  job: Job,
  held: readonly { mine: boolean; name: string; owner?: string | undefined }[],
): void {
  const foreign = held.find(({ mine }) => !mine);
  if (job.mine && !foreign) return;
  throw new SourceError('denied', {
    account: job.account,
    message: `${foreign?.name ?? job.name} is not yours${foreign?.owner ? `: its owner is ${foreign.owner}` : ''}`,
    remedy: 'If it is, add the name in its owner label under sources.gcp.mine in burnrate.yaml.',
  });
}
