import { z } from 'zod';
import { ML_VERSION } from './learning/wire.ts';
import { type Manager, unlessGone } from './resource_manager.ts';

/** A resource as Resource Graph and Resource Manager both show it. */
export const Row = z.object({
  id: z.string().min(1),
  name: z.string(),
  type: z.string().transform((type) => type.toLowerCase()),
  location: z.string(),
  subscriptionId: z.string().default(''),
  tags: z.record(z.string(), z.string()).nullish().catch(undefined),
  sku: z.object({ name: z.string().nullish() }).nullish().catch(undefined),
  properties: z.record(z.string(), z.unknown()),
});
export type Row = z.infer<typeof Row>;

export const TYPES = {
  machine: 'microsoft.compute/virtualmachines',
  scaleSet: 'microsoft.compute/virtualmachinescalesets',
  member: 'microsoft.compute/virtualmachinescalesets/virtualmachines',
  card: 'microsoft.network/networkinterfaces',
  address: 'microsoft.network/publicipaddresses',
  workspace: 'microsoft.machinelearningservices/workspaces',
} as const;

/**
 * Machines with their power state, members of scale sets (which are in a table of their own), the
 * addresses they have, and the workspaces of Azure ML: all in one.
 * https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources
 * https://learn.microsoft.com/azure/governance/resource-graph/samples/samples-by-table
 */
export const QUERY = `resources
| where type in~ ('${TYPES.machine}', '${TYPES.scaleSet}', '${TYPES.workspace}')
    or (type =~ '${TYPES.card}' and isnotnull(properties.virtualMachine.id))
    or (type =~ '${TYPES.address}' and isnotnull(properties.ipConfiguration.id))
| union (computeresources | where type =~ '${TYPES.member}')
| project id, name, type, location, subscriptionId, tags, sku, properties
| order by id asc`;

const Answer = z.object({
  data: z.array(Row),
  $skipToken: z.string().nullish(),
});

/** What one page may hold. */
const PAGE = 1000;
const MOST_PAGES = 100;

/**
 * The rows of these subscriptions, of all that the sign-in may see where none is given. Changes show
 * here within a minute, mostly within seconds.
 * https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
 */
export async function queryMachines(
  manager: Manager,
  subscriptions: readonly string[],
  signal: AbortSignal,
): Promise<Row[]> {
  const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01';
  const rows: Row[] = [];
  const seen = new Set<string>();
  let $skipToken: string | undefined;
  do {
    const body = {
      query: QUERY,
      ...(subscriptions.length > 0 && { subscriptions }),
      options: { resultFormat: 'objectArray', $top: PAGE, ...($skipToken && { $skipToken }) },
    };
    const answer = await manager.post(path, body, Answer, signal);
    rows.push(...answer.data);
    $skipToken = answer.$skipToken ?? undefined;
    if ($skipToken && (seen.has($skipToken) || seen.size === MOST_PAGES)) break;
    if ($skipToken) seen.add($skipToken);
  } while ($skipToken);
  return rows;
}

const COMPUTE = 'providers/Microsoft.Compute';
const COMPUTE_VERSION = 'api-version=2024-07-01';

/**
 * The same by the lists of Resource Manager, for a sign-in that may not use Resource Graph, but
 * without addresses. `statusOnly` lists the power states, which the plain list leaves out.
 * https://learn.microsoft.com/rest/api/compute/virtual-machines/list-all
 * https://learn.microsoft.com/rest/api/compute/virtual-machine-scale-set-vms/list
 */
export async function listMachines(
  manager: Manager,
  subscription: string,
  signal: AbortSignal,
): Promise<Row[]> {
  const scope = `/subscriptions/${subscription}`;
  const list = (path: string) => manager.list(path, Row, signal);
  const machines = `${scope}/${COMPUTE}/virtualMachines?${COMPUTE_VERSION}`;
  const [plain, states, sets, workspaces] = await Promise.all([
    list(machines),
    list(`${machines}&statusOnly=true`),
    list(`${scope}/${COMPUTE}/virtualMachineScaleSets?${COMPUTE_VERSION}`),
    list(`${scope}/providers/Microsoft.MachineLearningServices/workspaces?${ML_VERSION}`),
  ]);
  const views = new Map(
    states.map(({ id, properties }) => [id.toLowerCase(), properties.instanceView]),
  );
  const members = await Promise.all(
    sets
      .filter(({ properties }) => properties.orchestrationMode !== 'Flexible')
      .map(({ id }) => list(`${id}/virtualMachines?$expand=instanceView&${COMPUTE_VERSION}`)),
  );
  return [
    ...plain.map((row) => ({
      ...row,
      properties: { ...row.properties, instanceView: views.get(row.id.toLowerCase()) },
    })),
    ...[sets, workspaces, ...members].flat(),
  ].map((row) => ({ ...row, subscriptionId: subscription }));
}

/** A machine as it is this moment; undefined where it is gone. */
export function readMachine(manager: Manager, id: string, signal: AbortSignal) {
  return unlessGone(manager.get(`${id}?$expand=instanceView&${COMPUTE_VERSION}`, Row, signal));
}

/** https://learn.microsoft.com/rest/api/compute/virtual-machines/deallocate */
export async function deallocate(manager: Manager, id: string, signal: AbortSignal): Promise<void> {
  await manager.post(`${id}/deallocate?${COMPUTE_VERSION}`, undefined, z.unknown(), signal);
}

/** https://learn.microsoft.com/rest/api/resources/subscriptions/list */
export async function listSubscriptions(manager: Manager, signal: AbortSignal): Promise<string[]> {
  const Subscription = z.object({ subscriptionId: z.string() });
  const path = '/subscriptions?api-version=2022-12-01';
  const found = await manager.list(path, Subscription, signal);
  return found.map(({ subscriptionId }) => subscriptionId);
}
