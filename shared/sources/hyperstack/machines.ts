import { toMicros } from '../../model/money.ts';
import type { Node } from '../../model/node.ts';
import type { Rate } from '../../model/rate.ts';
import { MINUTE } from '../../model/time.ts';
import type { NodeContext } from '../rented.ts';
import { instantOf, rentedNodes } from '../rented_nodes.ts';
import type { Machine, Prices, Seen } from './api.ts';

/** `billed by the minute`: https://docs.hyperstack.cloud/docs/billing */
const BILLING = { incrementMs: MINUTE, minimumMs: MINUTE } as const;

/** The nodes that virtual machines are. */
export function nodesOf({ machines, prices }: Seen, context: Omit<NodeContext, 'now'>): Node[] {
  return rentedNodes(
    'hyperstack',
    machines.map((machine) => {
      const { id, name, flavor, environment, status, labels, contract_id } = machine;
      const count = flavor.gpu_count ?? 0;
      const model = flavor.gpu?.trim();
      return {
        id: String(id),
        name,
        names: [machine.fixed_ip, machine.floating_ip],
        gpus: { count, ...(count > 0 && model && { model }) },
        cores: flavor.cpu,
        state: stateOf(status),
        launchedAt: status === 'ACTIVE' ? instantOf(machine.created_at) : undefined,
        billing: BILLING,
        instanceType: flavor.name,
        region: environment?.region ?? 'unknown',
        market: contract_id == null ? marketOf(flavor.name) : 'reserved',
        rate: contract_id == null ? prices && rateOf(machine, prices) : undefined,
        labels: {
          'hyperstack:status':
            status === 'SHUTOFF' ? 'SHUTOFF, which is charged for as if it ran' : status,
          ...(environment?.name && { 'hyperstack:environment': environment.name }),
          ...(labels && labels.length > 0 && { 'hyperstack:labels': labels.join(', ') }),
        },
      };
    }),
    context,
  );
}

function marketOf(flavor: string): 'spot' | 'on-demand' {
  return /spot/i.test(flavor) ? 'spot' : 'on-demand';
}

/** A machine costs its GPUs' price, in which its cores, memory and root disk are. */
function rateOf({ flavor }: Machine, { byName, at }: Prices): Rate | undefined {
  const count = flavor.gpu_count ?? 0;
  const name =
    flavor.gpu && marketOf(flavor.name) === 'spot' ? `${flavor.gpu}-spot` : (flavor.gpu ?? '');
  const price = byName.get(name);
  if (price === undefined || count === 0) return undefined;
  return {
    microsPerHour: toMicros(price * count),
    provenance: 'quoted',
    basis: `Hyperstack API, this account’s price of ${count}x ${name}`,
    asOf: at,
  };
}

/**
 * Charged for while ACTIVE and, since all stays reserved, while SHUTOFF.
 * https://docs.hyperstack.cloud/docs/billing/states-and-billing
 */
function stateOf(status: string): Node['state'] {
  switch (status.toUpperCase()) {
    case 'BUILD':
    case 'BUILDING':
    case 'CREATING':
    case 'RESTORING':
    case 'STARTING':
      return 'starting';
    case 'HIBERNATING':
    case 'DELETING':
      return 'stopping';
    case 'HIBERNATED':
    case 'ERROR':
      return 'stopped';
    case 'DELETED':
      return 'ended';
    default:
      return 'running';
  }
}
