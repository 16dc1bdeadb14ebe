import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { withCertificate } from '../../unit/sources/kubernetes/machine.ts';
import { owner, pod } from '../../unit/sources/kubernetes/objects.ts';
import { installApiServer } from './apiserver.ts';
import { batch, Cluster, jobs, named, signal, template } from './cluster.ts';

const skipped = await installApiServer();
const why = skipped === undefined ? '' : ` (skipped: ${skipped})`;
const HALF_HOUR = 30 * 60_000;

describe.skipIf(skipped !== undefined)(`the source, at a real API server${why}`, () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start();
  }, HALF_HOUR);

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const eve = { user: { name: 'eve', uid: 1001 } };

  test('with read.yaml alone everything is read, by pages as the server gives them', async () => {
    const set = await cluster.make(
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
          .map((name) => cluster.make(pod(name, { by: set, limits: { 'nvidia.com/gpu': '1' } }))),
      );
    const connection = await cluster.ada();
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
    for (const name of names) await cluster.drop(`/api/v1/namespaces/ml/pods/${name}`);
    await cluster.drop('/apis/apps/v1/namespaces/ml/replicasets/many');
  }, 300_000);
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
    const connection = await cluster.ada();
    try {
      const job = await cluster.make(
        owner('batch/v1', 'Job', 'busy', { labels: { owner: 'ada' }, spec: batch }),
      );
      await cluster.make(pod('busy-0', { on: 'gpu-1', by: job }));
      const image = 'nvcr.io/nvidia/k8s/dcgm-exporter:4.2.0';
      const ports = [{ name: 'metrics', containerPort: port }];
      const its = pod('dcgm-exporter', { on: 'gpu-1', limits: {}, image, ports });
      its.status = { ...its.status, podIP: reachable, podIPs: [{ ip: reachable }] };
      await cluster.make(its);
      const look = () =>
        connection.observe({ what: new Set(['telemetry']), wanted: [], signal: signal() });
      expect((await look()).samples).toEqual([]);
      await cluster.grant('telemetry.yaml');
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
        await cluster.drop(`/api/v1/namespaces/ml/pods/${name}`);
      await cluster.drop('/apis/batch/v1/namespaces/ml/jobs/busy');
    }
  });

  test('the doctor tells who one is, and exactly what is missing', async () => {
    const connection = await cluster.connect(
      `token: ${cluster.api.tokens.ada}`,
      {},
      'namespace: ml',
    );
    const checks = await connection.diagnose(signal());
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks[0]?.message).toMatch(/^Kubernetes v.* at https:.*you are ada@example\.com/);
    await connection.close?.();

    const eves = await cluster.connect(`token: ${cluster.api.tokens.eve}`, eve);
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
    await cluster.api.ask('POST', `${rbac}/namespaces/ml/rolebindings`, made);
    await cluster.make(pod('hers', { on: 'gpu-1', labels: { owner: 'eve' } }));
    const connection = await cluster.connect(
      `token: ${cluster.api.tokens.eve}`,
      eve,
      'namespace: ml',
    );
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
    const byCertificate = await cluster.connect(withCertificate);
    const [connected] = await byCertificate.diagnose(signal());
    // The certificate's common name, which RBAC gives nothing.
    expect(connected).toMatchObject({ ok: true, message: expect.stringMatching(/you are ada$/) });
    await byCertificate.close?.();
    const wrong = await cluster.connect('token: wrong');
    const [refused] = await wrong.diagnose(signal());
    expect(refused).toMatchObject({
      ok: false,
      message: expect.stringContaining('does not accept'),
    });
    await wrong.close?.();
  });
});
