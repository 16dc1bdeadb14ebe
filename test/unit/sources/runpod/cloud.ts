import { type Handler, json, type Reply } from '../service.ts';

/** A pod as the REST API describes it: schema Pod in https://docs.runpod.io/api-reference/pods/GET/pods. */
export interface CloudPod extends Record<string, unknown> {
  id: string;
  desiredStatus: string;
}

/** The documentation's own example of a pod, changed where a test needs it. */
export function pod(changes: Partial<CloudPod> = {}): CloudPod {
  return {
    adjustedCostPerHr: 0.69,
    consumerUserId: 'user_2PyTJrLzeuwfZilRZ7JhCQDuSqo',
    containerDiskInGb: 50,
    costPerHr: '0.74',
    desiredStatus: 'RUNNING',
    env: { WANDB_API_KEY: 'not for Burnrate' },
    gpu: { id: 'NVIDIA GeForce RTX 4090', count: 2, displayName: 'RTX 4090' },
    id: 'xedezhzb9la3ye',
    image: 'runpod/pytorch:2.1.0-py3.10-cuda11.8.0-devel-ubuntu22.04',
    interruptible: false,
    lastStartedAt: '2024-07-12T19:14:40.144Z',
    lastStatusChange: 'Rented by User: Fri Jul 12 2024 15:14:40 GMT-0400 (Eastern Daylight Time)',
    locked: false,
    machine: { gpuTypeId: 'NVIDIA GeForce RTX 4090', dataCenterId: 'EU-RO-1', location: 'RO' },
    machineId: 's194cr8pls2z',
    memoryInGb: 62,
    name: 'train',
    portMappings: { 22: 10341 },
    ports: ['9400/http', '22/tcp'],
    publicIp: '100.65.0.119',
    savingsPlans: [],
    vcpuCount: 24,
    volumeInGb: 20,
    volumeMountPath: '/workspace',
    ...changes,
  };
}

/** Of each GPU of each pod, by the page https://docs.runpod.io/sdks/graphql/manage-pods. */
export type Utilization = Record<string, Record<string, number | null>>;

/**
 * RunPod over these pods: list, find, stop and delete by REST, and how busy GPUs are by GraphQL.
 */
export function runpodOf(
  key: string,
  pods: CloudPod[],
  utilization: Utilization = {},
  { volumes = [], endpoints = [] }: { volumes?: unknown[]; endpoints?: unknown[] } = {},
): Handler {
  return ({ call, authorization }) => {
    if (authorization !== `Bearer ${key}`) return unauthorized;
    if (call === 'GET /v1/pods') return json(pods);
    if (call === 'GET /v1/networkvolumes') return json(volumes);
    if (call === 'GET /v1/endpoints') return json(endpoints);
    if (call === 'POST /graphql') return json({ data: { myself: { pods: busy(utilization) } } });
    const [, method, id, action] = /^(\w+) \/v1\/pods\/(\w+)(\/\w+)?$/.exec(call) ?? [];
    const found = pods.find((one) => one.id === id);
    if (!found) return missing;
    if (method === 'GET') return json(found);
    if (method === 'POST' && action === '/stop') {
      found.desiredStatus = 'EXITED';
      found.lastStatusChange = 'Exited by user: Fri Jul 12 2024 17:14:40 GMT-0400';
      return json(found);
    }
    if (method === 'DELETE') {
      pods.splice(pods.indexOf(found), 1);
      return { status: 204, body: '' };
    }
    return missing;
  };
}

function busy(utilization: Utilization) {
  return Object.entries(utilization).map(([id, gpus]) => ({
    id,
    runtime: {
      gpus: Object.entries(gpus).map(([gpu, percent]) => ({ id: gpu, gpuUtilPercent: percent })),
    },
  }));
}

export const unauthorized: Reply = json({ error: 'Unauthorized', status: 401 }, 401);
export const forbidden: Reply = json({ error: 'Forbidden', status: 403 }, 403);
/** `404: Pod not found.` */
export const missing: Reply = json({ error: 'pod not found', status: 404 }, 404);
