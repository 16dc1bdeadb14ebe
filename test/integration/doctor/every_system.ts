import { chmodSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { stringify } from 'yaml';
import { clockOf } from '../../fleet/clock.ts';
import { openFleet } from '../../fleet/fleet.ts';
import { Scenario } from '../../fleet/scenario.ts';
import { seed } from '../../fleet/seed.ts';
import { azureOf } from '../../unit/sources/azure/cloud.ts';
import { TOKEN as AZURE_TOKEN } from '../../unit/sources/azure/open.ts';
import { price, vm } from '../../unit/sources/azure/resources.ts';
import { KEY, NEOCLOUDS } from '../../unit/sources/neoclouds/open.ts';
import { gpu, matrix, startServer } from '../../unit/sources/prometheus/server.ts';
import { apiServer, cluster, world } from '../../unit/sources/skypilot/server.ts';
import { instance, vastOf } from '../../unit/sources/vast/cloud.ts';
import { installCli } from '../azure/sign_in.ts';
import type { Rented } from '../rented/home.ts';
import { installNebius } from '../rented/nebius_program.ts';

/** A GPU, as nvidia-smi prints it: https://docs.nvidia.com/deploy/nvidia-smi/index.html */
const NVIDIA_SMI = `#!/bin/sh
case "$*" in
  *--query-gpu*) echo '0, GPU-6f1c2f1e-0000-4000-8000-000000000000, NVIDIA H100 80GB HBM3, 92, 40123, 81559, 512.33' ;;
esac
`;

/**
 * Signs in to every system that there is a source for, each served by a server (or program) of its
 * own shape, and says what burnrate.yaml must. Returns what ends what was opened for it.
 */
export async function signInEverywhere(home: Rented): Promise<() => Promise<void>> {
  const fleet = await openFleet(Scenario.parse(seed), clockOf(undefined));
  const { aws, exporters, elsewhere } = fleet.addresses;
  const series = gpu({ DCGM_FI_DEV_GPU_UTIL: 92, DCGM_FI_DEV_FB_USED: 1000 });
  const prometheus = await startServer(() => matrix(series));
  const bin = await installNebius(home.path);
  writeFileSync(join(bin, 'nvidia-smi'), NVIDIA_SMI);
  chmodSync(join(bin, 'nvidia-smi'), 0o755);
  const azureCli = installCli(home.path, AZURE_TOKEN);
  const azure = await home.serve(
    azureOf(AZURE_TOKEN, {
      resources: [vm('a100', 'Standard_NC24ads_A100_v4')],
      prices: [price('Standard_NC24ads_A100_v4', 3.673)],
    }),
  );
  const neoclouds = Object.fromEntries(
    await Promise.all(
      Object.entries(NEOCLOUDS).map(async ([name, { url, cloudOf, machine }]) => [
        name,
        { url: url(await home.serve(cloudOf([machine()]))) },
      ]),
    ),
  );
  const token = join(home.path, 'gcp-token');
  writeFileSync(token, 'any\n', { mode: 0o600 });
  const kubeconfig = join(home.path, 'kubeconfig');
  const entry = (kind: string, value: unknown) => [{ name: 'research', [kind]: value }];
  writeFileSync(
    kubeconfig,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'research',
      clusters: entry('cluster', { server: elsewhere.kubernetes }),
      contexts: entry('context', { cluster: 'research', user: 'research' }),
      users: entry('user', { token: 'any' }),
    }),
    { mode: 0o600 },
  );
  const { gcp } = elsewhere;
  Object.assign(home.env, azureCli, ...Object.values(NEOCLOUDS).map(({ env }) => env), {
    PATH: `${bin}${delimiter}${azureCli.PATH}`,
    HOME: home.path,
    AWS_ACCESS_KEY_ID: 'AKIAANY',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: aws,
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: token,
    CLOUDSDK_CORE_PROJECT: 'vision-lab',
    LAMBDA_API_KEY: 'any-key',
    RUNPOD_API_KEY: 'any-key',
    VAST_API_KEY: KEY,
    SKYPILOT_SERVICE_ACCOUNT_TOKEN: KEY,
    SLURM_JWT: ['{}', '{"sun":"sam"}', 'any']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.'),
    KUBECONFIG: kubeconfig,
  });
  home.configure({
    // Its reader has no address but Azure's own.
    invoices: { 'azure-cost-management': { enabled: false } },
    sources: {
      dcgm: { endpoints: exporters },
      prometheus: { servers: [{ url: prometheus.url }] },
      otlp: { enabled: true, port: await freePort() },
      gcp: {
        endpoints: {
          compute: `${gcp}/compute/v1`,
          aiplatform: gcp,
          cloudbilling: gcp,
          monitoring: gcp,
          oauth2: gcp,
        },
      },
      azure: { url: azure, pricesUrl: azure },
      lambda: { url: elsewhere.lambda },
      runpod: { url: `${elsewhere.runpod}/v1`, telemetryUrl: elsewhere.runpod },
      vast: { url: await home.serve(vastOf(KEY, [instance()])) },
      skypilot: { endpoint: await home.serve(apiServer(world({ clusters: [cluster()] }))) },
      slurm: { name: 'campus', rest: { url: elsewhere.slurm } },
      kubernetes: { prices: { '*': { GPU: 1.1 } } },
      ...neoclouds,
    },
  });
  return async () => {
    fleet.close();
    await prometheus.close();
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
