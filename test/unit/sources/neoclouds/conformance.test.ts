import { nebius } from '@burnrate/shared/sources/nebius/index.ts';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { type Handler, json, SIGN_IN_PAGE, startService } from '../service.ts';
import { failingNebius, nebiusInstance, withNebius } from './nebius_tool.ts';
import { KEY, NEOCLOUDS, type Neocloud } from './open.ts';

for (const [name, cloud] of Object.entries<Neocloud>(NEOCLOUDS)) {
  const { source, env, url, cloudOf, machine, idField } = cloud;
  const site = async (handler: Handler): Promise<Site<unknown>> => {
    const service = await startService(handler);
    return {
      surroundings: bareMachine({ env }),
      settings: source.settings.parse({ url: url(service.url) }),
      canary: KEY,
      dispose: () => service.close(),
    };
  };
  conformance(name, {
    source,
    empty: () => ({ surroundings: bareMachine() }),
    ready: async () => {
      const machines = [machine()];
      return {
        ...(await site(cloudOf(machines))),
        end: async ({ nativeId }) => {
          machines.splice(
            machines.findIndex((one) => String(one[idField]) === nativeId),
            1,
          );
        },
      };
    },
    troubles: {
      unreachable: async () => {
        const place = await site(() => 'hang');
        await place.dispose?.();
        return { ...place, dispose: () => undefined };
      },
      denied: () => site(() => json({ message: 'no' }, 403)),
      throttled: () => site(() => json({}, 429, { 'Retry-After': '1' })),
      malformed: () => site(() => SIGN_IN_PAGE),
      slow: () => site(() => 'hang'),
    },
  });
}

const tool = (result: Parameters<typeof failingNebius>[0]) => () => ({
  surroundings: bareMachine(failingNebius(result)),
});
const failing = (stderr: string) => tool({ code: 1, stdout: '', stderr });

conformance('nebius', {
  source: nebius,
  empty: () => ({ surroundings: bareMachine() }),
  ready: () => {
    const instances = [nebiusInstance(), nebiusInstance('computeinstance-e00def')];
    return {
      surroundings: bareMachine(withNebius(instances)),
      canary: 'secret canary of cloud-init',
      end: async ({ nativeId }) => {
        instances.splice(
          instances.findIndex(({ metadata }) => metadata.id === nativeId),
          1,
        );
      },
    };
  },
  troubles: {
    unreachable: failing('rpc error: code = Unavailable desc = connection refused'),
    denied: failing('rpc error: code = PermissionDenied desc = Permission denied'),
    throttled: failing('rpc error: code = ResourceExhausted desc = too many requests'),
    malformed: tool({ code: 0, stdout: 'Please sign in', stderr: '' }),
    'not-configured': tool(() => Promise.reject(Object.assign(new Error(), { code: 'ENOENT' }))),
  },
});
