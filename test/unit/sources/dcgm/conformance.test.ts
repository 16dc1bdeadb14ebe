import { dcgm } from '@burnrate/shared/sources/dcgm/index.ts';
import type { Settings } from '@burnrate/shared/sources/dcgm/settings.ts';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { type Exporter, gpu, hang, metrics, startExporter, status } from './exporter.ts';

const CANARY = 'Bearer canary-4711';

async function site(handler: Parameters<Exporter['on']>[0]): Promise<Site<Settings>> {
  const exporter = await startExporter(handler);
  return {
    surroundings: bareMachine({ env: { EXPORTER_TOKEN: CANARY } }),
    settings: dcgm.settings.parse({
      endpoints: [exporter.address],
      authorizationVariable: 'EXPORTER_TOKEN',
    }),
    canary: CANARY,
    dispose: () => exporter.close(),
  };
}

conformance('dcgm', {
  source: dcgm,
  // A port on which nothing listens: the usual one may be in use where the tests run.
  empty: () => ({ surroundings: bareMachine({ env: { DCGM_EXPORTER_LISTEN: '127.0.0.1:1' } }) }),
  ready: () =>
    site(
      metrics(
        gpu({ DCGM_FI_DEV_GPU_UTIL: 92, DCGM_FI_DEV_POWER_USAGE: '301.5' }) +
          gpu({ DCGM_FI_DEV_GPU_UTIL: 0 }, { gpu: '1', UUID: 'GPU-1' }),
      ),
    ),
  troubles: {
    unreachable: async () => {
      const place = await site(hang);
      await place.dispose?.();
      return { ...place, dispose: () => undefined };
    },
    denied: () => site(status(401, { 'WWW-Authenticate': 'Basic' })),
    throttled: () => site(status(429, { 'Retry-After': '1' })),
    malformed: () => site(status(200, { 'Content-Type': 'text/html' }, '<html><p>Sign in</html>')),
    'not-configured': async () => ({
      ...(await site(metrics(''))),
      surroundings: bareMachine(),
    }),
    slow: () => site(hang),
  },
});
