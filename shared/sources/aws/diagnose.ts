import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeRegionsCommand,
  DescribeSpotPriceHistoryCommand,
  DescribeVolumesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetProductsCommand } from '@aws-sdk/client-pricing';
import { check } from '../check.ts';
import type { Check } from '../source.ts';
import type { Api } from './api.ts';
import { errorName } from './errors.ts';
import type { Inventory } from './inventory.ts';
import { instanceIdOf } from './jobs.ts';

/**
 * Tries what each capability needs. EC2 answers a dry run with `DryRunOperation` where the call
 * would have been allowed, so that even a stop can be tried without stopping anything.
 */
export async function diagnose(
  api: Api,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<Check[]> {
  const connect = await check('connect', api.account.name, async () => {
    const caller = await inventory.caller(signal);
    return `signed in as ${caller.arn} (AWS account ${caller.accountNumber})`;
  });
  if (!connect.ok) return [connect];
  const region = api.homeRegion;
  const client = api.ec2(region);
  const options = { abortSignal: signal };
  const dry = (action: string, call: () => Promise<unknown>) =>
    dryRun(api, action, region, call, signal);

  const nodes = async () => {
    await dry('ec2:DescribeRegions', () =>
      client.send(new DescribeRegionsCommand({ DryRun: true }), options),
    );
    await dry('ec2:DescribeInstances', () =>
      client.send(new DescribeInstancesCommand({ DryRun: true }), options),
    );
    await dry('ec2:DescribeInstanceTypes', () =>
      client.send(new DescribeInstanceTypesCommand({ DryRun: true }), options),
    );
    return 'may list regions, instances and instance types';
  };
  const prices = async () => {
    await dry('ec2:DescribeSpotPriceHistory', () =>
      client.send(new DescribeSpotPriceHistoryCommand({ DryRun: true }), options),
    );
    // The Price List knows no dry run; this is free.
    await api.ask(api.attempt('pricing:GetProducts'), signal, () =>
      api
        .pricing()
        .send(new GetProductsCommand({ ServiceCode: 'AmazonEC2', MaxResults: 1 }), options),
    );
    return 'may read spot prices and the price list';
  };
  const leftovers = async () => {
    await dry('ec2:DescribeVolumes', () =>
      client.send(new DescribeVolumesCommand({ DryRun: true }), options),
    );
    await dry('ec2:DescribeAddresses', () =>
      client.send(new DescribeAddressesCommand({ DryRun: true }), options),
    );
    return 'may list volumes and addresses, to tell which nothing uses';
  };
  const stop = async () => {
    const mine = await oneOfMine(inventory, signal);
    if (!mine) return 'not tried: none of your instances is running';
    const at = api.ec2(mine.region);
    const order = { InstanceIds: [mine.id], DryRun: true };
    await dryRun(
      api,
      'ec2:StopInstances',
      mine.region,
      () => at.send(new StopInstancesCommand(order), options),
      signal,
    );
    await dryRun(
      api,
      'ec2:TerminateInstances',
      mine.region,
      () => at.send(new TerminateInstancesCommand(order), options),
      signal,
    );
    return `may stop and terminate (tried on ${mine.id}, as a dry run)`;
  };
  const rest = await Promise.all([
    check('nodes', api.account.name, nodes),
    check('jobs', api.account.name, async () => `${await nodes()}, of which jobs are made`),
    check('prices', api.account.name, prices),
    check('leftovers', api.account.name, leftovers),
    check('stop', api.account.name, stop),
  ]);
  return [connect, ...rest];
}

/** Resolves where the call would have been allowed. */
async function dryRun(
  api: Api,
  action: string,
  region: string,
  call: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  await api.ask(api.attempt(action, region), signal, async () => {
    try {
      await call();
    } catch (error) {
      if (errorName(error) !== 'DryRunOperation') throw error;
    }
  });
}

async function oneOfMine(
  inventory: Inventory,
  signal: AbortSignal,
): Promise<{ id: string; region: string } | undefined> {
  const seen = inventory.lastSeen();
  const nodes = seen.length > 0 ? seen : (await inventory.refresh(signal)).nodes;
  const node = nodes.find(({ mine, state }) => mine && state === 'running');
  const region = node?.labels.region;
  return node && region ? { id: instanceIdOf(node.id), region } : undefined;
}
