import { accountAt } from './account.ts';
import type { Clock } from './clock.ts';
import { openCloud } from './cloud/server.ts';
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
  /** What really happened, as JSON; `?at=ms` for the account at an instant. */
  account: string;
}

/** Plays a scenario: a cloud, an exporter for each machine, and the account of what they cost. */
export async function openFleet(
  scenario: Scenario,
  clock: Clock,
): Promise<{ addresses: Addresses; close(): void }> {
  const instances = scenario.machines.map((one) => new Instance(one, scenario.seed, clock));
  const { account, user } = scenario;
  const [cloud, book, ...exporters] = await Promise.all([
    openCloud({ instances, clock, account, user }),
    listen((request, response) => {
      const at = new URL(request.url ?? '/', 'http://fleet').searchParams.get('at');
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(accountAt(instances, clock, at ? Number(at) : undefined)));
    }),
    ...instances.map((instance) => openExporter(instance, clock)),
  ]);
  return {
    addresses: {
      aws: cloud.url,
      exporters: exporters.map(({ url }) => `${url}/metrics`),
      account: book.url,
    },
    close: () => {
      for (const server of [cloud, book, ...exporters]) server.close();
    },
  };
}
