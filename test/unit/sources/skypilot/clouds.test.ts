import { identify } from '@burnrate/shared/metering/identity.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import type { ClusterRecord } from '@burnrate/shared/sources/skypilot/wire.ts';
import { expect, test } from 'vitest';
import { azureOf } from '../azure/cloud.ts';
import { TOKEN as AZURE_TOKEN, openAzure } from '../azure/open.ts';
import { card, publicAddress, vm } from '../azure/resources.ts';
import { instance as google, googleOf } from '../gcp/cloud.ts';
import { TOKEN as GCP_TOKEN, openGcp } from '../gcp/open.ts';
import { cloudOf, instance as lambdaInstance } from '../lambda/cloud.ts';
import { KEY as LAMBDA_KEY, openLambda } from '../lambda/open.ts';
import type { OpenAccount } from '../open_account.ts';
import { pod, runpodOf } from '../runpod/cloud.ts';
import { openRunPod, KEY as RUNPOD_KEY } from '../runpod/open.ts';
import { withWorld } from './open.ts';
import { cluster, world } from './server.ts';

const HEAD = 'train-fcd1e5cf-head';
const ADDRESS = '34.1.2.3';

async function nodesOf(open: Promise<OpenAccount>): Promise<Node[]> {
  const { connection, close } = await open;
  try {
    const signal = AbortSignal.timeout(20_000);
    const what = new Set(['nodes'] as const);
    return (await connection.observe({ what, wanted: [], signal })).nodes ?? [];
  } finally {
    await close();
  }
}

const machine = vm(HEAD, 'Standard_NC24ads_A100_v4');
const nic = card(machine, '10.0.0.4');

/** A machine as its cloud's own source tells of it, and how SkyPilot writes down the same. */
const CLOUDS: [string, () => Promise<OpenAccount>, Partial<ClusterRecord>][] = [
  [
    'GCP',
    () => openGcp(googleOf({ token: GCP_TOKEN, instances: [google({ name: HEAD })] })),
    {
      region: 'us-central1',
      resources_str_full: '1x(gpus=A100:1, cpus=12, mem=85, a2-highgpu-1g, disk=256)',
    },
  ],
  [
    'Azure',
    () =>
      openAzure(azureOf(AZURE_TOKEN, { resources: [machine, nic, publicAddress(nic, ADDRESS)] })),
    {
      region: 'eastus',
      resources_str_full: '1x(gpus=A100-80GB:1, cpus=24, mem=220, Standard_NC24ads_A100_v4)',
    },
  ],
  [
    'Lambda',
    () => openLambda(cloudOf(LAMBDA_KEY, [lambdaInstance({ name: HEAD, ip: ADDRESS })])),
    {
      region: 'us-west-1',
      resources_str_full: '1x(gpus=H100:8, cpus=208, mem=1800, gpu_8x_h100_sxm5gdr, disk=256)',
    },
  ],
  [
    'RunPod',
    () => openRunPod(runpodOf(RUNPOD_KEY, [pod({ name: HEAD, publicIp: ADDRESS })])),
    { region: 'RO', resources_str_full: '1x(gpus=RTX4090:2, cpus=24, 2x_RTX4090_SECURE)' },
  ],
];

test.each(CLOUDS)(
  "a cluster's machine on %s is the one that the cloud's own source tells of",
  async (cloud, open, record) => {
    const own = await nodesOf(open());
    expect(own).toHaveLength(1);
    const head = cluster({ cloud, node_names: HEAD, ...record });
    const ssh = `Host train\n  HostName ${ADDRESS}\n`;
    const seen = (files: Record<string, string>) =>
      withWorld(
        world({ clusters: [head] }),
        (_, { nodes = [], jobs = [] }) => {
          expect(nodes).toHaveLength(1);
          const fleet = identify([...nodes, ...own]);
          expect(fleet.nodes).toHaveLength(1);
          const [held] = jobs.flatMap(({ shares }) => shares.map(({ node }) => node));
          // The price and the type are the cloud's.
          expect(fleet.resolve(held ?? '')?.id).toBe(own[0]?.id);
          expect(fleet.nodes[0]?.source).toBe(cloud.toLowerCase());
        },
        {},
        files,
      );
    // By its address, and by nothing but its name.
    await seen({ 'generated/ssh/train': ssh });
    await seen({});
  },
);

test('a cluster on Kubernetes is no machine of its own: its pods are the cluster’s', () =>
  withWorld(
    world({
      clusters: [
        cluster({
          cloud: 'Kubernetes',
          region: 'prod',
          node_names: HEAD,
          resources_str_full: '1x(gpus=A100:2, cpus=8, mem=64)',
        }),
      ],
    }),
    (_, { nodes, jobs }) => {
      expect(nodes).toEqual([]);
      expect(jobs?.[0]?.shares).toEqual([{ node: HEAD, gpus: 2 }]);
    },
  ));
