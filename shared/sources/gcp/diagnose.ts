import { z } from 'zod';
import { counted } from '../../model/count.ts';
import type { Leftover } from '../../model/leftover.ts';
import { check } from '../check.ts';
import { leftoversFound } from '../leftovers.ts';
import { type Check, SourceError, type Surroundings } from '../source.ts';
import type { Api } from './api.ts';
import { refusalRemedy } from './errors.ts';
import type { Inventory } from './inventory.ts';
import { readTelemetry } from './telemetry.ts';
import { SkuPage } from './wire.ts';

const Permissions = z.object({ permissions: z.array(z.string()).default([]) });

/** Tries what each capability needs. Google tells, without doing it, whether a stop is allowed. */
export async function diagnose(
  {
    api,
    inventory,
    leftovers,
    clock,
  }: {
    api: Api;
    inventory: Inventory;
    leftovers: (signal: AbortSignal) => Promise<Leftover[]>;
    clock: Surroundings['clock'];
  },
  signal: AbortSignal,
): Promise<Check[]> {
  const { account, project } = api;
  const connect = await check('connect', account.name, async () => {
    const caller = await inventory.caller(signal);
    return `signed in as ${caller?.email ?? 'somebody whom Google does not name'}, project ${project}`;
  });
  if (!connect.ok) return [connect];
  const inventoryRead = inventory.refresh(signal);
  inventoryRead.catch(() => {
    // Each line that needs it says so.
  });
  const nodes = async () => {
    const { nodes, failures } = await inventoryRead;
    const [first] = failures;
    if (first) throw first;
    const gpus = nodes.reduce((sum, node) => sum + node.gpus.count, 0);
    return `${counted(nodes.length, 'machine')} with ${counted(gpus, 'GPU')}`;
  };
  const jobs = async () => {
    const all = (await inventoryRead).jobs.filter(({ state }) => state === 'running');
    return `${all.length} running, ${all.filter(({ mine }) => mine).length} of them yours`;
  };
  const prices = async () => {
    const path = '/v1/services/6F81-5844-456A/skus?pageSize=1&fields=skus(description)';
    await api.ask('cloudbilling', { path, schema: SkuPage, signal });
    return 'may read the price catalogue';
  };
  const telemetry = async () => {
    const samples = await readTelemetry(api, clock.now(), signal);
    return samples.length > 0
      ? `${counted(samples.length, 'reading')} of how busy GPUs are`
      : 'no GPU is measured now: the Ops Agent, with its GPU part, would do it on each machine';
  };
  return [
    connect,
    await check('nodes', account.name, nodes),
    await check('jobs', account.name, jobs),
    await check('prices', account.name, prices),
    await check('telemetry', account.name, telemetry),
    await check('leftovers', account.name, async () => leftoversFound(await leftovers(signal))),
    await check('stop', account.name, () => mayStop(api, inventory, signal)),
  ];
}

/** https://cloud.google.com/compute/docs/reference/rest/v1/instances/testIamPermissions */
async function mayStop(api: Api, inventory: Inventory, signal: AbortSignal): Promise<string> {
  const mine = inventory.lastSeen().find((node) => node.mine && node.state === 'running');
  if (!mine) return 'not tried: none of your instances is running';
  const wanted = ['compute.instances.stop', 'compute.instances.delete'];
  const { permissions } = await api.ask('compute', {
    method: 'POST',
    path: `/projects/${api.project}/zones/${mine.labels.zone}/instances/${mine.name}/testIamPermissions`,
    body: { permissions: wanted },
    schema: Permissions,
    signal,
  });
  const missing = wanted.find((permission) => !permissions.includes(permission));
  if (!missing) return `may stop and delete (asked of ${mine.name}; nothing was stopped)`;
  throw new SourceError('denied', {
    account: api.account.id,
    message: `${missing} is not allowed (asked of ${mine.name})`,
    remedy: refusalRemedy('compute', missing, api.options),
  });
}
