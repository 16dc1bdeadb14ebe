import type { Account } from '@burnrate/shared/model/account.ts';
import { azure } from '@burnrate/shared/sources/azure/index.ts';
import type { Settings } from '@burnrate/shared/sources/azure/settings.ts';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { type Handler, SIGN_IN_PAGE, startService } from '../service.ts';
import { azureOf, type Cloud, forbidden, tooMany } from './cloud.ts';
import { signedIn, TOKEN } from './open.ts';
import {
  card,
  cluster,
  instance,
  pool,
  price,
  run,
  SUBSCRIPTION,
  sku,
  TENANT,
  vm,
  workspace,
} from './resources.ts';

async function site(handler: Handler): Promise<Site<Settings>> {
  const service = await startService(handler);
  return {
    surroundings: signedIn(),
    settings: azure.settings.parse({ url: service.url, pricesUrl: service.url }),
    canary: TOKEN,
    dispose: () => service.close(),
  };
}

conformance('azure', {
  source: azure,
  empty: () => ({ surroundings: bareMachine() }),
  ready: async () => {
    const machine = vm('a100', 'Standard_NC24ads_A100_v4');
    const cloud: Cloud = {
      resources: [
        machine,
        card(machine, '10.0.0.4'),
        vm('off', 'Standard_D2s_v5', { power: 'deallocated' }),
        ...pool('aks-gpu-123-vmss', 'Standard_NC4as_T4_v3'),
        workspace(),
      ],
      computes: [cluster('a100s'), instance('ada-notebook')],
      clusterNodes: { a100s: [{ nodeId: 'tvmps_1_d', nodeState: 'running', runId: 'tune' }] },
      runs: [run('tune', 'Running'), run('later', 'Queued'), run('done', 'Completed')],
      skus: [sku('Standard_NC24ads_A100_v4', { GPUs: '1', vCPUs: '24' })],
      busy: { tvmps_1_d: [80, 90, null] },
      prices: [price('Standard_NC24ads_A100_v4', 3.673)],
    };
    return {
      ...(await site(azureOf(TOKEN, cloud))),
      end: async ({ nativeId }) => {
        const of = <T extends { id: string }>(list: T[] | undefined) =>
          list?.filter(({ id }) => id.toLowerCase() !== nativeId) ?? [];
        Object.assign(cloud, {
          resources: of(cloud.resources),
          computes: of(cloud.computes),
          runs: of(cloud.runs),
        });
      },
    };
  },
  troubles: {
    unreachable: async () => {
      const place = await site(() => 'hang');
      await place.dispose?.();
      return { ...place, dispose: () => undefined };
    },
    denied: () => site(() => forbidden),
    throttled: () => site(() => tooMany),
    malformed: () => site(() => SIGN_IN_PAGE),
    'not-configured': () => ({ surroundings: bareMachine(), account: ACCOUNT }),
    slow: () => site(() => 'hang'),
  },
});

const ACCOUNT: Account = {
  id: 'azure:Research',
  source: 'azure',
  name: 'Research',
  foundIn: 'az login, subscription Research',
  options: { origin: 'cli', tenant: TENANT, subscription: SUBSCRIPTION, cloud: 'AzureCloud' },
};
