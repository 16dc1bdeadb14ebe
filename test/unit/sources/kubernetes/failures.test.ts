import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Api } from '@burnrate/shared/sources/kubernetes/api.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { status } from './answers.ts';
import { lab, patience } from './lab.ts';
import { kubeconfig, machineWith } from './machine.ts';
import { node, pod } from './objects.ts';
import { type ApiServer, type Reply, startApi } from './server.ts';

const account = {
  id: 'kubernetes:lab',
  source: 'kubernetes',
  name: 'lab',
  foundIn: '~/.kube/config, context lab',
  options: { context: 'lab' },
};
const version = { verb: 'get', resource: 'version', path: '/version' };
const three = () => [node('gpu-1'), ...['a', 'b', 'c'].map((name) => pod(name, { on: 'gpu-1' }))];

/** What comes of observing a cluster that answers so to everything. */
async function failureWith(reply: Reply) {
  await using place = await lab(three());
  place.server.instead = () => reply;
  return await place.observe().then(
    () => undefined,
    (error: unknown) => error,
  );
}

test.each<[string, Reply, object]>([
  [
    '403 names who may not do what, and the commands that allow it',
    status(403, 'Forbidden', 'nodes is forbidden: User "ada" cannot list resource "nodes"'),
    {
      kind: 'denied',
      message: expect.stringContaining('cannot list resource "nodes"'),
      remedy: expect.stringContaining('kubectl create clusterrole burnrate-list-'),
    },
  ],
  [
    '429 is waited for as long as it asks',
    { ...status(429, 'TooManyRequests', 'too many requests'), headers: { 'retry-after': '7' } },
    { kind: 'throttled', retryAfterMs: 7000 },
  ],
  [
    "503 is nobody's fault here",
    status(503, 'ServiceUnavailable', 'etcdserver: leader changed'),
    { kind: 'unreachable', message: expect.stringContaining('leader changed') },
  ],
  [
    'a page for people is told from an answer',
    { body: '<html><body>Please sign in</body></html>' },
    { kind: 'malformed', message: expect.stringContaining('HTML page') },
  ],
  [
    'an answer that is cut short is none',
    { body: '{"kind":"PodList","items":[{' },
    { kind: 'malformed', message: expect.stringContaining('not JSON') },
  ],
  [
    'an answer of another shape is none',
    { body: '{"kind":"PodList","items":[{"metadata":{}}]}' },
    { kind: 'malformed', message: expect.stringContaining('metadata.name') },
  ],
])('%s', async (_, reply, expected) => {
  expect(await failureWith(reply)).toMatchObject(expected);
});

test('a list is read to its end, page by page', async () => {
  await using place = await lab(three());
  place.server.pageSize = 1;
  expect((await place.jobs()).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  const further = place.server.asked.filter(({ query }) => query.has('continue'));
  expect(further.map(({ path }) => path)).toEqual(['/api/v1/pods', '/api/v1/pods']);
});

/** Answers 410 to the pages of pods that follow a first one, as often as `times`. */
function forgetful(server: ApiServer, times: number) {
  server.pageSize = 2;
  let left = times;
  server.instead = ({ path, query }) => {
    if (!path.endsWith('/pods') || !query.has('continue') || left === 0) return undefined;
    left -= 1;
    return status(410, 'Expired', 'The provided continue parameter is too old');
  };
}

test('a list that the server has forgotten is begun again, and nothing is told twice', async () => {
  await using place = await lab(three());
  forgetful(place.server, 1);
  expect((await place.jobs()).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});

test('a list that is forgotten each time is given up', async () => {
  await using place = await lab(three());
  forgetful(place.server, Number.POSITIVE_INFINITY);
  const seen = await place.observe();
  expect(seen.jobs).toBeUndefined();
  expect(seen.nodes).toHaveLength(1);
  expect(seen.partial).toMatchObject([{ message: expect.stringContaining('too old') }]);
});

test('a page that is cut in the middle is no list of what came before it', async () => {
  await using place = await lab(three());
  place.server.pageSize = 2;
  place.server.instead = ({ path, query }) =>
    path.endsWith('/pods') && query.has('continue') ? 'cut' : undefined;
  const seen = await place.observe();
  expect(seen.jobs).toBeUndefined();
  expect(seen.partial).toMatchObject([
    { kind: 'unreachable', message: expect.stringContaining('list pods') },
  ]);
});

test('a proxy that the kubeconfig names is gone through', async () => {
  const server = await startApi(three());
  const through: string[] = [];
  const proxy = createServer().on('connect', (request, client, head) => {
    through.push(request.url ?? '');
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      target.write(head);
      target.pipe(client).pipe(target);
    });
    target.on('error', () => client.destroy());
    client.on('error', () => target.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const via = (url: string) =>
    kubeconfig(server).replace(/ {4}server: .*/, (line) => `${line}\n    proxy-url: ${url}`);
  const api = new Api(account, machineWith(via(`http://127.0.0.1:${port}`)));
  expect(await api.ask(version, z.unknown(), patience())).toMatchObject({ major: '1' });
  expect(through).toEqual([new URL(server.url).host]);
  api.close();
  const socks = new Api(account, machineWith(via('socks5://127.0.0.1:1080')));
  await expect(socks.ask(version, z.unknown(), patience())).rejects.toMatchObject({
    kind: 'not-configured',
    message: expect.stringContaining('only http and https proxies'),
  });
  proxy.closeAllConnections();
  proxy.close();
  await server.close();
});

test('an answer that is far too long is not held', async () => {
  await using place = await lab(three());
  place.server.instead = ({ path }) =>
    path.endsWith('/pods') ? { body: ' '.repeat(20 * 1024 * 1024) } : undefined;
  const { partial } = await place.observe();
  expect(partial).toMatchObject([{ kind: 'malformed', message: expect.stringContaining('16 MB') }]);
});

test('a list without an end is given up', async () => {
  await using place = await lab(three());
  place.server.instead = ({ path }) =>
    path.endsWith('/pods')
      ? { body: JSON.stringify({ kind: 'PodList', metadata: { continue: 'again' }, items: [] }) }
      : undefined;
  const { partial } = await place.observe();
  expect(partial).toMatchObject([
    { kind: 'malformed', message: expect.stringContaining('no end') },
  ]);
  expect(place.server.asked.filter(({ path }) => path.endsWith('/pods')).length).toBeLessThan(6);
});

test('a server whose certificate another authority signed is not spoken to', async () => {
  const server = await startApi(three());
  const config = kubeconfig(server).replace(/ {4}certificate-authority-data: .*\n/, '');
  const api = new Api(account, machineWith(config));
  await expect(api.ask(version, z.unknown(), patience())).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('certificate'),
    remedy: expect.stringContaining('certificate-authority-data'),
  });
  expect(server.asked).toEqual([]);
  api.close();
  await server.close();
});

test('where pods of all namespaces may not be listed, those of the context are', async () => {
  await using place = await lab(
    [...three(), pod('elsewhere', { on: 'gpu-1', namespace: 'other' })],
    {
      context: 'namespace: ml',
    },
  );
  place.server.forbids = (_, resource, namespace) => resource === 'pods' && namespace !== 'ml';
  const seen = await place.observe();
  expect(seen.jobs?.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(seen.partial).toBeUndefined();
});

test('of several namespaces one that is forbidden does not cost the others', async () => {
  await using place = await lab(
    [...three(), pod('elsewhere', { on: 'gpu-1', namespace: 'other' })],
    {
      settings: { namespaces: ['ml', 'other'] },
    },
  );
  place.server.forbids = (_, resource, namespace) => resource === 'pods' && namespace === 'other';
  const seen = await place.observe();
  expect(seen.jobs?.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(seen.partial).toMatchObject([
    { kind: 'denied', remedy: expect.stringMatching(/rolebinding .* -n other/) },
  ]);
});

test('it speaks plain HTTP where the kubeconfig says so, as kubectl proxy does', async () => {
  await using place = await lab(three(), { plain: true });
  expect(await place.jobs()).toHaveLength(3);
});
