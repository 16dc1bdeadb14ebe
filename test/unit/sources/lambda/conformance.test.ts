import { lambda } from '@burnrate/shared/sources/lambda/index.ts';
import type { Settings } from '@burnrate/shared/sources/lambda/settings.ts';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { hastyClock } from '../hasty.ts';
import { type Handler, json, startService } from '../service.ts';
import { troublesOf } from '../troubles.ts';
import { cloudOf, inactive, instance } from './cloud.ts';

const CANARY = 'secret_canary_4711.abcdefghijklmnop';

async function site(handler: Handler): Promise<Site<Settings>> {
  const service = await startService(handler);
  return {
    surroundings: bareMachine({ env: { LAMBDA_API_KEY: CANARY }, clock: hastyClock }),
    settings: lambda.settings.parse({ url: `${service.url}/api/v1` }),
    canary: CANARY,
    dispose: () => service.close(),
  };
}

conformance('lambda', {
  source: lambda,
  empty: () => ({ surroundings: bareMachine() }),
  ready: async () => {
    const instances = [
      instance(),
      instance({ id: 'b1', name: '', hostname: undefined, status: 'booting' }),
      instance({ id: 'c1', status: 'terminating', file_system_names: [], tags: undefined }),
    ];
    const place = await site(cloudOf(CANARY, instances));
    return {
      ...place,
      end: async ({ nativeId }) => {
        const gone = instances.findIndex(({ id }) => id === nativeId);
        instances.splice(gone, 1);
      },
    };
  },
  troubles: troublesOf('lambda', site, {
    denied: inactive,
    throttled: json({}, 429, { 'Retry-After': '1' }),
    file: '~/.lambda_cloud/lambda_keys',
  }),
});
