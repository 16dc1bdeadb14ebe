import type { Listening } from '../listen.ts';
import { type Asked, tell } from './json.ts';
import type { Rental } from './lambda.ts';

const SUBSCRIPTION = '4c1f0a52-7d3b-4e0c-9a61-2b8f5d6e7a90';
const SCOPE = `/subscriptions/${SUBSCRIPTION}`;
const COMPUTE = `${SCOPE}/resourceGroups/rlhf/providers/Microsoft.Compute`;
const REGION = 'eastus';
const DAY = 86_400_000;

/** What the sizes have, by Resource SKUs: https://learn.microsoft.com/rest/api/compute/resource-skus/list */
const SIZES: Readonly<Record<string, Record<string, string>>> = {
  Standard_NC40ads_H100_v5: { vCPUs: '40', MemoryGB: '320', GPUs: '1', NvmeDiskSizeInMiB: '3354' },
};

/**
 * Azure Resource Manager, the Retail Prices API, and the token service of a managed identity at one
 * address. https://learn.microsoft.com/rest/api/compute/virtual-machines
 */
export function openAzure(rentals: readonly Rental[]): Promise<Listening> {
  return tell((asked) => {
    const { call } = asked;
    // Azure's ids are the same in capitals or not.
    const found = rentals.find(({ machine }) =>
      call.toLowerCase().includes(pathOf(machine.name).toLowerCase()),
    );
    if (found) return ofMachine(found, call);
    switch (call) {
      case 'GET /msi/token':
        return { body: token() };
      case 'GET /api/retail/prices':
        return { body: pricesOf(rentals, asked) };
      case 'POST /providers/Microsoft.ResourceGraph/resources':
        return { body: { resultTruncated: 'false', data: rentals.map(inGraph) } };
      case `GET ${SCOPE}`:
        return { body: { id: SCOPE, subscriptionId: SUBSCRIPTION, state: 'Enabled' } };
      case `GET ${SCOPE}/providers/Microsoft.Compute/skus`:
        return listOf(Object.entries(SIZES).map(skuOf));
      case `GET ${SCOPE}/providers/Microsoft.Compute/disks`:
      case `GET ${SCOPE}/providers/Microsoft.Network/publicIPAddresses`:
        return listOf([]);
      case `GET ${SCOPE}/providers/Microsoft.Authorization/permissions`:
        return listOf([{ actions: ['*'], notActions: ['Microsoft.Authorization/*/Write'] }]);
      case `GET ${SCOPE}/providers/Microsoft.Insights/eventtypes/management/values`:
        return listOf(startsIn(rentals, asked));
      default:
        return undefined;
    }
  });
}

function listOf(value: unknown[]) {
  return { body: { value } };
}

function pathOf(name: string): string {
  return `${COMPUTE}/virtualMachines/${name}`;
}

/** Azure Monitor has nothing yet of its network; what is ordered is accepted, and done at once. */
function ofMachine(rental: Rental, call: string) {
  if (call.endsWith('/Microsoft.Insights/metrics')) return listOf([]);
  if (call.startsWith('GET')) return { body: inManager(rental) };
  if (!call.endsWith('/deallocate')) return undefined;
  rental.tenure.end();
  return { status: 202, body: undefined };
}

/**
 * App Service and its like give tokens over plain HTTP on the machine itself.
 * https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
function token() {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { idtyp: 'app', oid: '6f0d9c1e-2a47-4b58-8c11-0d3e5f7a9b21' };
  return {
    access_token: `${part({ typ: 'JWT', alg: 'RS256' })}.${part(claims)}.demo`,
    // By the hour of the sign-in's library, which has no part in the story's time.
    expires_on: String(Math.floor((Date.now() + DAY) / 1000)),
    resource: 'https://management.azure.com',
    token_type: 'Bearer',
  };
}

/** What both ways to see a machine have in common. */
function machineOf({ machine, tenure }: Rental, state: Record<string, unknown>) {
  const { name, type } = machine;
  return {
    id: pathOf(name),
    name,
    type: 'Microsoft.Compute/virtualMachines',
    location: REGION,
    subscriptionId: SUBSCRIPTION,
    tags: { owner: 'sam', team: 'applied-ml' },
    properties: {
      vmId: 'a6c3f0d2-51be-4f7d-9d0a-7e2b9c4f1d68',
      // Made days ago, and started again for this job.
      timeCreated: new Date(tenure.startedAt - 3 * DAY).toISOString(),
      provisioningState: 'Succeeded',
      hardwareProfile: { vmSize: type },
      osProfile: { computerName: name },
      storageProfile: { osDisk: { name: `${name}_OsDisk`, osType: 'Linux' }, dataDisks: [] },
      ...state,
    },
  };
}

function powerOf({ tenure }: Rental) {
  return { code: `PowerState/${tenure.endedAt === undefined ? 'running' : 'deallocated'}` };
}

/** https://learn.microsoft.com/azure/governance/resource-graph/samples/samples-by-table */
function inGraph(rental: Rental) {
  return machineOf(rental, { extended: { instanceView: { powerState: powerOf(rental) } } });
}

/** https://learn.microsoft.com/rest/api/compute/virtual-machines/instance-view */
function inManager(rental: Rental) {
  const statuses = [{ code: 'ProvisioningState/succeeded' }, powerOf(rental)];
  return machineOf(rental, { instanceView: { statuses } });
}

function skuOf([name, capabilities]: [string, Record<string, string>]) {
  return {
    resourceType: 'virtualMachines',
    name,
    locations: [REGION],
    capabilities: Object.entries(capabilities).map(([key, value]) => ({ name: key, value })),
  };
}

/** The activity log of one machine. https://learn.microsoft.com/rest/api/monitor/activity-logs/list */
function startsIn(rentals: readonly Rental[], { query }: Asked) {
  const filter = query.get('$filter')?.toLowerCase() ?? '';
  return rentals
    .filter(({ machine }) => filter.includes(`'${pathOf(machine.name)}'`.toLowerCase()))
    .map(({ id, tenure }) => ({
      eventTimestamp: new Date(tenure.startedAt).toISOString(),
      caller: 'sam@example.com',
      correlationId: id,
      operationName: { value: 'Microsoft.Compute/virtualMachines/start/action' },
      status: { value: 'Succeeded' },
    }));
}

/**
 * A size's meters: as it is, with Windows, and spot.
 * https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
 */
function pricesOf(rentals: readonly Rental[], { query }: Asked) {
  const filter = query.get('$filter') ?? '';
  const Items = rentals
    .map(({ machine }) => machine)
    .filter(({ type }) => filter.includes(`armSkuName eq '${type}'`))
    .flatMap(({ type, dollarsPerHour }) => {
      const meterName = type.replace(/^Standard_/, '').replaceAll('_', ' ');
      const item = (retailPrice: number, meter: string, productName: string) => ({
        currencyCode: 'USD',
        tierMinimumUnits: 0,
        retailPrice,
        armRegionName: REGION,
        effectiveStartDate: '2025-01-01T00:00:00Z',
        meterName: meter,
        productName,
        skuName: meter,
        serviceName: 'Virtual Machines',
        unitOfMeasure: '1 Hour',
        type: 'Consumption',
        armSkuName: type,
      });
      const product = `Virtual Machines ${meterName} Series`;
      return [
        item(dollarsPerHour * 0.4, `${meterName} Spot`, product),
        item(dollarsPerHour + 1.84, meterName, `${product} Windows`),
        item(dollarsPerHour, meterName, product),
      ];
    });
  return { BillingCurrency: 'USD', Items, NextPageLink: null, Count: Items.length };
}
