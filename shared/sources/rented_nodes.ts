import { toMicros } from '../model/money.ts';
import type { Node } from '../model/node.ts';
import type { PriceKey, Rate } from '../model/rate.ts';
import type { Instant } from '../model/time.ts';
import { type NodeContext, ownershipOf, ownNames } from './rented.ts';

/** What a provider's API tells of one machine. */
export interface RentedMachine
  extends Pick<Node, 'gpus' | 'state' | 'billing'>,
    Pick<PriceKey, 'instanceType' | 'region' | 'market'> {
  id: string;
  /** As its user calls it; the id where it has no name. */
  name: string | null | undefined;
  /** Addresses and other names, in any case; what two machines share is neither one's. */
  names: readonly (string | null | undefined)[];
  cores?: number | null | undefined;
  launchedAt?: Instant | undefined;
  rate?: Rate | undefined;
  labels: Record<string, string>;
}

/** The nodes that a provider's machines are. */
export function rentedNodes(
  source: string,
  machines: readonly RentedMachine[],
  { account, mine }: Omit<NodeContext, 'now'>,
): Node[] {
  const aliases = ownNames(machines.map(({ id, names }) => [...namesOf(source, id), ...names]));
  return machines.map((machine, index) => {
    const { id, instanceType, region, market, cores, launchedAt, rate, labels, ...rest } = machine;
    const name = machine.name?.trim() || id;
    const ownership = ownershipOf(name, source, mine);
    return {
      id: `${account}:${id}`,
      source,
      account,
      name,
      aliases: aliases[index] ?? [],
      gpus: rest.gpus,
      ...(cores && { cores: Math.floor(cores) }),
      state: rest.state,
      ...(launchedAt !== undefined && rest.state !== 'starting' && { launchedAt }),
      billing: rest.billing,
      mine: ownership.mine,
      priceKey: { provider: source, instanceType, region, market },
      ...(rate && { rate }),
      labels: { ...labels, region, 'instance-type': instanceType, ...ownership.labels },
    };
  });
}

/**
 * The id as a Kubernetes node of this machine has it (`spec.providerID`), and as it is, unless that
 * is a number: another provider may have the same.
 */
function namesOf(source: string, id: string): string[] {
  return [...(/^\d+$/.test(id) ? [] : [id]), `${source}://${id}`];
}

/** What burnrate.yaml says that such a machine costs. */
export function toldRate(dollars: number | undefined, now: Instant): Rate | undefined {
  if (dollars === undefined) return undefined;
  const microsPerHour = toMicros(dollars);
  return { microsPerHour, provenance: 'list', basis: 'your burnrate.yaml', asOf: now };
}

/** The moment that a provider writes as text; undefined where it is none. */
export function instantOf(text: string | null | undefined): Instant | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : at;
}
