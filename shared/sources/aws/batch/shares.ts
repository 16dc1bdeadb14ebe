import type { EksPodPropertiesDetail, JobDetail, ResourceRequirement } from '@aws-sdk/client-batch';
import type { Share } from '../../../model/job.ts';
import type { Hosts } from './hosts.ts';

/** Containers that are placed together. */
interface Placed {
  containerInstanceArn?: string | undefined;
  containers: readonly Asking[];
}
interface Asking {
  resourceRequirements?: ResourceRequirement[] | undefined;
  vcpus?: number | undefined;
}

/** The container instances that one job, array element or node is on. */
export function containerInstancesIn(part: JobDetail): string[] {
  return placedOf(part).flatMap(({ containerInstanceArn }) => containerInstanceArn ?? []);
}

/** What one job, array element or node holds of the machines it runs on. */
export function sharesOf(part: JobDetail, hosts: Hosts): Share[] {
  if (part.status !== 'RUNNING') return [];
  const from = part.startedAt === undefined ? {} : { from: part.startedAt };
  const pod = part.eksProperties?.podProperties;
  if (pod?.nodeName) return [{ node: pod.nodeName, ...heldByPod(pod), ...from }];
  return placedOf(part).flatMap(({ containerInstanceArn = '', containers }) => {
    const node = hosts.get(containerInstanceArn);
    return node ? [{ node, ...heldBy(containers), ...from }] : [];
  });
}

function placedOf({ container, ecsProperties }: JobDetail): Placed[] {
  const single = container && {
    containerInstanceArn: container.containerInstanceArn,
    containers: [container],
  };
  const tasks = (ecsProperties?.taskProperties ?? []).map(
    ({ containerInstanceArn, containers = [] }) => ({ containerInstanceArn, containers }),
  );
  return single ? [single, ...tasks] : tasks;
}

function heldBy(containers: readonly Asking[]): Pick<Share, 'gpus' | 'cores'> {
  const sum = (type: 'GPU' | 'VCPU') =>
    total(
      containers
        .flatMap(({ resourceRequirements = [] }) => resourceRequirements)
        .map((requirement) => (requirement.type === type ? requirement.value : undefined)),
    );
  // Job definitions of the first kind have a field for it.
  const vcpus = total(containers.map((container) => container.vcpus));
  return held(sum('GPU'), sum('VCPU') || vcpus);
}

function heldByPod(pod: EksPodPropertiesDetail): Pick<Share, 'gpus' | 'cores' | 'pod'> {
  const sum = (name: string) =>
    total(
      (pod.containers ?? []).map(
        ({ resources }) => resources?.limits?.[name] ?? resources?.requests?.[name],
      ),
    );
  return { ...held(sum('nvidia.com/gpu'), sum('cpu')), ...(pod.podName && { pod: pod.podName }) };
}

function total(amounts: readonly (string | number | undefined)[]): number {
  return amounts.reduce<number>((sum, amount) => sum + Number(amount ?? 0), 0);
}

/** A figure that is none is left out: without any, the whole node is held. */
function held(gpus: number, cores: number): Pick<Share, 'gpus' | 'cores'> {
  return { ...(gpus > 0 && { gpus }), ...(cores > 0 && { cores }) };
}
