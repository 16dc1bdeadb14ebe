import { readFileSync } from 'node:fs';
import type { Job } from '@burnrate/shared/model/job.ts';
import { kubernetes } from '@burnrate/shared/sources/kubernetes/index.ts';
import type { Settings } from '@burnrate/shared/sources/kubernetes/settings.ts';
import type { Connection, Surroundings } from '@burnrate/shared/sources/source.ts';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { parseAllDocuments } from 'yaml';
import { until } from '../../unit/collector/live.ts';
import { kubeconfig, machineWith } from '../../unit/sources/kubernetes/machine.ts';
import { node } from '../../unit/sources/kubernetes/objects.ts';
import type { Thing } from '../../unit/sources/kubernetes/server.ts';
import { type RealApi, startRealApi } from './apiserver.ts';

/** Kinds of others, with just enough of a definition for the API server to hold them. */
const CUSTOM = [
  ['jobset.x-k8s.io', 'v1alpha2', 'JobSet'],
  ['kubeflow.org', 'v1', 'PyTorchJob'],
  ['trainer.kubeflow.org', 'v1alpha1', 'TrainJob'],
  ['ray.io', 'v1', 'RayJob'],
  ['kueue.x-k8s.io', 'v1beta1', 'Workload'],
] as const;

/** Nobody is waited for longer. */
export const signal = () => AbortSignal.timeout(60_000);

/** What a controller makes pods of. */
export const template = {
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'main', image: 'x' }] },
};
export const selector = { matchLabels: { app: 'x' } };
export const batch = {
  template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } },
};

/** A real API server with a node of GPUs, and with kinds of others; ada may read all and stop in `ml`. */
export class Cluster {
  readonly api: RealApi;

  private constructor(api: RealApi) {
    this.api = api;
  }

  static async start(): Promise<Cluster> {
    const cluster = new Cluster(await startRealApi());
    try {
      await cluster.#fill();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  async #fill(): Promise<void> {
    await this.api.ask('POST', '/api/v1/namespaces', { metadata: { name: 'ml' } });
    for (const [group, version, kind] of CUSTOM) await this.#define(group, version, kind);
    await this.make(
      node('gpu-1', {
        providerID: 'aws:///us-east-1a/i-0123456789abcdef0',
        labels: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' },
      }),
    );
    for (const file of ['read.yaml', 'stop.yaml']) await this.grant(file);
  }

  /** As discovery finds it in a kubeconfig with that user. */
  async connect(
    user: string,
    present: Partial<Surroundings> = {},
    context = '',
  ): Promise<Connection> {
    const { clock } = thisMachine();
    const surroundings = machineWith(kubeconfig(this.api, user, context), { clock, ...present });
    const settings = kubernetes.settings.parse(undefined) as Settings;
    const { accounts } = await kubernetes.discover(surroundings, settings);
    const [account] = accounts;
    if (!account) throw new Error('the context is not found');
    return kubernetes.open(account, surroundings, settings);
  }

  ada(): Promise<Connection> {
    return this.connect(`token: ${this.api.tokens.ada}`);
  }

  /** The manifest as it is, given to ada: everywhere what reads, in her namespace what stops. */
  async grant(file: string) {
    const text = readFileSync(
      new URL(`../../../shared/sources/kubernetes/${file}`, import.meta.url),
      'utf8',
    );
    for (const document of parseAllDocuments(text)) {
      const role = document.toJS() as { metadata: { name: string } };
      const rbac = '/apis/rbac.authorization.k8s.io/v1';
      await this.api.ask('POST', `${rbac}/clusterroles`, role);
      const binding = {
        metadata: { name: role.metadata.name },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: role.metadata.name,
        },
        subjects: [
          { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ada@example.com' },
        ],
      };
      const where = file === 'read.yaml' ? 'clusterrolebindings' : 'namespaces/ml/rolebindings';
      await this.api.ask('POST', `${rbac}/${where}`, binding);
    }
  }
  /** Makes an object, then its status, as its controller would; answers it with the real uid. */
  async make(thing: Thing): Promise<Thing> {
    const { apiVersion, kind, metadata, status } = thing;
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const place = metadata.namespace ? `/namespaces/${metadata.namespace}` : '';
    const path = `${root}${place}/${kind.toLowerCase()}s`;
    const { uid: _, creationTimestamp: __, ...meta } = metadata;
    const spec = kind === 'Pod' ? podSpec(thing) : thing.spec;
    const made = await this.api.ask<Thing>('POST', path, { ...thing, metadata: meta, spec });
    if (status && !CUSTOM.some(([group]) => apiVersion.startsWith(group)))
      await this.api.ask('PATCH', `${path}/${metadata.name}/status`, { status });
    return { ...thing, metadata: { ...metadata, uid: made.metadata.uid } };
  }
  /** Deletes at once: no kubelet and no collector of garbage is there to do it in time. */
  drop(path: string) {
    return this.api.ask('DELETE', path, {
      gracePeriodSeconds: 0,
      propagationPolicy: 'Background',
    });
  }

  async #define(group: string, version: string, kind: string) {
    const plural = `${kind.toLowerCase()}s`;
    await this.api.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural, kind },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        ],
      },
    });
    const path = `/apis/${group}/${version}/${plural}`;
    const isServed = () =>
      this.api.ask('GET', path).then(
        () => true,
        () => false,
      );
    await until(`${kind} to be served`, isServed, 60_000);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.api[Symbol.asyncDispose]();
  }
}

export async function jobs(connection: Connection): Promise<Job[]> {
  const seen = await connection.observe({
    what: new Set(['jobs']),
    wanted: [],
    signal: signal(),
  });
  return seen.jobs ?? [];
}
export const live = async (connection: Connection) =>
  (await jobs(connection)).filter(({ state }) => state !== 'ended');
export const named = (all: readonly Job[], name: string) => all.find((job) => job.name === name);

/** With an image, which the API server asks for. */
function podSpec({ spec }: Thing): Record<string, unknown> {
  const containers = (spec?.containers ?? []) as object[];
  return { ...spec, containers: containers.map((one) => ({ image: 'x', ...one })) };
}
