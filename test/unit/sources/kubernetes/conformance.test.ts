import { kubernetes } from '@burnrate/shared/sources/kubernetes/index.ts';
import type { Settings } from '@burnrate/shared/sources/kubernetes/settings.ts';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { remove, status } from './answers.ts';
import { kubeconfig, machineWith } from './machine.ts';
import { BEGAN, node, owner, pod } from './objects.ts';
import { type ApiServer, startApi, type Thing, TOKEN } from './server.ts';

function lab(): Thing[] {
  const job = owner('batch/v1', 'Job', 'train', { labels: { owner: 'ada' } });
  const set = owner('apps/v1', 'ReplicaSet', 'serve-5d4f', {
    by: owner('apps/v1', 'Deployment', 'serve'),
  });
  return [
    node('gpu-1'),
    node('cpu-1', { capacity: {} }),
    job,
    set,
    owner('apps/v1', 'Deployment', 'serve', { labels: { owner: 'bob' } }),
    pod('train-0', { on: 'gpu-1', by: job, limits: { 'nvidia.com/gpu': '4' } }),
    pod('serve-5d4f-x', { on: 'gpu-1', by: set }),
    pod('waiting', { labels: { owner: 'ada' } }),
    pod('done', { on: 'gpu-1', phase: 'Succeeded', endedAt: BEGAN + 60_000 }),
    pod('web', { on: 'cpu-1', limits: { cpu: '1' } }),
  ];
}

async function site(prepare: (server: ApiServer) => void = () => {}): Promise<Site<Settings>> {
  const server = await startApi(lab());
  server.pageSize = 2;
  prepare(server);
  return {
    surroundings: machineWith(kubeconfig(server)),
    canary: TOKEN,
    end: async (job) => {
      const names = job.shares.map((share) => share.pod);
      for (const thing of server.things.filter(({ metadata }) => names.includes(metadata.name)))
        remove(server, thing);
    },
    dispose: () => server.close(),
  };
}

const instead = (reply: NonNullable<ApiServer['instead']>) => () =>
  site((server) => {
    server.instead = reply;
  });

conformance('kubernetes', {
  source: kubernetes,
  empty: () => ({ surroundings: bareMachine() }),
  ready: () => site(),
  troubles: {
    unreachable: async () => {
      const place = await site();
      await place.dispose?.();
      const { accounts } = await kubernetes.discover(
        place.surroundings,
        kubernetes.settings.parse({ contexts: ['lab'] }) as Settings,
      );
      const [account] = accounts;
      if (!account) throw new Error('a context that is named is used, also while nobody answers');
      return { ...place, account, dispose: () => undefined };
    },
    denied: () =>
      site((server) => {
        server.tokens.clear();
      }),
    throttled: instead(() => ({
      ...status(429, 'TooManyRequests', 'The server has received too many requests'),
      headers: { 'retry-after': '1' },
    })),
    malformed: instead(() => ({
      headers: { 'content-type': 'text/html' },
      body: '<!doctype html><html><body>Sign in to this network</body></html>',
    })),
    'not-configured': async () => ({
      surroundings: bareMachine(),
      account: {
        id: 'kubernetes:gone',
        source: 'kubernetes',
        name: 'gone',
        foundIn: '~/.kube/config, context gone',
        options: { context: 'gone' },
      },
    }),
    slow: instead(() => 'hang'),
  },
});
