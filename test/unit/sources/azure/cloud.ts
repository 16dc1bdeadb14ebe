import { type Ask, type Handler, json, type Reply } from '../service.ts';
import type { Resource } from './resources.ts';
import { SUBSCRIPTION } from './resources.ts';

/** What there is in the test's Azure. */
export interface Cloud {
  resources: Resource[];
  computes?: { id: string; name: string; properties: Record<string, unknown> }[];
  /** The machines of each cluster of Azure ML. */
  clusterNodes?: Record<string, unknown[]>;
  runs?: { id: string; name: string; properties: { status: string } }[];
  skus?: unknown[];
  disks?: unknown[];
  addresses?: unknown[];
  prices?: { armSkuName: string; meterName?: string }[];
  /** The activity log, by the machine's name. */
  events?: Record<string, unknown[]>;
  /** How busy GPUs are, by machine of a cluster. */
  busy?: Record<string, (number | null)[]>;
  /** What machines moved, by machine and metric, minute by minute from 11:50 on. */
  moved?: Record<string, Record<string, number[]>>;
  actions?: string[];
  /** How many rows Resource Graph gives at once. */
  page?: number;
}

/** Azure Resource Manager and the Retail Prices API, over these resources. */
export function azureOf(token: string, cloud: Cloud): Handler {
  return (ask) => {
    if (ask.call === 'GET /api/retail/prices') return pricesOf(ask, cloud);
    if (ask.authorization !== `Bearer ${token}`) return unauthorized;
    const path = ask.call.replace(/^\w+ /, '');
    const last = path.split('/').at(-1) ?? '';
    const named = <T extends { id: string }>(list: readonly T[] | undefined, id: string) =>
      list?.find((one) => one.id.toLowerCase() === id.toLowerCase());
    if (path === '/providers/Microsoft.ResourceGraph/resources') return graphOf(ask, cloud);
    if (path === '/subscriptions') return list([{ subscriptionId: SUBSCRIPTION }]);
    if (path === `/subscriptions/${SUBSCRIPTION}`) return json({ id: path });
    if (path.endsWith('/Microsoft.Compute/skus')) return list(cloud.skus ?? []);
    if (path.endsWith('/Microsoft.Compute/disks')) return list(cloud.disks ?? []);
    if (path.endsWith('/publicIPAddresses')) return list(cloud.addresses ?? []);
    if (path.endsWith('/Microsoft.Authorization/permissions'))
      return list([{ actions: cloud.actions ?? ['*'], notActions: [] }]);
    if (path.endsWith('/eventtypes/management/values')) {
      const name = /resourceUri eq '[^']*\/([^'/]+)'/.exec(ask.query.get('$filter') ?? '')?.[1];
      return list(cloud.events?.[name ?? ''] ?? []);
    }
    if (path.endsWith('/Microsoft.Insights/metrics')) {
      const [, machine] = /\/virtualmachines\/([^/]+)\/providers\//i.exec(path) ?? [];
      return machine ? movedBy(cloud.moved?.[machine] ?? {}) : metricsOf(cloud);
    }
    if (path.endsWith('/computes')) return list(cloud.computes ?? []);
    if (path.endsWith('/jobs')) return list(cloud.runs ?? []);
    if (last === 'listNodes')
      return json({ nodes: cloud.clusterNodes?.[path.split('/').at(-2) ?? ''] ?? [] });
    if (last === 'cancel' || last === 'stop' || last === 'deallocate')
      return order(path.slice(0, -last.length - 1), last, cloud);
    const found =
      named(cloud.computes, path) ?? named(cloud.runs, path) ?? named(cloud.resources, path);
    return found ? json(inManager(found)) : missing;
  };
}

/**
 * Resource Manager has the power state among the statuses of the instance view.
 * https://learn.microsoft.com/rest/api/compute/virtual-machines/instance-view
 */
function inManager(found: { properties: unknown } | Resource) {
  const { extended, ...properties } = found.properties as {
    extended?: { instanceView: { powerState: { code: string } } };
  };
  if (!extended) return found;
  const statuses = [{ code: 'ProvisioningState/succeeded' }, extended.instanceView.powerState];
  return { ...found, properties: { ...properties, instanceView: { statuses } } };
}

/** https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data#paging-results */
function graphOf({ body }: Ask, { resources, page = 1000 }: Cloud): Reply {
  const { subscriptions, options } = body as {
    subscriptions?: string[];
    options: { $skipToken?: string };
  };
  const visible = resources.filter(
    ({ subscriptionId }) => !subscriptions || subscriptions.includes(String(subscriptionId)),
  );
  const from = Number(options.$skipToken ?? 0);
  const data = visible.slice(from, from + page);
  const more = from + page < visible.length;
  return json({
    totalRecords: visible.length,
    count: data.length,
    data,
    facets: [],
    resultTruncated: 'false',
    ...(more && { $skipToken: String(from + page) }),
  });
}

/** Pages of two, so that every reader has to follow the links. */
function pricesOf({ query }: Ask, { prices = [] }: Cloud): Reply {
  const filter = query.get('$filter') ?? '';
  const found = prices.filter(
    ({ armSkuName, meterName }) =>
      filter.includes(`armSkuName eq '${armSkuName}'`) ||
      filter.includes(`meterName eq '${meterName}'`),
  );
  const skip = Number(query.get('$skip') ?? 0);
  const next = new URLSearchParams({ $filter: filter, $skip: String(skip + 2) });
  return json({
    BillingCurrency: 'USD',
    Items: found.slice(skip, skip + 2),
    NextPageLink:
      skip + 2 < found.length ? `https://prices.azure.com/api/retail/prices?${next}` : null,
    Count: Math.min(2, found.length - skip),
  });
}

/** https://learn.microsoft.com/rest/api/monitor/metrics/list */
function metricsOf({ busy = {} }: Cloud): Reply {
  const timeseries = Object.entries(busy).map(([node, minutes]) => ({
    metadatavalues: [
      { name: { value: 'nodeid' }, value: node },
      { name: { value: 'deviceid' }, value: '0' },
    ],
    data: minutes.map((average, index) => ({
      timeStamp: `2026-11-25T11:5${index}:00Z`,
      ...(average !== null && { average }),
    })),
  }));
  return json({ value: [{ name: { value: 'GpuUtilization' }, timeseries }] });
}

/** The same of a machine of its own: sums instead of means. */
function movedBy(metrics: Record<string, number[]>): Reply {
  const value = Object.entries(metrics).map(([name, minutes]) => ({
    name: { value: name },
    timeseries: [
      {
        metadatavalues: [],
        data: minutes.map((total, index) => ({
          timeStamp: `2026-11-25T11:5${index}:00Z`,
          total,
        })),
      },
    ],
  }));
  return json({ value });
}

/** Each is accepted, and done at once here. */
function order(path: string, verb: 'cancel' | 'stop' | 'deallocate', cloud: Cloud): Reply {
  const things =
    verb === 'cancel' ? cloud.runs : verb === 'stop' ? cloud.computes : cloud.resources;
  const thing = things?.find(({ id }) => id.toLowerCase() === path.toLowerCase());
  if (!thing) return missing;
  const properties = thing.properties as Record<string, Record<string, unknown>>;
  if (verb === 'cancel') Object.assign(properties, { status: 'CancelRequested' });
  if (verb === 'stop') Object.assign(properties.properties ?? {}, { state: 'Stopping' });
  if (verb === 'deallocate')
    properties.extended = { instanceView: { powerState: { code: 'PowerState/deallocating' } } };
  return { status: 202, body: '' };
}

function list(value: unknown[]): Reply {
  return json({ value });
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations, and the errors of each API's page */
function failed(status: number, code: string, message: string, headers = {}): Reply {
  return json({ error: { code, message } }, status, headers);
}
export const unauthorized = failed(
  401,
  'ExpiredAuthenticationToken',
  'The access token expiry UTC time is earlier than current UTC time.',
);
export const forbidden = failed(
  403,
  'AuthorizationFailed',
  "The client 'ada' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/read' over scope.",
);
export const missing = failed(404, 'ResourceNotFound', 'The Resource was not found.');
/** https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling */
export const tooMany = failed(429, 'TooManyRequests', 'The request is being throttled.', {
  'x-ms-ratelimit-remaining-subscription-reads': '0',
  'x-ms-ratelimit-remaining-resource': 'Microsoft.Compute/LowCostGet3Min;0',
});
export const failing = failed(503, 'ServerUnavailable', 'The service is unavailable now.');
