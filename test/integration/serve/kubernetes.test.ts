import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kubernetes } from '@burnrate/shared/sources/kubernetes/index.ts';
import type { Settings } from '@burnrate/shared/sources/kubernetes/settings.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { bareMachine } from '../../unit/sources/bare.ts';
import { certificate } from '../../unit/sources/kubernetes/server.ts';
import {
  installApiServer,
  installKubectl,
  type RealApi,
  startRealApi,
} from '../kubernetes/apiserver.ts';

const run = promisify(execFile);
const DEPLOY = fileURLToPath(new URL('../../../shared/serve/deploy/', import.meta.url));
const SOURCE = fileURLToPath(new URL('../../../shared/sources/kubernetes/', import.meta.url));
const HALF_HOUR = 30 * 60_000;

const noApi = (await installApiServer()) ?? (await installKubectl());

describe.skipIf(noApi)(`the manifest, at a real API server (${noApi ?? 'it is here'})`, () => {
  let api: RealApi;
  let folder: string;
  const account = 'system:serviceaccount:burnrate:burnrate';

  beforeAll(async () => {
    api = await startRealApi();
    folder = mkdtempSync(join(tmpdir(), 'burnrate-manifest-'));
    writeFileSync(join(folder, 'ca.pem'), certificate('ca.pem'));
    await api.ask('POST', '/api/v1/namespaces', documents('kubernetes.yaml')[0]);
  }, HALF_HOUR);
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const kubectl = (...args: string[]) =>
    run('kubectl', [
      ...[`--server=${api.url}`, `--token=${api.tokens.root}`],
      ...[`--certificate-authority=${join(folder, 'ca.pem')}`, '--kubeconfig=/dev/null'],
      ...args,
    ]);
  const apply = (file: string, ...args: string[]) =>
    kubectl('apply', '--server-side', ...args, '-f', join(DEPLOY, file));

  test('the server would take every object of it', async () => {
    const { stdout } = await apply('kubernetes.yaml', '--dry-run=server');
    const applied = stdout.trim().split('\n');
    expect(applied.length).toBe(documents('kubernetes.yaml').length);
    for (const line of applied) expect(line).toContain('serverside-applied');
    const stop = await apply('kubernetes-stop.yaml', '--dry-run=server');
    expect(stop.stdout.trim().split('\n')).toHaveLength(2);
  });

  test('its pod is let in where only restricted ones are', async () => {
    const deployment = documents('kubernetes.yaml').find(({ kind }) => kind === 'Deployment');
    if (!deployment) throw new Error('the manifest has no Deployment');
    const { template } = deployment.spec as { template: { metadata: object; spec: object } };
    const pod = (spec: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name: 'burnrate', namespace: 'burnrate' },
      spec,
    });
    const path = '/api/v1/namespaces/burnrate/pods?dryRun=All';
    await api.ask('POST', path, pod(template.spec));
    // Else this would say nothing.
    const open = { ...template.spec, securityContext: {} };
    await expect(api.ask('POST', path, pod(open))).rejects.toThrow(/restricted/);
  });

  test('it may look, and stop only where that is given, too', async () => {
    await apply('kubernetes.yaml');
    expect(await may('list', '', 'pods')).toBe(true);
    expect(await may('list', '', 'nodes')).toBe(true);
    for (const [verb, group, resource] of STOPPING) {
      expect(await may(verb, group, resource), resource).toBe(false);
    }
    expect(await may('get', '', 'secrets')).toBe(false);
    await apply('kubernetes-stop.yaml');
    for (const [verb, group, resource] of STOPPING) {
      expect(await may(verb, group, resource), resource).toBe(true);
    }
    expect(await may('get', '', 'secrets')).toBe(false);
  });

  test('in its pod, its own account is let in, and the doctor misses nothing', async () => {
    const namespace = '/api/v1/namespaces/burnrate';
    const made = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const { status } = await api.ask<{ status: { token: string } }>(
      'POST',
      `${namespace}/serviceaccounts/burnrate/token`,
      made,
    );
    // As a kubelet puts it there.
    const files: Record<string, string> = {
      token: status.token,
      'ca.crt': certificate('ca.pem'),
      namespace: 'burnrate',
    };
    const { hostname, port } = new URL(api.url);
    const pod = bareMachine({
      env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
      readFile: async (path) =>
        files[path.replace('/var/run/secrets/kubernetes.io/serviceaccount/', '')],
    });
    const settings = kubernetes.settings.parse({}) as Settings;
    const [found] = (await kubernetes.discover(pod, settings)).accounts;
    if (!found) throw new Error('no account was found');
    const connection = kubernetes.open(found, pod, settings);
    const checks = await connection.diagnose(AbortSignal.timeout(60_000));
    await connection.close?.();
    expect(checks[0]?.message).toContain(`you are ${account}`);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  async function may(verb: string, group: string, resource: string): Promise<boolean> {
    const { status } = await api.ask<{ status: { allowed: boolean } }>(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: account, resourceAttributes: { verb, group, resource, namespace: 'ml' } },
      },
    );
    return status.allowed;
  }
});

const STOPPING = [
  ['delete', '', 'pods'],
  ['patch', 'batch', 'jobs'],
] as const;

test('the manifest gives what the source asks for, and no more', () => {
  const rulesOf = (folder: string, file: string) =>
    documents(file, folder).find(({ kind }) => kind === 'ClusterRole')?.rules;
  expect(rulesOf(DEPLOY, 'kubernetes.yaml')).toEqual(rulesOf(SOURCE, 'read.yaml'));
  expect(rulesOf(DEPLOY, 'kubernetes-stop.yaml')).toEqual(rulesOf(SOURCE, 'stop.yaml'));
});

interface Document {
  kind: string;
  spec?: unknown;
  rules?: unknown;
}

function documents(file: string, folder = DEPLOY): Document[] {
  const parsed = parseAllDocuments(readFileSync(join(folder, file), 'utf8'));
  return parsed.map((document) => document.toJS() as Document);
}
