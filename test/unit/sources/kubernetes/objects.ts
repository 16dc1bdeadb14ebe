import type { Thing } from './server.ts';

/** When the pods of these tests began, and a clock that reads a quarter of an hour later. */
export const BEGAN = Date.parse('2026-03-01T12:00:00Z');
export const NOW = BEGAN + 15 * 60_000;
const iso = (at: number) => new Date(at).toISOString().replace('.000', '');

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/ */
export function node(
  name: string,
  options: {
    capacity?: Record<string, string>;
    labels?: Record<string, string>;
    providerID?: string;
    addresses?: [type: string, address: string][];
  } = {},
): Thing {
  const { capacity = { 'nvidia.com/gpu': '8' }, labels = {}, providerID, addresses = [] } = options;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: `node-${name}`,
      creationTimestamp: iso(BEGAN - 3_600_000),
      labels: { 'kubernetes.io/hostname': name, ...labels },
    },
    spec: { ...(providerID && { providerID }) },
    status: {
      capacity: { cpu: '96', memory: '1056Gi', pods: '110', ...capacity },
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: iso(BEGAN) }],
      addresses: addresses.map(([type, address]) => ({ type, address })),
    },
  };
}

/** Which object owns another. */
export function ownedBy(owner: Thing) {
  const { apiVersion, kind, metadata } = owner;
  return [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }];
}

/** An object that owns pods, of any kind. */
export function owner(
  apiVersion: string,
  kind: string,
  name: string,
  options: {
    namespace?: string;
    labels?: Record<string, string>;
    by?: Thing;
    spec?: Record<string, unknown>;
    status?: Record<string, unknown>;
  } = {},
): Thing {
  const { namespace = 'ml', labels, by, spec, status } = options;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      uid: `${kind.toLowerCase()}-${namespace}-${name}`,
      creationTimestamp: iso(BEGAN),
      ...(labels && { labels }),
      ...(by && { ownerReferences: ownedBy(by) }),
    },
    spec: { ...spec },
    ...(status && { status }),
  };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
export function pod(
  name: string,
  options: {
    namespace?: string;
    on?: string;
    by?: Thing;
    limits?: Record<string, string>;
    requests?: Record<string, string>;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
    at?: number;
    endedAt?: number;
    volumes?: unknown[];
    image?: string;
    ports?: { name?: string; containerPort: number }[];
  } = {},
): Thing {
  const {
    namespace = 'ml',
    on,
    by,
    limits = { 'nvidia.com/gpu': '1' },
    requests,
    labels,
  } = options;
  const { phase = on ? 'Running' : 'Pending', at = BEGAN, endedAt, volumes = [] } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `${name}-0a1b2c3d`,
      creationTimestamp: iso(at - 5000),
      ...(labels && { labels }),
      ...(options.annotations && { annotations: options.annotations }),
      ...(by && { ownerReferences: ownedBy(by) }),
    },
    spec: {
      ...(on && { nodeName: on }),
      containers: [
        {
          name: 'main',
          ...(options.image && { image: options.image }),
          ...(options.ports && { ports: options.ports }),
          resources: { limits, requests: requests ?? limits },
        },
      ],
      terminationGracePeriodSeconds: 30,
      volumes,
    },
    status: {
      phase,
      conditions: [
        on
          ? { type: 'PodScheduled', status: 'True', lastTransitionTime: iso(at) }
          : {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              lastTransitionTime: iso(at),
            },
      ],
      ...(on && { startTime: iso(at + 1000) }),
      ...(endedAt !== undefined && {
        containerStatuses: [
          { name: 'main', state: { terminated: { exitCode: 0, finishedAt: iso(endedAt) } } },
        ],
      }),
    },
  };
}

/**
 * What metrics-server says that a pod's containers used a moment ago; its kind is PodMetrics, which
 * lists leave out. https://kubernetes.io/docs/reference/external-api/metrics.v1beta1/
 */
export function usage(name: string, cpus: string[], at = NOW - 20_000): Thing {
  const containers = cpus.map((cpu, index) => ({
    name: `c${index}`,
    usage: { cpu, memory: '812344Ki' },
  }));
  const metadata = { name, namespace: 'ml', uid: `usage-${name}` };
  const shown = { timestamp: iso(at), window: '17.2s', containers };
  return { apiVersion: 'metrics.k8s.io/v1beta1', kind: 'Pod', metadata, ...shown };
}
