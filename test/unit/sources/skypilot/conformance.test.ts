import { skypilot } from '@burnrate/shared/sources/skypilot/index.ts';
import type { Settings } from '@burnrate/shared/sources/skypilot/settings.ts';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { type Handler, json, SIGN_IN_PAGE, startService } from '../service.ts';
import { KEY, machineWith } from './open.ts';
import { apiServer, cluster, past, task, type World, world } from './server.ts';

async function at(handler: Handler, known?: World): Promise<Site<Settings>> {
  const service = await startService(handler);
  return {
    surroundings: machineWith(
      {},
      { env: { SKYPILOT_API_SERVER_ENDPOINT: service.url, SKYPILOT_SERVICE_ACCOUNT_TOKEN: KEY } },
    ),
    canary: KEY,
    end: async ({ nativeId }) => {
      if (!known) return;
      known.clusters = known.clusters.filter(({ name }) => name !== nativeId);
    },
    dispose: () => service.close(),
  };
}

conformance<Settings>('skypilot', {
  source: skypilot,
  empty: () => ({ surroundings: bareMachine() }),
  ready: () => {
    const known = world({
      token: KEY,
      clusters: [
        cluster(),
        cluster({ name: 'pods', cluster_hash: 'b', cloud: 'Kubernetes', node_names: 'gpu-1' }),
        cluster({ name: 'lost', cluster_hash: 'c', cloud: 'RunPod', node_names: null }),
      ],
      history: [past()],
      tasks: [task(), task({ job_id: 13, status: 'PENDING', cluster_name_on_cloud: null })],
    });
    return at(apiServer(known), known);
  },
  troubles: {
    unreachable: () => ({
      surroundings: machineWith(
        {},
        { env: { SKYPILOT_API_SERVER_ENDPOINT: 'http://127.0.0.1:9' } },
      ),
    }),
    denied: () => at(apiServer(world({ token: 'another' }))),
    throttled: () => at(() => json({ detail: 'busy' }, 503, { 'Retry-After': '3' })),
    malformed: () => at(() => SIGN_IN_PAGE),
    'not-configured': () => ({
      surroundings: machineWith({}, { env: { SKYPILOT_API_SERVER_ENDPOINT: 'my server' } }),
    }),
    slow: () => at(() => 'hang'),
  },
});
