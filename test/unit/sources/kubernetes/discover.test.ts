import { createServer } from 'node:net';
import { kubernetes } from '@burnrate/shared/sources/kubernetes/index.ts';
import type { Settings } from '@burnrate/shared/sources/kubernetes/settings.ts';
import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import { expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { lab } from './lab.ts';
import { certificate, TOKEN } from './server.ts';

const find = (surroundings: Surroundings, settings?: unknown) =>
  kubernetes.discover(surroundings, kubernetes.settings.parse(settings) as Settings);

/** A machine with these files, and the variables that name them. */
const machine = (files: Record<string, string>, env: Record<string, string> = {}) =>
  bareMachine({ homedir: '/home/ada', env, readFile: async (path) => files[path] });

const cluster = (name: string, server: string) => `{name: ${name}, cluster: {server: "${server}"}}`;
const context = (name: string, of: string, user: string) =>
  `{name: ${name}, context: {cluster: ${of}, user: ${user}}}`;

const many = `
current-context: prod
clusters: [${cluster('a', 'https://a.example.com')}, ${cluster('b', 'https://b.example.com')}]
contexts: [${context('prod', 'a', 'ada')}, ${context('prod-ml', 'a', 'ada')}, ${context('old', 'b', 'ada')}, ${context('broken', 'gone', 'ada')}]
users: null
`;

test('the current context is an account; the others are named, with how to use them', async () => {
  const { accounts, looked } = await find(machine({ '/home/ada/.kube/config': many }));
  expect(accounts).toEqual([
    {
      id: 'kubernetes:prod',
      source: 'kubernetes',
      name: 'prod',
      foundIn: '~/.kube/config, context prod',
      options: { context: 'prod', server: 'https://a.example.com/' },
    },
  ]);
  const text = looked.join('\n');
  expect(text).toContain('~/.kube/config: read');
  expect(text).toContain('context old: not the current one');
  expect(text).toContain('context broken: its cluster gone is not there');
});

test('contexts of one cluster and user are one account, and `*` is all of them', async () => {
  const { accounts, looked } = await find(machine({ '/home/ada/.kube/config': many }), {
    contexts: ['*'],
  });
  expect(accounts.map(({ name }) => name)).toEqual(['prod', 'old']);
  expect(looked.join('\n')).toContain('context prod-ml: the same cluster and user as prod');
  const named = await find(machine({ '/home/ada/.kube/config': many }), {
    contexts: ['old', 'no'],
  });
  expect(named.accounts.map(({ name }) => name)).toEqual(['old']);
  expect(named.looked.join('\n')).toContain('context no: named in burnrate.yaml, but in no');
});

test('of several files the first to say something decides', async () => {
  const first = `
clusters: [${cluster('a', 'https://first.example.com')}]
contexts: [${context('one', 'a', 'ada')}]
`;
  const files = { '/x/first': first, '/y/second': many };
  const env = { KUBECONFIG: ['/x/first', '/nowhere', '/y/second'].join(':') };
  const { accounts, looked } = await find(
    { ...machine(files, env), platform: 'linux' },
    { contexts: ['*'] },
  );
  expect(accounts.map(({ name, options }) => [name, options.server])).toEqual([
    ['prod', 'https://first.example.com/'],
    ['old', 'https://b.example.com/'],
  ]);
  expect(accounts[0]?.foundIn).toBe('/y/second, context prod');
  expect(looked).toContain('/nowhere: not there');
});

test.each([
  ['no YAML', `current-context: [${TOKEN}`],
  ['another shape', `clusters: [{name: a, cluster: {server: 7, token: ${TOKEN}}}]`],
])('a file that is %s is told without what stands in it', async (_, text) => {
  const { accounts, looked } = await find(machine({ '/home/ada/.kube/config': text }));
  expect(accounts).toEqual([]);
  expect(looked[0]).toMatch(/^~\/\.kube\/config: (read|cannot be read)/);
  expect(looked.join('\n')).toContain('cannot be read');
  expect(looked.join('\n')).not.toContain(TOKEN);
});

test('a cluster on this machine that is not started is no failure, unless it is named', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const address = closed.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await new Promise((resolve) => closed.close(resolve));
  const text = `
current-context: kind-dev
clusters: [${cluster('kind', `https://127.0.0.1:${port}`)}]
contexts: [${context('kind-dev', 'kind', 'kind')}]
`;
  const asleep = machine({ '/home/ada/.kube/config': text });
  const { accounts, looked } = await find(asleep);
  expect(accounts).toEqual([]);
  expect(looked.join('\n')).toContain(
    'context kind-dev: its cluster on this machine is not started',
  );
  const named = await find(asleep, { contexts: ['kind-dev'] });
  expect(named.accounts).toHaveLength(1);
});

test('within a pod its service account is the way in', async () => {
  await using place = await lab([]);
  const at = '/var/run/secrets/kubernetes.io/serviceaccount';
  const { hostname, port } = new URL(place.server.url);
  const pod = machine(
    {
      [`${at}/token`]: `${TOKEN}\n`,
      [`${at}/ca.crt`]: certificate('ca.pem'),
      [`${at}/namespace`]: 'ml',
    },
    { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
  );
  const { accounts } = await find(pod);
  expect(accounts).toMatchObject([{ id: 'kubernetes:in-cluster' }]);
  const [account] = accounts;
  if (!account) throw new Error('no account');
  const connection = kubernetes.open(account, pod, kubernetes.settings.parse({}) as Settings);
  const [connected] = await connection.diagnose(AbortSignal.timeout(10_000));
  expect(connected).toMatchObject({
    ok: true,
    message: expect.stringContaining('ada@example.com'),
  });
  await connection.close?.();
});
