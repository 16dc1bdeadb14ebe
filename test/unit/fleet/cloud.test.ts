import {
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeRegionsCommand,
  DescribeSpotInstanceRequestsCommand,
  EC2Client,
  paginateDescribeInstances,
  paginateDescribeSpotPriceHistory,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, it } from 'vitest';
import type { Account } from '../../fleet/account.ts';
import { openFleet } from '../../fleet/fleet.ts';
import { Scenario, type ScenarioInput } from '../../fleet/scenario.ts';
import { seed } from '../../fleet/seed.ts';

const ORIGIN = Date.UTC(2026, 0, 2, 12);
const MINUTE = 60_000;
const opened: { close(): void }[] = [];

afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

/** A fleet whose time stands still until the test moves it on. */
async function fleetOf(scenario: ScenarioInput) {
  const clock = { origin: ORIGIN, time: ORIGIN, now: () => clock.time };
  const fleet = await openFleet(Scenario.parse(scenario), clock);
  opened.push(fleet);
  const { aws, account } = fleet.addresses;
  const config = (region: string) => ({
    endpoint: aws,
    region,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  return {
    clock,
    ec2: (region = 'us-east-1') => new EC2Client(config(region)),
    sts: new STSClient(config('us-east-1')),
    pricing: new PricingClient(config('us-east-1')),
    account: async (at?: number): Promise<Account> => {
      const answer = await fetch(`${account}${at === undefined ? '' : `?at=${at}`}`);
      return (await answer.json()) as Account;
    },
  };
}

async function instancesIn(client: EC2Client) {
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand({}));
  return Reservations.flatMap(({ Instances = [] }) => Instances);
}

function many(count: number): ScenarioInput {
  return {
    ...seed,
    machines: Array.from({ length: count }, (_, index) => ({
      name: `worker-${index}`,
      type: 'g5.xlarge',
      launched: -10,
    })),
  };
}

describe('the simulated cloud, asked by the AWS SDK', () => {
  it('shows each region its own instances, with what the SDK reads of them', async () => {
    const fleet = await fleetOf(seed);
    const { Regions = [] } = await fleet.ec2().send(new DescribeRegionsCommand({}));
    expect(Regions.map(({ RegionName }) => RegionName)).toContain('us-west-2');

    const [p4d] = await instancesIn(fleet.ec2());
    expect(p4d).toMatchObject({
      InstanceType: 'p4d.24xlarge',
      State: { Name: 'running', Code: 16 },
      LaunchTime: new Date(ORIGIN - 166 * MINUTE),
      RootDeviceType: 'ebs',
      CpuOptions: { CoreCount: 48, ThreadsPerCore: 2 },
    });
    expect(p4d?.PrivateDnsName).toMatch(/^ip-10-0-\d+-\d+\.ec2\.internal$/);
    expect(p4d?.Tags).toContainEqual({ Key: 'Name', Value: 'llama-finetune' });
    const west = await instancesIn(fleet.ec2('us-west-2'));
    expect(west.map(({ InstanceLifecycle }) => InstanceLifecycle)).toEqual(['spot', undefined]);
  });

  it('pages as asked, so that none is lost and none comes twice', async () => {
    const fleet = await fleetOf(many(23));
    const ids: string[] = [];
    let pages = 0;
    for await (const page of paginateDescribeInstances({ client: fleet.ec2(), pageSize: 5 }, {})) {
      pages += 1;
      for (const { Instances = [] } of page.Reservations ?? [])
        ids.push(...Instances.flatMap(({ InstanceId }) => InstanceId ?? []));
    }
    expect(pages).toBe(5);
    expect(new Set(ids).size).toBe(23);
    const client = fleet.ec2('us-west-2');
    let prices = 0;
    for await (const page of paginateDescribeSpotPriceHistory({ client, pageSize: 7 }, {}))
      prices += page.SpotPriceHistory?.length ?? 0;
    expect(prices).toBe(18);
  });

  it('finds instances by id and by filter, and says what does not exist', async () => {
    const fleet = await fleetOf(many(3));
    const [first] = await instancesIn(fleet.ec2());
    const id = first?.InstanceId ?? '';
    const Filters = [{ Name: 'instance-id', Values: [id, 'i-0000000000000dead'] }];
    const { Reservations } = await fleet.ec2().send(new DescribeInstancesCommand({ Filters }));
    expect(Reservations).toHaveLength(1);
    const missing = new DescribeInstancesCommand({ InstanceIds: ['i-0000000000000dead'] });
    await expect(fleet.ec2().send(missing)).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidInstanceID.NotFound' }),
    );
  });

  it('describes types, and prices them on demand and spot', async () => {
    const fleet = await fleetOf(seed);
    const types = new DescribeInstanceTypesCommand({ InstanceTypes: ['p4d.24xlarge'] });
    const { InstanceTypes } = await fleet.ec2().send(types);
    expect(InstanceTypes?.[0]).toMatchObject({
      GpuInfo: { Gpus: [{ Count: 8, Name: 'A100', Manufacturer: 'NVIDIA' }] },
      InstanceStorageInfo: { TotalSizeInGB: 8000 },
    });
    const field = (Field: string, Value: string) => ({ Type: 'TERM_MATCH' as const, Field, Value });
    const products = await fleet.pricing.send(
      new GetProductsCommand({
        ServiceCode: 'AmazonEC2',
        Filters: [
          field('instanceType', 'p4d.24xlarge'),
          field('regionCode', 'us-east-1'),
          field('capacitystatus', 'Used'),
        ],
      }),
    );
    expect(products.PriceList).toHaveLength(1);
    expect(String(products.PriceList?.[0])).toContain('"USD":"32.7726000000"');
  });

  it('says who asks', async () => {
    const fleet = await fleetOf(seed);
    const caller = await fleet.sts.send(new GetCallerIdentityCommand({}));
    expect(caller).toMatchObject({
      Account: seed.account,
      Arn: `arn:aws:iam::${seed.account}:user/sam`,
    });
  });

  it('changes nothing on a dry run', async () => {
    const fleet = await fleetOf(seed);
    const [first] = await instancesIn(fleet.ec2());
    const InstanceIds = [first?.InstanceId ?? ''];
    await expect(
      fleet.ec2().send(new StopInstancesCommand({ InstanceIds, DryRun: true })),
    ).rejects.toThrow(expect.objectContaining({ name: 'DryRunOperation' }));
    expect((await instancesIn(fleet.ec2()))[0]?.State?.Name).toBe('running');
  });

  it('stops an instance, says since when, and charges nothing from then on', async () => {
    const fleet = await fleetOf(seed);
    const [first] = await instancesIn(fleet.ec2());
    const InstanceIds = [first?.InstanceId ?? ''];
    const { StoppingInstances } = await fleet.ec2().send(new StopInstancesCommand({ InstanceIds }));
    expect(StoppingInstances?.[0]).toMatchObject({
      CurrentState: { Name: 'stopping' },
      PreviousState: { Name: 'running' },
    });
    const atStop = (await fleet.account()).instances[0]?.micros ?? 0;
    // 166 minutes at $32.7726 an hour.
    expect(atStop).toBe(Math.round((166 / 60) * 32_772_600));
    fleet.clock.time += 60 * MINUTE;
    const [after] = await instancesIn(fleet.ec2());
    expect(after?.State?.Name).toBe('stopped');
    expect(after?.StateTransitionReason).toBe('User initiated (2026-01-02 12:00:00 GMT)');
    expect((await fleet.account()).instances[0]?.micros).toBe(atStop);
    expect((await fleet.account(ORIGIN - 106 * MINUTE)).instances[0]?.micros).toBe(32_772_600);
  });

  it('stops no spot instance of a one-time request, but terminates it', async () => {
    const fleet = await fleetOf(seed);
    const client = fleet.ec2('us-west-2');
    const spot = (await instancesIn(client)).find((one) => one.SpotInstanceRequestId);
    const InstanceIds = [spot?.InstanceId ?? ''];
    await expect(client.send(new StopInstancesCommand({ InstanceIds }))).rejects.toThrow(
      expect.objectContaining({ name: 'UnsupportedOperation' }),
    );
    const SpotInstanceRequestIds = [spot?.SpotInstanceRequestId ?? ''];
    const requests = await client.send(
      new DescribeSpotInstanceRequestsCommand({ SpotInstanceRequestIds }),
    );
    expect(requests.SpotInstanceRequests?.[0]).toMatchObject({ Type: 'one-time', State: 'active' });
    await client.send(new TerminateInstancesCommand({ InstanceIds }));
    fleet.clock.time += 2 * MINUTE;
    expect((await instancesIn(client)).map(({ State }) => State?.Name)).toContain('terminated');
    fleet.clock.time += 90 * MINUTE;
    expect(await instancesIn(client)).toHaveLength(1);
  });

  it('charges a minute at least, by the second after it, and nothing before the launch', async () => {
    const fleet = await fleetOf({
      ...seed,
      machines: [{ name: 'late', type: 'g5.xlarge', launched: 1 }],
    });
    expect((await fleet.account()).instances).toHaveLength(0);
    fleet.clock.time += MINUTE + 10_000;
    const [late] = await instancesIn(fleet.ec2());
    await fleet
      .ec2()
      .send(new TerminateInstancesCommand({ InstanceIds: [late?.InstanceId ?? ''] }));
    expect((await fleet.account()).instances[0]?.micros).toBe(Math.round(1_006_000 / 60));
  });

  it('writes any name so that the SDK reads it back', async () => {
    const name = '<img src=x onerror=alert(1)> & "quoted" \u202e日本';
    const fleet = await fleetOf({
      ...seed,
      machines: [{ name, type: 'g5.xlarge', launched: -5 }],
    });
    const [one] = await instancesIn(fleet.ec2());
    expect(one?.Tags).toContainEqual({ Key: 'Name', Value: name });
  });
});
