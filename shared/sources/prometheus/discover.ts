import type { Account } from '../../model/account.ts';
import type { Discovery, Surroundings } from '../source.ts';
import { parseAddress } from './address.ts';
import type { Server, Settings } from './settings.ts';

const SECTION = 'sources.prometheus.servers';

/** An account for each server that burnrate.yaml names; without any, the environment's. */
export async function discover({ env }: Surroundings, settings: Settings): Promise<Discovery> {
  if (settings.servers) {
    const foundIn = `burnrate.yaml, ${SECTION}`;
    const found = settings.servers.map((server) => accountOf(server, foundIn));
    const accounts = [...new Map(found.map((account) => [account.id, account])).values()];
    const names = accounts.map(({ name }) => name).join(', ');
    return { accounts, looked: [`${foundIn}: ${names || 'none'}`] };
  }
  const looked = [`burnrate.yaml, ${SECTION}: not set`];
  const url = env.PROMETHEUS_URL?.trim();
  const problem = url ? parseAddress(url).problem : 'not set';
  if (!url || problem) return { accounts: [], looked: [...looked, `PROMETHEUS_URL: ${problem}`] };
  const account = accountOf({ url }, 'PROMETHEUS_URL in the environment');
  return { accounts: [account], looked: [...looked, `PROMETHEUS_URL: ${account.name}`] };
}

/** One server may be several accounts, each with a tenant or a selector of its own. */
function accountOf(server: Server, foundIn: string): Account {
  const { tenant, selector } = server;
  const address = parseAddress(server.url).address?.name ?? server.url;
  const name = [address, tenant && `tenant ${tenant}`, selector && `{${selector}}`]
    .filter(Boolean)
    .join(', ');
  return { id: `prometheus:${name}`, source: 'prometheus', name, foundIn, options: { ...server } };
}
