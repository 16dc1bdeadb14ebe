import { prometheus } from '@burnrate/shared/sources/prometheus/index.ts';
import type { Settings } from '@burnrate/shared/sources/prometheus/settings.ts';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { failed, gpu, matrix, type Reply, startServer } from './server.ts';

const CANARY = 'Bearer canary-4711';

async function site(reply: Reply): Promise<Site<Settings>> {
  const server = await startServer(() => reply);
  return {
    surroundings: bareMachine({ env: { TOKEN: CANARY } }),
    settings: prometheus.settings.parse({
      servers: [{ url: server.url, authorizationVariable: 'TOKEN', tenant: 'lab' }],
    }),
    canary: CANARY,
    dispose: () => server.close(),
  };
}

const twoGpus = matrix([
  ...gpu({ DCGM_FI_DEV_GPU_UTIL: 92, DCGM_FI_DEV_POWER_USAGE: '301.5' }),
  ...gpu({ DCGM_FI_DEV_GPU_UTIL: 0 }, { gpu: '1', UUID: 'GPU-1' }),
]);

conformance('prometheus', {
  source: prometheus,
  empty: () => ({ surroundings: bareMachine() }),
  ready: () => site(twoGpus),
  troubles: {
    unreachable: async () => {
      const place = await site(twoGpus);
      await place.dispose?.();
      return { ...place, dispose: () => undefined };
    },
    denied: () => site(failed(401, 'unauthorized', `who is ${CANARY}?`)),
    throttled: () => site({ status: 429, headers: { 'Retry-After': '1' }, body: '' }),
    malformed: () =>
      site({ headers: { 'Content-Type': 'text/html' }, body: '<html><p>Sign in</html>' }),
    'not-configured': async () => ({ ...(await site(twoGpus)), surroundings: bareMachine() }),
    slow: () => site('hang'),
  },
});
