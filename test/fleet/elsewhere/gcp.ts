import type { Listening } from '../listen.ts';
import { tell } from './json.ts';
import type { Rental } from './lambda.ts';

const PROJECT = 'vision-lab';
const ZONE = 'us-central1-a';
const API = `/compute/v1/projects/${PROJECT}`;
const URL_OF = `https://www.googleapis.com/compute/v1/projects/${PROJECT}/zones/${ZONE}`;
const A100 = 'nvidia-tesla-a100';

/** What the a2 machines have, and the SKUs of which their price is made: https://cloud.google.com/skus */
const TYPES: Readonly<Record<string, { guestCpus: number; memoryMb: number; gpus: number }>> = {
  'a2-highgpu-1g': { guestCpus: 12, memoryMb: 87_040, gpus: 1 },
};
const SKUS = [
  sku('A2 Instance Core running in Americas', 'CPU', 0.031611),
  sku('A2 Instance Ram running in Americas', 'RAM', 0.004237),
  sku('Nvidia Tesla A100 GPU running in Americas', 'GPU', 2.933908),
];

/**
 * Compute Engine, Cloud Billing's catalogue and sign-in at one address.
 * https://cloud.google.com/compute/docs/reference/rest/v1/instances
 */
export function openGcp(rentals: readonly Rental[]): Promise<Listening> {
  return tell(({ call }) => {
    const found = rentals.find(({ machine }) =>
      call.includes(`${API}/zones/${ZONE}/instances/${machine.name}`),
    );
    if (found) return { body: answerOf(found, call) };
    if (call.includes(`${API}/zones/${ZONE}/machineTypes/`))
      return { body: typeOf(call.split('/').at(-1) ?? '') };
    if (/^GET \/v1\/projects\/[\w-]+\/locations\/[\w-]+\/customJobs$/.test(call))
      return { body: { customJobs: [] } };
    if (/^GET \/v1\/services\/[\w-]+\/skus$/.test(call))
      return { body: { skus: SKUS, nextPageToken: '' } };
    switch (call) {
      case 'GET /tokeninfo':
        return { body: { azp: 'demo', email: 'sam@example.com', expires_in: '3000' } };
      case `GET ${API}/aggregated/instances`:
        return {
          body: {
            kind: 'compute#instanceAggregatedList',
            items: { [`zones/${ZONE}`]: { instances: rentals.map(instanceOf) } },
          },
        };
      case `GET ${API}/aggregated/disks`:
        return { body: { kind: 'compute#diskAggregatedList', items: {} } };
      case `GET ${API}/aggregated/addresses`:
        return { body: { kind: 'compute#addressAggregatedList', items: {} } };
      case `GET ${API}/aggregated/machineTypes`:
        return {
          body: { items: { [`zones/${ZONE}`]: { machineTypes: Object.keys(TYPES).map(typeOf) } } },
        };
      case `GET /v3/projects/${PROJECT}/timeSeries`:
        return { body: { timeSeries: [] } };
      default:
        return undefined;
    }
  });
}

function answerOf(rental: Rental, call: string): unknown {
  if (call.endsWith('/testIamPermissions'))
    return { permissions: ['compute.instances.stop', 'compute.instances.delete'] };
  if (call.startsWith('GET')) return instanceOf(rental);
  rental.tenure.end();
  return { kind: 'compute#operation', operationType: 'stop', status: 'RUNNING' };
}

function instanceOf({ id, machine, tenure: { startedAt, endedAt } }: Rental) {
  const { name, type, gpus } = machine;
  const numeric = BigInt(`0x${Buffer.from(id).toString('hex')}`) % 10n ** 19n;
  return {
    id: String(numeric),
    name,
    zone: URL_OF,
    machineType: `${URL_OF}/machineTypes/${type}`,
    status: endedAt === undefined ? 'RUNNING' : 'TERMINATED',
    creationTimestamp: new Date(startedAt - 20_000).toISOString(),
    lastStartTimestamp: new Date(startedAt).toISOString(),
    ...(endedAt !== undefined && { lastStopTimestamp: new Date(endedAt).toISOString() }),
    labels: { owner: 'sam', team: 'speech' },
    guestAccelerators: [
      { acceleratorType: `${URL_OF}/acceleratorTypes/${A100}`, acceleratorCount: gpus },
    ],
    networkInterfaces: [{ networkIP: '10.128.0.7' }],
    disks: [
      {
        type: 'PERSISTENT',
        boot: true,
        autoDelete: true,
        deviceName: name,
        source: `${URL_OF}/disks/${name}`,
        diskSizeGb: '200',
      },
    ],
    scheduling: { provisioningModel: 'STANDARD', preemptible: false },
    metadata: { items: [] },
    deletionProtection: false,
  };
}

function typeOf(name: string) {
  const { guestCpus, memoryMb, gpus } = TYPES[name] ?? { guestCpus: 1, memoryMb: 1024, gpus: 0 };
  return {
    name,
    guestCpus,
    memoryMb,
    ...(gpus > 0 && {
      accelerators: [{ guestAcceleratorType: A100, guestAcceleratorCount: gpus }],
    }),
  };
}

/** https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list */
function sku(description: string, resourceGroup: 'CPU' | 'RAM' | 'GPU', dollars: number) {
  const memory = resourceGroup === 'RAM';
  const nanos = Math.round(dollars * 1e9);
  const units = Math.floor(nanos / 1e9);
  return {
    name: `services/6F81-5844-456A/skus/${resourceGroup}`,
    skuId: resourceGroup,
    description,
    category: {
      serviceDisplayName: 'Compute Engine',
      resourceFamily: 'Compute',
      resourceGroup,
      usageType: 'OnDemand',
    },
    serviceRegions: ['us-central1'],
    pricingInfo: [
      {
        summary: '',
        pricingExpression: {
          usageUnit: memory ? 'GiBy.h' : 'h',
          displayQuantity: 1,
          tieredRates: [
            {
              startUsageAmount: 0,
              unitPrice: { currencyCode: 'USD', units: String(units), nanos: nanos - units * 1e9 },
            },
          ],
          baseUnit: memory ? 'By.s' : 's',
          baseUnitConversionFactor: memory ? 2 ** 30 * 3600 : 3600,
        },
        currencyConversionRate: 1,
        effectiveTime: '2026-01-01T00:00:00Z',
      },
    ],
  };
}
