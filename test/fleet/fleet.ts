import { accountAt } from './account.ts';
import type { Clock } from './clock.ts';
import { openCloud } from './cloud/server.ts';
import { openElsewhere } from './elsewhere/open.ts';
import { openExporter } from './exporter.ts';
import { Instance } from './instance.ts';
import { listen } from './listen.ts';
import type { Scenario } from './scenario.ts';

/** Where a fleet is to be found. */
export interface Addresses {
  /** For `AWS_ENDPOINT_URL`. */
  aws: string;
  /** The exporters' metrics, in the order of the scenario's machines. */
  exporters: string[];
  /** The other systems of which the scenario has something, by the name of their source. */
  elsewhere: Record<string, string>;
  /** What really happened, as JSON; `?at=ms` for the account at an instant. */
  account: string;
}

/** Plays a scenario: a cloud, an exporter for each machine, and the account of what they cost. */
export async function openFleet(
  scenario: Scenario,
  clock: Clock,
): Promise<{ addresses: Addresses; close(): void }> {
  const instances = scenario.machines.map((one) => new Instance(one, scenario.seed, clock));
  const { account, user, disks, addresses } = scenario;
  const elsewhere = await openElsewhere(scenario, clock);
  const happened = { instances, tenures: elsewhere.tenures };
  const [cloud, book, ...exporters] = await Promise.all([
    openCloud({ instances, disks, addresses, clock, account, user }),
    listen((request, response) => {
      const at = new URL(request.url ?? '/', 'http://fleet').searchParams.get('at');
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(accountAt(happened, clock, at ? Number(at) : undefined)));
    }),
    ...instances.map((instance) => openExporter(instance, clock)),
  ]);
  return {
    addresses: {
      aws: cloud.url,
      exporters: exporters.map(({ url }) => `${url}/metrics`),
      elsewhere: Object.fromEntries(
        Object.entries(elsewhere.servers).map(([source, { url }]) => [source, url]),
      ),
      account: book.url,
    },
    close: () => {
      for (const server of [cloud, book, ...exporters, ...Object.values(elsewhere.servers)])
        server.close();
    },
  };
}
