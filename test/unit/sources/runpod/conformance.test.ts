import { runpod } from '@burnrate/shared/sources/runpod/index.ts';
import type { Settings } from '@burnrate/shared/sources/runpod/settings.ts';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { type Handler, json, startService } from '../service.ts';
import { troublesOf } from '../troubles.ts';
import { forbidden, pod, runpodOf } from './cloud.ts';

const CANARY = 'rpa_CANARY4711ABCDEFGHIJKLMNOPQRSTUV';
const FILE = '~/.runpod/config.toml';

async function site(handler: Handler): Promise<Site<Settings>> {
  const service = await startService(handler);
  const readFile = (path: string) =>
    Promise.resolve(path.endsWith('config.toml') ? `apikey = '${CANARY}'\n` : undefined);
  return {
    surroundings: bareMachine({ readFile }),
    settings: runpod.settings.parse({ url: `${service.url}/v1`, telemetryUrl: service.url }),
    canary: CANARY,
    dispose: () => service.close(),
  };
}

conformance('runpod', {
  source: runpod,
  empty: () => ({ surroundings: bareMachine() }),
  ready: async () => {
    const pods = [
      pod(),
      pod({ id: 'spot1', name: undefined, interruptible: true, gpu: null, gpuCount: 1 }),
      pod({ id: 'cpu1', gpu: null, machine: null, cpuFlavorId: 'cpu3c', publicIp: null }),
      pod({ id: 'stopped1', desiredStatus: 'EXITED', adjustedCostPerHr: 0 }),
    ];
    const busy = { xedezhzb9la3ye: { 'GPU-a': 97, 'GPU-b': 0 }, spot1: { 'GPU-c': null } };
    return {
      ...(await site(runpodOf(CANARY, pods, busy))),
      end: async ({ nativeId }) => {
        const gone = pods.findIndex(({ id }) => id === nativeId);
        pods.splice(gone, 1);
      },
    };
  },
  troubles: troublesOf('runpod', site, {
    denied: forbidden,
    throttled: json({}, 429, { 'Retry-After': '1' }),
    file: FILE,
  }),
});
