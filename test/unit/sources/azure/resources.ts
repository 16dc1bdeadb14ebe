/** Resources as Azure's documentation shows them, cut down, changed where a test needs it. */

export const TENANT = '72f988bf-0000-4000-8000-2d7cd011db47';
export const SUBSCRIPTION = '9e223dbe-3399-4e19-88eb-0975f02ac87f';
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/ml-rg/providers`;

type Changes = Record<string, unknown>;
export type Resource = { id: string; name: string; type: string } & Record<string, unknown>;

export interface VmChanges {
  power?: string;
  tags?: Record<string, string>;
  location?: string;
  properties?: Changes;
}

/**
 * A virtual machine as Resource Graph has it: Resource Manager's own properties, and the power
 * state under `extended`.
 * https://learn.microsoft.com/azure/governance/resource-graph/samples/advanced
 * https://learn.microsoft.com/rest/api/compute/virtual-machines/get
 */
export function vm(name: string, size: string, changes: VmChanges = {}): Resource {
  const { power = 'running', tags = {}, location = 'eastus', properties } = changes;
  return {
    id: `${GROUP}/Microsoft.Compute/virtualMachines/${name}`,
    name,
    type: 'microsoft.compute/virtualmachines',
    location,
    subscriptionId: SUBSCRIPTION,
    tags,
    sku: null,
    properties: {
      vmId: '5c0d55a7-c407-4ed6-bf7d-ddb810267c85',
      timeCreated: '2026-11-20T08:00:00.0000000+00:00',
      provisioningState: 'Succeeded',
      hardwareProfile: { vmSize: size },
      osProfile: { computerName: name, adminUsername: 'azureuser' },
      storageProfile: {
        osDisk: { name: `${name}_OsDisk`, osType: 'Linux' },
        dataDisks: [{ lun: 0, name: `${name}_data` }],
      },
      extended: { instanceView: { powerState: { code: `PowerState/${power}` } } },
      ...properties,
    },
  };
}

/** https://learn.microsoft.com/rest/api/virtualnetwork/network-interfaces/get */
export function card(machine: Resource, privateIPAddress: string): Resource {
  const id = `${GROUP}/Microsoft.Network/networkInterfaces/${machine.name}-nic`;
  return {
    id,
    name: `${machine.name}-nic`,
    type: 'microsoft.network/networkinterfaces',
    location: 'eastus',
    subscriptionId: SUBSCRIPTION,
    properties: {
      virtualMachine: { id: machine.id },
      ipConfigurations: [{ name: 'ipconfig1', properties: { privateIPAddress } }],
    },
  };
}

/** https://learn.microsoft.com/rest/api/virtualnetwork/public-ip-addresses/get */
export function publicAddress(of: Resource, ipAddress: string): Resource {
  return {
    id: `${of.id}-ip`,
    name: `${of.name}-ip`,
    type: 'microsoft.network/publicipaddresses',
    location: 'eastus',
    subscriptionId: SUBSCRIPTION,
    properties: { ipAddress, ipConfiguration: { id: `${of.id}/ipConfigurations/ipconfig1` } },
  };
}

/** A pool of AKS, which is a scale set, with one machine in it. https://learn.microsoft.com/azure/aks/use-tags */
export function pool(name: string, size: string, priority = 'Regular'): Resource[] {
  const id = `${GROUP}/Microsoft.Compute/virtualMachineScaleSets/${name}`;
  const tags = {
    'aks-managed-poolName': 'gpu',
    'aks-managed-cluster-name': 'train',
    'aks-managed-cluster-rg': 'aks-rg',
  };
  const common = { location: 'eastus', subscriptionId: SUBSCRIPTION, tags };
  return [
    {
      ...common,
      id,
      name,
      type: 'microsoft.compute/virtualmachinescalesets',
      sku: { name: size, capacity: 1 },
      properties: { orchestrationMode: 'Uniform', virtualMachineProfile: { priority } },
    },
    {
      ...common,
      id: `${id}/virtualMachines/0`,
      name: `${name}_0`,
      type: 'microsoft.compute/virtualmachinescalesets/virtualmachines',
      sku: { name: size },
      properties: {
        vmId: '11111111-c407-4ed6-bf7d-ddb810267c85',
        timeCreated: '2026-11-24T08:00:00.0000000+00:00',
        hardwareProfile: { vmSize: size },
        osProfile: { computerName: `${name}000000` },
        storageProfile: { osDisk: { osType: 'Linux' } },
        extended: { instanceView: { powerState: { code: 'PowerState/running' } } },
      },
    },
  ];
}

const WORKSPACE = `${GROUP}/Microsoft.MachineLearningServices/workspaces/research`;

export function workspace(): Resource {
  return {
    id: WORKSPACE,
    name: 'research',
    type: 'microsoft.machinelearningservices/workspaces',
    location: 'eastus',
    subscriptionId: SUBSCRIPTION,
    properties: { friendlyName: 'research' },
  };
}

/** https://learn.microsoft.com/rest/api/azureml/compute/list */
export function cluster(name: string, properties: Changes = {}) {
  return {
    id: `${WORKSPACE}/computes/${name}`,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/computes',
    location: 'eastus',
    tags: {},
    systemData: { createdBy: 'ada@example.com', createdByType: 'User' },
    properties: {
      computeType: 'AmlCompute',
      computeLocation: 'eastus',
      provisioningState: 'Succeeded',
      properties: {
        vmSize: 'STANDARD_NC24ADS_A100_V4',
        vmPriority: 'LowPriority',
        currentNodeCount: 2,
        scaleSettings: { minNodeCount: 0, maxNodeCount: 4, nodeIdleTimeBeforeScaleDown: 'PT2M' },
        ...properties,
      },
    },
  };
}

export function instance(name: string, properties: Changes = {}) {
  const base = cluster(name);
  return {
    ...base,
    properties: {
      ...base.properties,
      computeType: 'ComputeInstance',
      properties: {
        vmSize: 'Standard_NC6s_v3',
        state: 'Running',
        createdBy: { userName: 'Ada Lovelace', userId: 'ada-object-id' },
        lastOperation: {
          operationName: 'Start',
          operationTime: '2026-11-25T06:00:00Z',
          operationStatus: 'Succeeded',
        },
        ...properties,
      },
    },
  };
}

/** https://learn.microsoft.com/rest/api/azureml/jobs/list */
export function run(name: string, status: string, properties: Changes = {}) {
  return {
    id: `${WORKSPACE}/jobs/${name}`,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/jobs',
    systemData: { createdBy: 'ada@example.com', createdAt: '2026-11-25T07:00:00Z' },
    properties: {
      jobType: 'Command',
      displayName: `${name} display`,
      experimentName: 'tuning',
      status,
      computeId: `${WORKSPACE}/computes/a100s`,
      tags: {},
      ...properties,
    },
  };
}

/** https://learn.microsoft.com/rest/api/compute/resource-skus/list */
export function sku(name: string, capabilities: Record<string, string>) {
  return {
    resourceType: 'virtualMachines',
    name,
    locations: ['eastus'],
    capabilities: Object.entries(capabilities).map(([key, value]) => ({ name: key, value })),
  };
}

/** https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices */
export function price(armSkuName: string, retailPrice: number, changes: Changes = {}) {
  return {
    currencyCode: 'USD',
    tierMinimumUnits: 0,
    retailPrice,
    unitPrice: retailPrice,
    armRegionName: 'eastus',
    location: 'US East',
    effectiveStartDate: '2024-07-01T00:00:00Z',
    meterId: '000a794b-bdb0-58be-a0cd-0c3a0f222923',
    meterName: 'NC24ads A100 v4',
    productName: 'Virtual Machines NCads A100 v4 Series',
    skuName: 'NC24ads A100 v4',
    serviceName: 'Virtual Machines',
    unitOfMeasure: '1 Hour',
    type: 'Consumption',
    isPrimaryMeterRegion: true,
    armSkuName,
    ...changes,
  };
}

/** https://learn.microsoft.com/rest/api/monitor/activity-logs/list */
export function event(operation: string, eventTimestamp: string, changes: Changes = {}) {
  return {
    eventTimestamp,
    caller: 'ada@example.com',
    correlationId: eventTimestamp,
    operationName: { value: `Microsoft.Compute/virtualMachines/${operation}` },
    status: { value: 'Succeeded' },
    ...changes,
  };
}
