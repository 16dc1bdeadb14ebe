import { EC2Client, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { Charge } from '@burnrate/shared/model/charge.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import type { AuditEntry } from '@burnrate/shared/store/store.ts';
import type { Account } from '../../fleet/account.ts';
import type { Watch } from './watch.ts';

/** What is left when all is over: what really happened, and what the ledger says of it. */
export interface Settled {
  account: Account;
  charges: Charge[];
  /** By the instance's own id, in micro-dollars. */
  metered: Map<string, number>;
  audit: AuditEntry[];
}

/** All machines of AWS end, the collector sees it and ends too, and its ledger is read. */
export async function settle(watch: Watch): Promise<Settled> {
  await terminateAll(watch);
  await watch.until('every machine to have ended', ({ jobs }) =>
    jobs.every(({ source, state }) => source !== 'aws' || state === 'ended'),
  );
  const account = await watch.account();
  await watch.link.close();
  await watch.demo.endCollector();
  const { store } = openStore(watch.demo.paths.database, { now: () => account.at });
  const charges = store.charges({ from: 0, to: account.at + HOUR });
  const audit = store.auditLog(0);
  store.close();
  const metered = new Map<string, number>();
  for (const { nodeId, micros } of charges) {
    const instance = nodeId.split(':').at(-1) ?? '';
    metered.set(instance, (metered.get(instance) ?? 0) + micros);
  }
  return { account, charges, metered, audit };
}

/** As their owners would, by AWS's own client. */
async function terminateAll(watch: Watch): Promise<void> {
  const { aws } = watch.demo.fleet;
  const credentials = { accessKeyId: 'AKIAOWNERS', secretAccessKey: 'owners' };
  const nodes = (watch.seen.at(-1)?.nodes ?? []).filter(({ id }) => id.startsWith('aws:'));
  for (const [region, there] of Map.groupBy(nodes, ({ labels }) => labels.region ?? '')) {
    const client = new EC2Client({ endpoint: aws, region, credentials });
    const InstanceIds = there.map(({ id }) => id.split(':').at(-1) ?? '');
    await client.send(new TerminateInstancesCommand({ InstanceIds }));
    client.destroy();
  }
}
