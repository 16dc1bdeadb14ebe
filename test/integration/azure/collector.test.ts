import { readFileSync } from 'node:fs';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { expect, onTestFinished, test } from 'vitest';
import { programFile } from '../../programs.ts';
import { Home, snapshotWhere } from '../../unit/collector/live.ts';
import { azureOf, type Cloud } from '../../unit/sources/azure/cloud.ts';
import { TOKEN } from '../../unit/sources/azure/open.ts';
import {
  cluster,
  event,
  price,
  run,
  sku,
  TENANT,
  vm,
  workspace,
} from '../../unit/sources/azure/resources.ts';
import { type Service, startService } from '../../unit/sources/service.ts';
import { AUTHORITY, installCli, startEntra, startIdentity } from './sign_in.ts';

const MAIN = programFile('collector');
const A100 = 'Standard_NC24ads_A100_v4';
const hourAgo = () => new Date(Date.now() - 3_600_000).toISOString();

/** A machine that was started an hour ago, and a job of Azure ML. */
function cloudNow(): Cloud {
  return {
    resources: [vm('a100', A100), workspace()],
    computes: [cluster('a100s')],
    clusterNodes: { a100s: [{ nodeId: 'n1', nodeState: 'running', runId: 'tune' }] },
    runs: [run('tune', 'Running')],
    skus: [sku(A100, { GPUs: '1', vCPUs: '24' })],
    prices: [
      price(A100, 3.673),
      price(A100, 0.6979, { meterName: 'NC24ads A100 v4 Spot' }),
      price(A100, 0.7346, { meterName: 'NC24ads A100 v4 Low Priority' }),
    ],
    events: { a100: [event('start/action', hourAgo())] },
  };
}

/** A real collector over an Azure of the shape that is documented. */
async function collectorOf(cloud: Cloud, env: (home: Home) => Record<string, string>) {
  const service: Service = await startService(azureOf(TOKEN, cloud));
  const home = new Home({ BURNRATE_SOURCES: 'azure' });
  onTestFinished(async () => {
    await home[Symbol.asyncDispose]();
    await service.close();
  });
  Object.assign(home.env, env(home));
  home.configure({ sources: { azure: { url: service.url, pricesUrl: service.url } } });
  const link = await home.connect({
    launch: { command: process.execPath, args: [MAIN], env: { ...process.env, ...home.env } },
  });
  return { home, link, service };
}

const running = ({ jobs }: Snapshot) =>
  jobs.filter(({ state }) => state === 'running').length === 2;

test('after az login, machines and jobs cost what is listed, and are stopped until Azure confirms', async () => {
  const cloud = cloudNow();
  const { home, link, service } = await collectorOf(cloud, ({ path }) => installCli(path, TOKEN));
  const seen = await snapshotWhere(
    link,
    'a machine and a job of Azure ML, priced',
    (one) => running(one) && one.rate.unpriced === 0 && one.rate.micros > 0,
  );
  expect(seen.rate).toMatchObject({ micros: 3_673_000 + 734_600, provenance: 'list' });
  const machine = seen.jobs.find(({ name }) => name === 'a100');
  // What was paid before it was first seen is counted, too.
  expect(machine?.total.micros).toBeGreaterThan(3_600_000);

  for (const { id: jobId } of seen.jobs) {
    const { action } = await link.request('planStop', { jobId });
    await link.request('stop', { jobId, action });
  }
  await snapshotWhere(
    link,
    'both stops sent',
    ({ stops }) =>
      stops.length === 2 && stops.every(({ state }) => state === 'sent' || state === 'confirmed'),
  );
  const orders = service.asked
    .map(({ call }) => call)
    .filter((call) => /deallocate|cancel/.test(call));
  expect(orders).toHaveLength(2);

  cloud.resources = [vm('a100', A100, { power: 'deallocated' }), workspace()];
  cloud.runs = [run('tune', 'Canceled')];
  cloud.clusterNodes = {};
  await link.request('refresh', {});
  const ended = await snapshotWhere(
    link,
    'both stops confirmed, nothing costs',
    (one) => one.stops.every(({ state }) => state === 'confirmed') && one.rate.micros === 0,
  );
  const kept = JSON.stringify(ended) + home.log() + readFileSync(home.paths.database, 'latin1');
  expect(kept).not.toContain(TOKEN);
});

test('a service principal signs in by Azure’s own library', async () => {
  const entra = await startEntra('canary-4711', TOKEN);
  onTestFinished(() => entra.close());
  const { home, link } = await collectorOf(cloudNow(), () => ({
    AZURE_TENANT_ID: TENANT,
    AZURE_CLIENT_ID: 'b0c5e2f4-0000-4000-8000-000000000001',
    AZURE_CLIENT_SECRET: 'canary-4711',
    AZURE_AUTHORITY_HOST: entra.url,
    NODE_EXTRA_CA_CERTS: AUTHORITY,
  }));
  const seen = await snapshotWhere(link, 'a machine and a job', running);
  expect(entra.asked.filter((call) => call.startsWith('POST'))).toHaveLength(1);
  expect(JSON.stringify(seen) + home.log()).not.toContain('canary-4711');
});

test('a secret that is refused says so, and is not shown', async () => {
  const entra = await startEntra('another', TOKEN);
  onTestFinished(() => entra.close());
  const { link } = await collectorOf(cloudNow(), () => ({
    AZURE_TENANT_ID: TENANT,
    AZURE_CLIENT_ID: 'b0c5e2f4-0000-4000-8000-000000000001',
    AZURE_CLIENT_SECRET: 'canary-4711',
    AZURE_AUTHORITY_HOST: entra.url,
    NODE_EXTRA_CA_CERTS: AUTHORITY,
  }));
  const failed = await snapshotWhere(link, 'an account that fails', ({ accounts }) =>
    accounts.some(({ failure }) => failure !== undefined),
  );
  const failure = failed.accounts.find((account) => account.failure)?.failure;
  expect(failure).toMatchObject({
    kind: 'denied',
    message: expect.stringContaining('AADSTS7000215'),
  });
  expect(failure?.remedy).toContain('AZURE_CLIENT_ID');
  expect(JSON.stringify(failed)).not.toContain('canary-4711');
});

test('a managed identity signs in by Azure’s own library', async () => {
  const identity = await startIdentity('header-4711', TOKEN);
  onTestFinished(() => identity.close());
  const { link } = await collectorOf(cloudNow(), () => ({
    IDENTITY_ENDPOINT: `${identity.url}/msi/token`,
    IDENTITY_HEADER: 'header-4711',
    // What is set to nothing is not set.
    AZURE_AUTHORITY_HOST: '',
  }));
  await snapshotWhere(link, 'a machine and a job', running);
  expect(identity.asked[0]).toContain('GET /msi/token?');
});
