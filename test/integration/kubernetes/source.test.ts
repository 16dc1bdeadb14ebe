import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import type { Job } from '@burnrate/shared/model/job.ts';
import { kubernetes } from '@burnrate/shared/sources/kubernetes/index.ts';
import type { Settings } from '@burnrate/shared/sources/kubernetes/settings.ts';
import type { Connection, Surroundings } from '@burnrate/shared/sources/source.ts';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { until } from '../../unit/collector/live.ts';
import { kubeconfig, machineWith, withCertificate } from '../../unit/sources/kubernetes/machine.ts';
import { node, owner, pod } from '../../unit/sources/kubernetes/objects.ts';
import type { Thing } from '../../unit/sources/kubernetes/server.ts';
import {
  folderWith,
  installApiServer,
  installKubectl,
  type RealApi,
  startRealApi,
} from './apiserver.ts';

const skipped = await installApiServer();
const noKubectl = skipped === undefined ? await installKubectl() : skipped;
const why = skipped === undefined ? '' : ` (skipped: ${skipped})`;
const HALF_HOUR = 30 * 60_000;

/** Kinds of others, with just enough of a definition for the API server to hold them. */
const CUSTOM = [
  ['jobset.x-k8s.io', 'v1alpha2', 'JobSet'],
  ['kubeflow.org', 'v1', 'PyTorchJob'],
  ['trainer.kubeflow.org', 'v1alpha1', 'TrainJob'],
  ['ray.io', 'v1', 'RayJob'],
  ['kueue.x-k8s.io', 'v1beta1', 'Workload'],
] as const;

describe.skipIf(skipped !== undefined)(`the source, at a real API server${why}`, () => {
  let api: RealApi;
  const signal = () => AbortSignal.timeout(60_000);

  beforeAll(async () => {
    api = await startRealApi();
    await api.ask('POST', '/api/v1/namespaces', { metadata: { name: 'ml' } });
    for (const [group, version, kind] of CUSTOM) await define(group, version, kind);
    await make(
      node('gpu-1', {
        providerID: 'aws:///us-east-1a/i-0123456789abcdef0',
        labels: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' },
      }),
    );
    for (const file of ['read.yaml', 'stop.yaml']) await grant(file);
  }, HALF_HOUR);

  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });

  async function define(group: string, version: string, kind: string) {
    const plural = `${kind.toLowerCase()}s`;
    await api.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
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
      api.ask('GET', path).then(
        () => true,
        () => false,
      );
    await until(`${kind} to be served`, isServed, 60_000);
  }

  /** The manifest as it is, given to ada: everywhere what reads, in her namespace what stops. */
  async function grant(file: string) {
    const text = readFileSync(
      new URL(`../../../shared/sources/kubernetes/${file}`, import.meta.url),
      'utf8',
    );
    for (const document of parseAllDocuments(text)) {
      const role = document.toJS() as { metadata: { name: string } };
      const rbac = '/apis/rbac.authorization.k8s.io/v1';
      await api.ask('POST', `${rbac}/clusterroles`, role);
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
      await api.ask('POST', `${rbac}/${where}`, binding);
    }
  }

  /** Makes an object, then its status, as its controller would; answers it with the real uid. */
  async function make(thing: Thing): Promise<Thing> {
    const { apiVersion, kind, metadata, status } = thing;
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const place = metadata.namespace ? `/namespaces/${metadata.namespace}` : '';
    const path = `${root}${place}/${kind.toLowerCase()}s`;
    const { uid: _, creationTimestamp: __, ...meta } = metadata;
    const spec = kind === 'Pod' ? podSpec(thing) : thing.spec;
    const made = await api.ask<Thing>('POST', path, { ...thing, metadata: meta, spec });
    if (status && !CUSTOM.some(([group]) => apiVersion.startsWith(group)))
      await api.ask('PATCH', `${path}/${metadata.name}/status`, { status });
    return { ...thing, metadata: { ...metadata, uid: made.metadata.uid } };
  }

  const template = {
    metadata: { labels: { app: 'x' } },
    spec: { containers: [{ name: 'main', image: 'x' }] },
  };

  /** As discovery finds it in a kubeconfig with that user. */
  async function connect(
    user: string,
    present: Partial<Surroundings> = {},
    context = '',
  ): Promise<Connection> {
    const { clock } = thisMachine();
    const surroundings = machineWith(kubeconfig(api, user, context), { clock, ...present });
    const settings = kubernetes.settings.parse(undefined) as Settings;
    const { accounts } = await kubernetes.discover(surroundings, settings);
    const [account] = accounts;
    if (!account) throw new Error('the context is not found');
    return kubernetes.open(account, surroundings, settings);
  }
  const ada = () => connect(`token: ${api.tokens.ada}`);
  const eve = { user: { name: 'eve', uid: 1001 } };

  async function jobs(connection: Connection): Promise<Job[]> {
    const seen = await connection.observe({
      what: new Set(['jobs']),
      wanted: [],
      signal: signal(),
    });
    return seen.jobs ?? [];
  }

  const live = async (connection: Connection) =>
    (await jobs(connection)).filter(({ state }) => state !== 'ended');
  /** Deletes at once: no kubelet and no collector of garbage is there to do it in time. */
  const drop = (path: string) =>
    api.ask('DELETE', path, { gracePeriodSeconds: 0, propagationPolicy: 'Background' });
  const named = (all: readonly Job[], name: string) => all.find((job) => job.name === name);

  test('with read.yaml alone everything is read, by pages as the server gives them', async () => {
    const set = await make(
      owner('apps/v1', 'ReplicaSet', 'many', {
        labels: { owner: 'ada' },
        spec: { selector: { matchLabels: { app: 'x' } }, template },
      }),
    );
    const names = Array.from({ length: 510 }, (_, index) => `many-${index}`);
    for (let at = 0; at < names.length; at += 20)
      await Promise.all(
        names
          .slice(at, at + 20)
          .map((name) => make(pod(name, { by: set, limits: { 'nvidia.com/gpu': '1' } }))),
      );
    const connection = await ada();
    const seen = await connection.observe({
      what: new Set(['nodes', 'jobs']),
      wanted: [],
      signal: signal(),
    });
    expect(seen.partial).toBeUndefined();
    expect(seen.nodes).toMatchObject([
      { name: 'gpu-1', gpus: { count: 8, model: 'NVIDIA H100 80GB HBM3' } },
    ]);
    const many = named(seen.jobs ?? [], 'many');
    expect(many).toMatchObject({ state: 'pending', mine: true, labels: { kind: 'ReplicaSet' } });
    await connection.close?.();
    for (const name of names) await drop(`/api/v1/namespaces/ml/pods/${name}`);
    await drop('/apis/apps/v1/namespaces/ml/replicasets/many');
  }, 300_000);

  const selector = { matchLabels: { app: 'x' } };
  const batch = { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } };
  const stoppable: [kind: string, top: Thing, path: string, halted: unknown][] = [
    [
      'Job',
      owner('batch/v1', 'Job', 'train', { spec: batch }),
      '/apis/batch/v1/namespaces/ml/jobs/train',
      { suspend: true },
    ],
    [
      'Deployment',
      owner('apps/v1', 'Deployment', 'serve', { spec: { replicas: 2, selector, template } }),
      '/apis/apps/v1/namespaces/ml/deployments/serve',
      { replicas: 0 },
    ],
    [
      'StatefulSet',
      owner('apps/v1', 'StatefulSet', 'shard', {
        spec: { replicas: 1, serviceName: 'x', selector, template },
      }),
      '/apis/apps/v1/namespaces/ml/statefulsets/shard',
      { replicas: 0 },
    ],
    [
      'JobSet',
      owner('jobset.x-k8s.io/v1alpha2', 'JobSet', 'set'),
      '/apis/jobset.x-k8s.io/v1alpha2/namespaces/ml/jobsets/set',
      { suspend: true },
    ],
    [
      'PyTorchJob',
      owner('kubeflow.org/v1', 'PyTorchJob', 'torch', {
        spec: { runPolicy: { cleanPodPolicy: 'None' } },
      }),
      '/apis/kubeflow.org/v1/namespaces/ml/pytorchjobs/torch',
      { runPolicy: { suspend: true, cleanPodPolicy: 'None' } },
    ],
    [
      'TrainJob',
      owner('trainer.kubeflow.org/v1alpha1', 'TrainJob', 'tune', {
        spec: { runtimeRef: { name: 'torch-distributed' } },
      }),
      '/apis/trainer.kubeflow.org/v1alpha1/namespaces/ml/trainjobs/tune',
      { suspend: true, runtimeRef: { name: 'torch-distributed' } },
    ],
    [
      'RayJob',
      owner('ray.io/v1', 'RayJob', 'ray'),
      '/apis/ray.io/v1/namespaces/ml/rayjobs/ray',
      { suspend: true },
    ],
  ];

  test.each(stoppable)(
    'with stop.yaml beside it a %s is suspended, and its end is seen',
    async (kind, top, path, halted) => {
      top.metadata.labels = { owner: 'ada' };
      const made = await make(top);
      const its = await make(pod(`${top.metadata.name}-0`, { on: 'gpu-1', by: made }));
      const connection = await ada();
      const before = named(await jobs(connection), top.metadata.name);
      if (!before) throw new Error('the job is not there');
      expect(before).toMatchObject({ state: 'running', mine: true, labels: { kind } });
      const plan = await connection.planStop?.(before, signal());
      if (!plan) throw new Error('no plan');
      expect(plan.reversible).toBe(true);
      await connection.stop?.(before, plan, signal());
      expect((await api.ask<Thing>('GET', path)).spec).toMatchObject(halted as object);
      // What the controller does then.
      await drop(`/api/v1/namespaces/ml/pods/${its.metadata.name}`);
      expect(named(await jobs(connection), top.metadata.name)?.state).toBe('ended');
      await connection.stop?.(before, plan, signal());
      await connection.close?.();
      await drop(path);
    },
  );

  test('a bare pod is deleted, and not another that has taken its name since', async () => {
    await make(pod('alone', { on: 'gpu-1', labels: { owner: 'ada' } }));
    const connection = await ada();
    const job = named(await jobs(connection), 'alone');
    if (!job) throw new Error('the job is not there');
    const plan = await connection.planStop?.(job, signal());
    if (!plan) throw new Error('no plan');
    expect(plan.reversible).toBe(false);
    const path = '/api/v1/namespaces/ml/pods/alone';
    await drop(path);
    const other = await make(pod('alone', { on: 'gpu-1', labels: { owner: 'ada' } }));
    await connection.stop?.(job, plan, signal());
    expect((await api.ask<Thing>('GET', path)).metadata.uid).toBe(other.metadata.uid);
    const second = named(
      (await jobs(connection)).filter(({ state }) => state !== 'ended'),
      'alone',
    );
    if (!second) throw new Error('the second is not there');
    await connection.stop?.(second, { ...plan, jobId: second.id }, signal());
    const left = await api.ask<Thing>('GET', path).catch(() => undefined);
    // Nothing runs a kubelet here, which would see it off.
    expect(left === undefined || left.metadata.deletionTimestamp !== undefined).toBe(true);
    if (left) await drop(path);
    await connection.close?.();
  });

  test.skipIf(noKubectl !== undefined)(
    `what a plan shows does the same in a terminal, and is undone as it says${noKubectl ? ` (skipped: ${noKubectl})` : ''}`,
    async () => {
      await using home = await folderWith(kubeconfig(api, `token: ${api.tokens.root}`));
      const type = (command: string) =>
        promisify(execFile)('sh', ['-c', command], {
          env: { ...process.env, KUBECONFIG: home.path },
        });
      const connection = await ada();
      for (const [, top, path, halted] of stoppable) {
        const before = await make(top);
        const { name } = top.metadata;
        await make(pod(`${name}-0`, { on: 'gpu-1', by: before }));
        const job = named(await live(connection), name);
        const plan = job && (await connection.planStop?.(job, signal()));
        if (!plan) throw new Error(`no plan for ${name}`);
        await type(plan.equivalent);
        expect((await api.ask<Thing>('GET', path)).spec, plan.equivalent).toMatchObject(
          halted as object,
        );
        const undo = plan.keeps.join('\n').split('to start it again: ')[1] ?? '';
        await type(undo);
        const { spec } = await api.ask<Thing>('GET', path);
        expect(spec, undo).not.toMatchObject(halted as object);
        await drop(`/api/v1/namespaces/ml/pods/${name}-0`);
        await drop(path);
      }
      await connection.close?.();
    },
  );

  test('what Kueue queues waits, and is stopped by way of Kueue', async () => {
    const job = await make(
      owner('batch/v1', 'Job', 'queued', {
        labels: { owner: 'ada' },
        spec: { ...batch, suspend: true },
      }),
    );
    const workload = owner('kueue.x-k8s.io/v1beta1', 'Workload', 'job-queued-1', {
      by: job,
      spec: {
        queueName: 'team-a',
        active: true,
        podSets: [
          {
            name: 'main',
            count: 1,
            template: {
              spec: {
                containers: [
                  { name: 'main', image: 'x', resources: { limits: { 'nvidia.com/gpu': '8' } } },
                ],
              },
            },
          },
        ],
      },
    });
    await make(workload);
    const connection = await ada();
    const waiting = named(await jobs(connection), 'queued');
    if (!waiting) throw new Error('the job is not there');
    expect(waiting).toMatchObject({ state: 'pending', shares: [], labels: { queue: 'team-a' } });
    const plan = await connection.planStop?.(waiting, signal());
    if (!plan) throw new Error('no plan');
    expect(plan.loses).toEqual(['its place in the queue']);
    await connection.stop?.(waiting, plan, signal());
    const path = '/apis/kueue.x-k8s.io/v1beta1/namespaces/ml/workloads/job-queued-1';
    expect((await api.ask<Thing>('GET', path)).spec).toMatchObject({
      active: false,
      queueName: 'team-a',
    });
    expect(named(await jobs(connection), 'queued')?.state).toBe('ended');
    await connection.close?.();
  });

  test('with telemetry.yaml an exporter is read through the server, and without it nothing is', async () => {
    const reachable = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
    // The server proxies to no loopback address.
    if (reachable === undefined) return;
    const exporter = createServer((request, response) => {
      response.end(
        request.url === '/metrics'
          ? 'DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-a",pod="busy-0",namespace="ml"} 93\n'
          : 'no',
      );
    });
    await new Promise<void>((resolve) => exporter.listen(0, reachable, resolve));
    const { port } = exporter.address() as AddressInfo;
    const connection = await ada();
    try {
      const job = await make(
        owner('batch/v1', 'Job', 'busy', { labels: { owner: 'ada' }, spec: batch }),
      );
      await make(pod('busy-0', { on: 'gpu-1', by: job }));
      const image = 'nvcr.io/nvidia/k8s/dcgm-exporter:4.2.0';
      const ports = [{ name: 'metrics', containerPort: port }];
      const its = pod('dcgm-exporter', { on: 'gpu-1', limits: {}, image, ports });
      its.status = { ...its.status, podIP: reachable, podIPs: [{ ip: reachable }] };
      await make(its);
      const look = () =>
        connection.observe({ what: new Set(['telemetry']), wanted: [], signal: signal() });
      expect((await look()).samples).toEqual([]);
      await grant('telemetry.yaml');
      await until('the server to know that it is allowed', async () => {
        await connection.diagnose(signal());
        return ((await look()).samples ?? []).length > 0;
      });
      expect((await look()).samples).toMatchObject([
        { node: 'gpu-1', gpu: 'GPU-a', utilization: 0.93, pod: 'busy-0' },
      ]);
    } finally {
      await connection.close?.();
      exporter.close();
      for (const name of ['busy-0', 'dcgm-exporter'])
        await drop(`/api/v1/namespaces/ml/pods/${name}`);
      await drop('/apis/batch/v1/namespaces/ml/jobs/busy');
    }
  });

  test('the doctor tells who one is, and exactly what is missing', async () => {
    const connection = await connect(`token: ${api.tokens.ada}`, {}, 'namespace: ml');
    const checks = await connection.diagnose(signal());
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks[0]?.message).toMatch(/^Kubernetes v.* at https:.*you are ada@example\.com/);
    await connection.close?.();

    const eves = await connect(`token: ${api.tokens.eve}`, eve);
    const hers = await eves.diagnose(signal());
    expect(hers.find(({ capability }) => capability === 'connect')?.ok).toBe(true);
    expect(hers.find(({ capability }) => capability === 'nodes')).toMatchObject({
      ok: false,
      message: expect.stringContaining('cannot list resource "nodes"'),
      remedy: expect.stringContaining('--verb=list --resource=nodes'),
    });
    await expect(jobs(eves)).rejects.toMatchObject({ kind: 'denied' });
    await eves.close?.();
  });

  test('who may read one namespace alone sees its jobs, and is told of the nodes', async () => {
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const roleRef = {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'burnrate-read',
    };
    const subjects = [
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'eve@example.com' },
    ];
    const made = { metadata: { name: 'eve' }, roleRef, subjects };
    await api.ask('POST', `${rbac}/namespaces/ml/rolebindings`, made);
    await make(pod('hers', { on: 'gpu-1', labels: { owner: 'eve' } }));
    const connection = await connect(`token: ${api.tokens.eve}`, eve, 'namespace: ml');
    const seen = await connection.observe({
      what: new Set(['nodes', 'jobs']),
      wanted: [],
      signal: signal(),
    });
    expect(named(seen.jobs ?? [], 'hers')).toMatchObject({ mine: true, state: 'running' });
    expect(seen.nodes).toBeUndefined();
    expect(seen.partial?.map(({ kind }) => kind)).toEqual(['denied']);
    await connection.close?.();
  });

  test('a client certificate is who one is, and a wrong token is refused', async () => {
    const byCertificate = await connect(withCertificate);
    const [connected] = await byCertificate.diagnose(signal());
    // The certificate's common name, which RBAC gives nothing.
    expect(connected).toMatchObject({ ok: true, message: expect.stringMatching(/you are ada$/) });
    await byCertificate.close?.();
    const wrong = await connect('token: wrong');
    const [refused] = await wrong.diagnose(signal());
    expect(refused).toMatchObject({
      ok: false,
      message: expect.stringContaining('does not accept'),
    });
    await wrong.close?.();
  });
});

/** With an image, which the API server asks for. */
function podSpec({ spec }: Thing): Record<string, unknown> {
  const containers = (spec?.containers ?? []) as object[];
  return { ...spec, containers: containers.map((one) => ({ image: 'x', ...one })) };
}
