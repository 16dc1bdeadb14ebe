import type { TransferSum } from '../../store/bills/reads.ts';
import type { Transfer } from '../../store/traffic.ts';
import { Accounts, type Assigned, type MeteredHour, resolver } from './match.ts';

/**
 * Services whose bytes do not leave our machines but stores, caches and databases of the provider:
 * what these send is on the bill, and on no machine's interface.
 */
const NOT_MACHINES =
  /simple storage|\bs3\b|cloud storage|\bstorage\b|cloudfront|\bcdn\b|front door|cloud cdn|relational database|\brds\b|dynamodb|bigquery|cloud sql|redshift|elasticache|lambda|api gateway|artifact registry|container registry/i;

const NOTHING = { micros: 0, lines: 0 };

/**
 * What a day's bills say of data transfer out of machines, by our accounts and, where lines name
 * them, machines. What went to the internet is the account's, from whichever service: tiers of prices
 * are by all of it. Each account that the day's bills tell of has an entry for the rest, be it
 * nothing: that nothing was charged tells as much.
 */
export function transfersOf(
  sums: readonly TransferSum[],
  day: number,
  hours: readonly MeteredHour[],
  assigned: readonly Assigned[],
): Transfer[] {
  const accounts = new Accounts(hours);
  for (const { line, metered } of assigned) accounts.learn(line, metered.node);
  const resolve = resolver([...new Map(hours.map(({ node }) => [node.id, node])).values()]);
  const byPlace = new Map<string, Transfer>();
  const add = (transfer: Transfer) => {
    const key = `${transfer.account} ${transfer.nodeId ?? ''}`;
    const known = byPlace.get(key);
    byPlace.set(key, {
      ...transfer,
      micros: transfer.micros + (known?.micros ?? 0),
      lines: transfer.lines + (known?.lines ?? 0),
      ...addedBytes(known?.internetBytes, transfer.internetBytes),
    });
  };
  for (const { metered } of assigned) {
    if (Math.floor(metered.hour / 24) === day) add({ account: metered.node.account, ...NOTHING });
  }
  for (const sum of sums) {
    const { provider, subAccount, account, resource, service, micros, lines, internetBytes } = sum;
    const ofMachines = !NOT_MACHINES.test(service);
    if (!ofMachines && internetBytes === undefined) continue;
    const [node, ...others] = resource === null ? [] : resolve(resource);
    const one = others.length === 0 ? node : undefined;
    const ours =
      node?.account ??
      accounts.of({
        item: { providerName: provider },
        provider,
        subAccount,
        account: account ?? undefined,
      });
    if (ours === undefined) continue;
    if (internetBytes !== undefined) add({ account: ours, ...NOTHING, internetBytes });
    if (ofMachines) add({ account: ours, ...(one && { nodeId: one.id }), micros, lines });
  }
  return [...byPlace.values()];
}

/** What no line counts stays unknown. */
function addedBytes(a: number | undefined, b: number | undefined): { internetBytes?: number } {
  return a === undefined && b === undefined ? {} : { internetBytes: (a ?? 0) + (b ?? 0) };
}
