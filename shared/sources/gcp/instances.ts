import type { Api } from './api.ts';
import { Instance, InstancePage, lastOf } from './wire.ts';

/**
 * What is asked of each instance. Of its metadata, which may hold secrets, only the names: that one
 * of them is `created-by` says that a group runs it.
 */
const FIELDS = [
  'id,name,zone,machineType,status,hostname,labels,deletionProtection',
  'creationTimestamp,lastStartTimestamp,lastStopTimestamp,lastSuspendedTimestamp',
  'guestAccelerators(acceleratorType,acceleratorCount)',
  'networkInterfaces(networkIP,ipv6Address,accessConfigs/natIP)',
  'disks(type,deviceName,source,boot,autoDelete,diskSizeGb,licenses)',
  'scheduling(preemptible,provisioningModel,terminationTime,nodeAffinities)',
  'resourceStatus/scheduling/terminationTimestamp',
].join(',');

/** A part of Google's cloud that did not answer, and why. */
export interface Silent {
  /** A zone: `us-central1-a`. */
  scope: string;
  message: string;
}

/**
 * Every instance of the project, in all zones. A zone that does not answer does not keep the others
 * from it. Rejects with a SourceError where any page could not be read: half a list would look like
 * instances that are gone.
 * https://cloud.google.com/compute/docs/reference/rest/v1/instances/aggregatedList
 */
export async function readInstances(
  api: Api,
  signal: AbortSignal,
): Promise<{ found: Instance[]; silent: Silent[] }> {
  const fields = `kind,nextPageToken,unreachables,items/*/warning(code,message),items/*/instances(${FIELDS},metadata/items/key)`;
  const path = `/projects/${api.project}/aggregated/instances?returnPartialSuccess=true&maxResults=500&fields=${encodeURIComponent(fields)}`;
  const found: Instance[] = [];
  const silent = new Map<string, string>();
  for await (const page of api.pages('compute', path, InstancePage, signal)) {
    for (const [scope, { instances, warning }] of Object.entries(page.items)) {
      found.push(...instances);
      // Every zone without instances has the warning NO_RESULTS_ON_PAGE.
      if (warning?.code === 'UNREACHABLE')
        silent.set(lastOf(scope), warning.message ?? 'it did not answer');
    }
    for (const scope of page.unreachables) silent.set(lastOf(scope), 'it did not answer');
  }
  return { found, silent: [...silent].map(([scope, message]) => ({ scope, message })) };
}

/** An instance as it is now, whole. Rejects with a NotFound where it is gone. */
export function getInstance(
  api: Api,
  { zone, name }: { zone: string; name: string },
  signal: AbortSignal,
): Promise<Instance> {
  const fields = encodeURIComponent(`${FIELDS},metadata/items(key,value)`);
  const path = `/projects/${api.project}/zones/${zone}/instances/${name}?fields=${fields}`;
  return api.ask('compute', { path, schema: Instance, signal });
}
