import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import { SourceError } from '../source.ts';
import { isGke, managerOf } from './nodes.ts';
import type { Settings } from './settings.ts';
import { regionOfJob, stateOf } from './vertex.ts';
import { type CustomJob, type Instance, lastOf } from './wire.ts';

/** Whether anything is left to stop. */
export function isLive({ status }: Instance): boolean {
  return /^(PROVISIONING|STAGING|RUNNING|REPAIRING)$/.test(status);
}

export type Verb = Settings['onStop'];

/** What a stop of these instances would do. Throws where that is another tool's to do. */
export function planInstances(
  job: Pick<Job, 'id' | 'account'>,
  live: readonly Instance[],
  verb: Verb,
  project: string,
): StopPlan {
  for (const instance of live) refuseManaged(instance, verb, job.account, project);
  const names = live.map(({ name }) => name).join(', ');
  const what = live.length === 1 ? 'instance' : `${live.length} instances`;
  const zones = [...new Set(live.map(({ zone }) => lastOf(zone)))];
  const word = verb === 'stop' ? 'Stop' : 'Delete';
  return {
    jobId: job.id,
    action: `${word} ${what} ${names} (Google Cloud, ${project}, ${zones.join(', ')})`,
    equivalent: live.map((instance) => commandOf(instance, verb, project)).join(' && '),
    loses: live.flatMap((instance) => lossesOf(instance, verb)),
    keeps: live.flatMap((instance) => keptBy(instance, verb)),
    reversible: verb === 'stop',
  };
}

/** Vertex AI's own jobs know one way to end. */
export function planVertex(
  job: Pick<Job, 'id' | 'name'>,
  custom: CustomJob,
  project: string,
): StopPlan {
  const region = regionOfJob(custom);
  return {
    jobId: job.id,
    action: `Cancel Vertex AI job ${job.name} (Google Cloud, ${project}, ${region})`,
    equivalent: `gcloud ai custom-jobs cancel ${lastOf(custom.name)} --region ${region} --project ${project}`,
    loses: [
      'What it has not yet written to Cloud Storage or elsewhere: its machines and their disks go at once',
    ],
    keeps: [
      'What it has written to Cloud Storage, which goes on costing money',
      ...(custom.jobSpec.persistentResourceId
        ? [
            `The persistent resource ${custom.jobSpec.persistentResourceId} that it runs on, which goes on costing money`,
          ]
        : []),
    ],
    reversible: false,
  };
}

export function isVertexLive(job: CustomJob): boolean {
  const state = stateOf(job);
  return state === 'pending' || state === 'running';
}

/** A machine that something else keeps running would come back: that is what has to be told. */
function refuseManaged(instance: Instance, verb: Verb, account: string, project: string): void {
  const { name, labels } = instance;
  const zone = lastOf(instance.zone);
  const manager = managerOf(instance);
  const refuse = (message: string, remedy: string) => {
    throw new SourceError('denied', { account, message, remedy });
  };
  if (isGke(instance)) {
    const cluster = labels['goog-k8s-cluster-name'] ?? 'CLUSTER';
    const pool = labels['goog-k8s-node-pool-name'] ?? 'POOL';
    const place = labels['goog-k8s-cluster-location'] ?? zone;
    refuse(
      `${name} is a node of the GKE cluster ${cluster}, which would start another in its place`,
      `Stop what runs on it in Kubernetes, or shrink its pool: gcloud container clusters resize ${cluster} --node-pool ${pool} --num-nodes 0 --location ${place} --project ${project}`,
    );
  }
  const [, place = `zones/${zone}`, group = 'GROUP'] =
    /((?:zones|regions)\/[^/]+)\/instanceGroupManagers\/([^/]+)$/.exec(
      instance.metadata?.items.find(({ key }) => key === 'created-by')?.value ?? '',
    ) ?? [];
  if (manager) {
    const [kind = 'zones', where = zone] = place.split('/');
    refuse(
      `${name} belongs to the ${manager.replace(/^an /, '')}, which would start another in its place`,
      `Take it out of the group, which deletes it: gcloud compute instance-groups managed delete-instances ${group} --instances ${name} --${kind.slice(0, -1)} ${where} --project ${project}`,
    );
  }
  if (verb === 'delete' && instance.deletionProtection)
    refuse(
      `${name} is protected from deletion`,
      `Lift that first: gcloud compute instances update ${name} --no-deletion-protection --zone ${zone} --project ${project}; or set sources.gcp.onStop to stop.`,
    );
}

function commandOf(instance: Instance, verb: Verb, project: string): string {
  const flags =
    verb === 'delete' ? ' --quiet' : hasLocalSsd(instance) ? ' --discard-local-ssd=true' : '';
  return `gcloud compute instances ${verb} ${instance.name} --zone ${lastOf(instance.zone)} --project ${project}${flags}`;
}

export function hasLocalSsd({ disks }: Instance): boolean {
  return disks.some(({ type }) => type === 'SCRATCH');
}

/** What is gone for good, a line each. */
function lossesOf(instance: Instance, verb: Verb): string[] {
  const { name, scheduling, networkInterfaces } = instance;
  const lines = [`${name}: what runs on it, and what is in its memory`];
  const local = instance.disks.filter(({ type }) => type === 'SCRATCH');
  if (local.length > 0) {
    const size = local.reduce((sum, { diskSizeGb }) => sum + (diskSizeGb ?? 0), 0);
    lines.push(
      `${name}: all data on its local SSDs (${local.length}${size > 0 ? `, ${size} GB` : ''})`,
    );
  }
  if (verb === 'delete')
    for (const disk of lasting(instance))
      if (disk.autoDelete)
        lines.push(`${name}: ${describe(disk)}, which is set to be deleted with it`);
  const spot = scheduling.provisioningModel === 'SPOT' || scheduling.preemptible;
  if (verb === 'stop' && (spot || scheduling.provisioningModel === 'FLEX_START'))
    lines.push(
      `${name}: its place: as a ${spot ? 'spot' : 'flex-start'} machine it starts again only where capacity is free`,
    );
  if (networkInterfaces.some(({ accessConfigs }) => accessConfigs.some(({ natIP }) => natIP)))
    lines.push(`${name}: its external address, unless that is a static one`);
  return lines;
}

/** What stays, and goes on costing. */
function keptBy(instance: Instance, verb: Verb): string[] {
  return lasting(instance)
    .filter(({ autoDelete }) => verb === 'stop' || !autoDelete)
    .map((disk) => `${instance.name}: ${describe(disk)}, which goes on costing money`);
}

type Disk = Instance['disks'][number];

function lasting({ disks }: Instance): Disk[] {
  return disks.filter(({ type }) => type !== 'SCRATCH');
}

function describe({ boot, source, deviceName, diskSizeGb }: Disk): string {
  const name = source ? lastOf(source) : (deviceName ?? '?');
  return `${boot ? 'boot disk' : 'disk'} ${name}${diskSizeGb ? ` (${diskSizeGb} GB)` : ''}`;
}
