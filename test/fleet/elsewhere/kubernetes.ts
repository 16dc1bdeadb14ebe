import type { Listening } from '../listen.ts';
import type { Running } from './cluster.ts';
import { tell } from './json.ts';

const NAMESPACE = 'ml';
const JOBS = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs/`;

/**
 * An API server over this cluster: its nodes, the pods and the Jobs that they are of. A Job that
 * is suspended loses its pods. https://kubernetes.io/docs/reference/kubernetes-api/
 */
export function openKubernetes(running: Running): Promise<Listening> {
  return tell(({ call, body }) => {
    const found = running.jobs.find(({ job }) => call.endsWith(`${JOBS}${job.name}`));
    if (found && call.startsWith('PATCH') && isSuspension(body)) found.tenure.end();
    if (found) return { body: jobOf(found) };
    switch (call) {
      case 'GET /version':
        return { body: { major: '1', minor: '34', gitVersion: 'v1.34.0' } };
      case 'GET /apis':
        return {
          body: {
            kind: 'APIGroupList',
            groups: [
              { name: 'batch', preferredVersion: { groupVersion: 'batch/v1', version: 'v1' } },
            ],
          },
        };
      case 'GET /api/v1/nodes':
        return listOf('NodeList', running.cluster.nodes.map(nodeOf));
      case 'GET /api/v1/pods':
        return listOf('PodList', running.jobs.flatMap(podsOf));
      case 'POST /apis/authentication.k8s.io/v1/selfsubjectreviews':
        return { body: { ...(body as object), status: { userInfo: { username: 'sam' } } } };
      case 'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews':
        return { body: { ...(body as object), status: { allowed: true } } };
      default:
        return undefined;
    }
  });
}

function isSuspension(body: unknown): boolean {
  return (
    JSON.stringify(body).includes('"suspend":true') ||
    /"\/spec\/suspend"/.test(JSON.stringify(body))
  );
}

function listOf(kind: string, items: unknown[]) {
  return { body: { kind, apiVersion: 'v1', metadata: { resourceVersion: '1' }, items } };
}

function nodeOf({ name, gpus, gpu, cores }: Running['cluster']['nodes'][number]) {
  return {
    metadata: {
      name,
      uid: `node-${name}`,
      labels: { 'kubernetes.io/hostname': name, 'nvidia.com/gpu.product': gpu },
    },
    spec: {},
    status: {
      capacity: { cpu: String(cores), memory: '768Gi', 'nvidia.com/gpu': String(gpus) },
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [{ type: 'Hostname', address: name }],
    },
  };
}

function jobOf({ job, tenure }: Running['jobs'][number]) {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadataOf(job.name, job.user, tenure.startedAt),
    spec: { parallelism: 1, suspend: tenure.endedAt !== undefined },
    status: tenure.endedAt === undefined ? { active: 1 } : {},
  };
}

function podsOf({ job, tenure }: Running['jobs'][number]) {
  if (tenure.endedAt !== undefined) return [];
  const limits = { 'nvidia.com/gpu': String(job.gpus) };
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...metadataOf(`${job.name}-x7k2p`, job.user, tenure.startedAt),
        ownerReferences: [
          {
            apiVersion: 'batch/v1',
            kind: 'Job',
            name: job.name,
            uid: `uid-${job.name}`,
            controller: true,
          },
        ],
      },
      spec: {
        nodeName: job.node,
        containers: [{ name: 'main', resources: { limits, requests: limits } }],
      },
      status: {
        phase: 'Running',
        startTime: timeOf(tenure.startedAt),
        conditions: [
          { type: 'PodScheduled', status: 'True', lastTransitionTime: timeOf(tenure.startedAt) },
        ],
        containerStatuses: [
          { name: 'main', state: { running: { startedAt: timeOf(tenure.startedAt) } } },
        ],
      },
    },
  ];
}

function metadataOf(name: string, owner: string, at: number) {
  return {
    name,
    namespace: NAMESPACE,
    uid: `uid-${name}`,
    creationTimestamp: timeOf(at),
    labels: { owner },
  };
}

function timeOf(at: number): string {
  return new Date(at).toISOString().replace('.000', '');
}
