import { z } from 'zod';
import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import { nothingToStop, refuseChanged } from '../rental_stop.ts';
import { SourceError } from '../source.ts';
import { partsOf } from './account.ts';
import { deallocate } from './graph.ts';
import type { Inventory } from './inventory.ts';
import { evidenceOfJob, userOf } from './learning/nodes.ts';
import { clean, ML_VERSION, readCompute, readJob, STATES } from './learning/wire.ts';
import { clusterOf, type Seen } from './nodes.ts';
import { type Manager, unlessGone } from './resource_manager.ts';

/** One thing to be done, and what is to be known of it before. */
interface Step {
  id: string;
  verb: 'Deallocate machine' | 'Cancel job' | 'Stop compute instance';
  name: string;
  where: string;
  equivalent: string;
  loses: string[];
  keeps: string[];
  send(signal: AbortSignal): Promise<void>;
}

/** What a stop of this job would do, by the state it is in now. Changes nothing. */
export async function planStop(
  job: Job,
  manager: Manager,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<StopPlan> {
  return planOf(job, await stepsOf(job, manager, inventory, signal));
}

/** Does what the plan says and nothing beyond. Resolves when Azure has accepted it. */
export async function stop(
  job: Job,
  plan: StopPlan,
  manager: Manager,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<void> {
  const steps = await stepsOf(job, manager, inventory, signal);
  if (steps.length === 0) return;
  const now = planOf(job, steps);
  // Where some of several have ended meanwhile, the rest is still what was agreed to.
  const agreed = steps.every(({ equivalent }) =>
    equivalent.split(' ').every((word) => plan.equivalent.split(' ').includes(word)),
  );
  refuseChanged(plan, agreed ? { ...now, action: plan.action } : now, job.account);
  const outcomes = await Promise.allSettled(steps.map((step) => unlessGone(step.send(signal))));
  inventory.ordered(steps.map(({ id }) => id));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

function planOf(job: Job, steps: readonly Step[]): StopPlan {
  const [first] = steps;
  if (!first) return nothingToStop(job);
  const names = steps.map(({ name }) => name).join(', ');
  const what = steps.length === 1 ? first.verb : `${first.verb}s`;
  const machines = first.verb === 'Deallocate machine';
  return {
    jobId: job.id,
    action: `${what} ${names} (${first.where}, Azure)`,
    equivalent: machines
      ? `az vm deallocate --ids ${steps.map(({ id }) => id).join(' ')}`
      : steps.map(({ equivalent }) => equivalent).join(' && '),
    loses: steps.flatMap(({ loses }) => loses),
    keeps: steps.flatMap(({ keeps }) => keeps),
    reversible: first.verb !== 'Cancel job',
  };
}

async function stepsOf(
  job: Job,
  manager: Manager,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<Step[]> {
  if (!job.mine) throw notYours(job, job.name);
  if (/\/workspaces\/[^/]+\/jobs\//.test(job.nativeId))
    return runStep(job, manager, inventory, signal);
  const ids = job.shares.map(({ node }) => node.slice(job.account.length + 1));
  const steps = await Promise.all(
    ids.map((id) =>
      /\/workspaces\/[^/]+\/computes\//.test(id)
        ? instanceStep(job, id, manager, inventory, signal)
        : machineStep(job, id, manager, inventory, signal),
    ),
  );
  return steps.flatMap((step) => step ?? []);
}

async function machineStep(
  job: Job,
  id: string,
  manager: Manager,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<Step | undefined> {
  const seen = await inventory.find(id, signal);
  if (!seen) return undefined;
  const node = inventory.toNode(seen);
  if (node.state !== 'running' && node.state !== 'starting') return undefined;
  refuseMember(job, seen);
  if (!node.mine) throw notYours(job, node.name, node.owner);
  const { osDisk, dataDisks } = seen.machine.storageProfile ?? {};
  const disks = [osDisk?.name, ...(dataDisks ?? []).map(({ name }) => name)].filter(Boolean);
  const { temporaryGB } = inventory.sizes.of(seen.size);
  const spot = node.priceKey?.market === 'spot';
  const { name } = node;
  return {
    id: seen.row.id,
    verb: 'Deallocate machine',
    name,
    where: `${seen.size} in ${seen.row.location}`,
    equivalent: `az vm deallocate --ids ${seen.row.id}`,
    loses: [
      `${name}: what runs on it, and what is in its memory`,
      ...(temporaryGB > 0
        ? [`${name}: all data on its temporary disk (${temporaryGB.toLocaleString('en-US')} GB)`]
        : []),
      ...(node.gpus.count > 0
        ? [`${name}: its hold on the GPUs; while Azure has none free, it cannot be started again`]
        : []),
    ],
    keeps: [
      ...(disks.length > 0
        ? [`${name}: disk ${disks.join(', ')}, which goes on costing money`]
        : []),
      `${name}: its static public address, where it has one, which goes on costing money`,
      ...(spot && seen.machine.evictionPolicy === 'Delete'
        ? [`${name}: itself; its eviction policy, Delete, is for evictions by Azure alone`]
        : []),
    ],
    send: (sending) => deallocate(manager, seen.row.id, sending),
  };
}

/** What belongs to a scale set is run by it, and what has no disk of its own cannot be deallocated. */
function refuseMember(job: Job, seen: Seen): void {
  const { row, machine, scaleSet } = seen;
  const refusal = (message: string, remedy: string) =>
    new SourceError('denied', { account: job.account, message, remedy });
  const cluster = clusterOf(seen);
  if (cluster)
    throw refusal(
      `${row.name} belongs to pool ${cluster.pool} of AKS cluster ${cluster.name}, which would start another in its place`,
      `Stop what runs on it in Kubernetes; then lower the pool: az aks nodepool scale --resource-group ${cluster.group} --cluster-name ${cluster.name} --name ${cluster.pool} --node-count N (an autoscaled pool shrinks by itself).`,
    );
  if (scaleSet) {
    const { group, name } = partsOf(scaleSet.id);
    throw refusal(
      `${row.name} belongs to scale set ${name}, which decides how many of its machines run`,
      `Lower its number: az vmss scale --resource-group ${group} --name ${name} --new-capacity N, or az vmss deallocate --resource-group ${group} --name ${name} --instance-ids ${partsOf(row.id).name}.`,
    );
  }
  if (machine.storageProfile?.osDisk?.diffDiskSettings?.option === 'Local')
    throw refusal(
      `${row.name} has an ephemeral system disk, which Azure does not allow to be deallocated`,
      `Only deleting it ends its cost, and loses that disk: az vm delete --ids ${row.id}`,
    );
}

async function runStep(
  job: Job,
  manager: Manager,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<Step[]> {
  const run = await readJob(manager, job.nativeId, signal);
  const state = STATES[run?.properties.status ?? ''];
  if (!run || state === undefined || state === 'stopping') return [];
  const { mine, owner } = inventory.ownershipOf(evidenceOfJob(run));
  if (!mine) throw notYours(job, job.name, owner);
  const { group, parent, subscription } = partsOf(run.id);
  return [
    {
      id: run.id,
      verb: 'Cancel job',
      name: job.name,
      where: `workspace ${parent}`,
      equivalent: `az ml job cancel --name ${run.name} --workspace-name ${parent} --resource-group ${group} --subscription ${subscription}`,
      loses: [`${job.name}: what it has done since its last checkpoint; it cannot be resumed`],
      keeps: [
        `${job.name}: its outputs and logs in the storage of workspace ${parent}`,
        'The machines of its cluster, until they have been idle for as long as the cluster allows',
      ],
      send: async (sending) => {
        await manager.post(`${run.id}/cancel?${ML_VERSION}`, undefined, z.unknown(), sending);
      },
    },
  ];
}

async function instanceStep(
  job: Job,
  id: string,
  manager: Manager,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<Step | undefined> {
  const compute = await readCompute(manager, id, signal);
  const state = compute?.properties.properties?.state ?? '';
  if (!compute || /^(Stop|Delet|CreateFailed)/.test(state)) return undefined;
  const { group, parent, subscription } = partsOf(compute.id);
  const { name } = compute;
  const launcher = userOf(compute, inventory.isCaller);
  const tags = clean(compute.tags);
  const { mine, owner } = inventory.ownershipOf({ tags, launcher, managedBy: undefined });
  if (!mine) throw notYours(job, name, owner);
  return {
    id: compute.id,
    verb: 'Stop compute instance',
    name,
    where: `workspace ${parent}`,
    equivalent: `az ml compute stop --name ${name} --workspace-name ${parent} --resource-group ${group} --subscription ${subscription}`,
    loses: [
      `${name}: what runs on it, its notebooks' memory among it`,
      `${name}: all data on its temporary disk`,
    ],
    keeps: [`${name}: its system disk and its network, which go on costing money`],
    send: async (sending) => {
      await manager.post(`${compute.id}/stop?${ML_VERSION}`, undefined, z.unknown(), sending);
    },
  };
}

function notYours({ account }: Job, name: string, owner?: string): SourceError {
  return new SourceError('denied', {
    account,
    message: `${name} is not yours${owner ? `: its owner is ${owner}` : ''}`,
    remedy: 'If it is, add the name of its owner under sources.azure.mine in burnrate.yaml.',
  });
}
