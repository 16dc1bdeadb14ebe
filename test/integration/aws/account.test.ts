import type { Account } from '@burnrate/shared/model/account.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import { openApi } from '@burnrate/shared/sources/aws/api.ts';
import { aws } from '@burnrate/shared/sources/aws/index.ts';
import { readInstances } from '@burnrate/shared/sources/aws/instances.ts';
import type { Settings } from '@burnrate/shared/sources/aws/settings.ts';
import type {
  Connection,
  Observable,
  Observation,
  Surroundings,
} from '@burnrate/shared/sources/source.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../unit/sources/aws/account.ts';
import { type AwsServer, json, startAws } from '../../unit/sources/aws/server.ts';
import { bareMachine } from '../../unit/sources/bare.ts';
import { ec2, launch } from './launch.ts';
import { installMoto, type Moto, startMoto } from './moto.ts';

const missing = await installMoto();
if (missing) console.warn(`skipped: ${missing}`);

const ALL: ReadonlySet<Observable> = new Set(['nodes', 'jobs', 'prices']);

describe.skipIf(missing)('an AWS account, by moto', () => {
  let moto: Moto;
  let priceList: AwsServer;
  let machine: Surroundings;
  const open: Connection[] = [];

  beforeAll(async () => {
    moto = await startMoto();
    // Moto has no Price List; this one knows one price, and none for any other type.
    priceList = await startAws({
      GetProducts: ({ parameters }) => {
        const filters = 'Filters' in parameters ? parameters.Filters : [];
        const asked = JSON.stringify(filters);
        const known = asked.includes('"p4d.24xlarge"') && asked.includes('"us-east-1"');
        return json({ FormatVersion: 'aws_v1', PriceList: known ? [product('32.7726')] : [] });
      },
    });
    machine = bareMachine({
      env: {
        AWS_ACCESS_KEY_ID: 'AKIAADA',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL: moto.url,
        AWS_ENDPOINT_URL_PRICING: priceList.url,
      },
    });
  });
  afterAll(async () => {
    await moto?.close();
    await priceList?.close();
  });
  beforeEach(() => moto.reset());
  afterEach(async () => {
    for (const connection of open.splice(0)) await connection.close?.();
  });

  async function account(): Promise<Account> {
    const { accounts } = await aws.discover(machine, aws.settings.parse(undefined));
    const [found] = accounts;
    if (!found) throw new Error('no account was found');
    return found;
  }
  async function connect(settings: Partial<Settings> = {}): Promise<Connection> {
    const connection = aws.open(await account(), machine, aws.settings.parse(settings));
    open.push(connection);
    return connection;
  }
  const observe = (connection: Connection, what = ALL): Promise<Observation> =>
    connection.observe({ what, wanted: [], signal: AbortSignal.timeout(60_000) });
  const patient = () => AbortSignal.timeout(60_000);
  async function stop(connection: Connection, job: Job) {
    const plan = await connection.planStop?.(job, patient());
    if (!plan) throw new Error('there is no plan');
    await connection.stop?.(job, plan, patient());
    return plan;
  }
  function jobOf(observation: Observation, name: string): Job {
    const job = observation.jobs?.find((one) => one.name === name);
    if (!job) throw new Error(`no job is called ${name}`);
    return job;
  }

  test('is found by the environment', async () => {
    expect(await account()).toEqual({
      id: 'aws:environment',
      source: 'aws',
      name: 'environment',
      foundIn: 'AWS_ACCESS_KEY_ID in the environment',
      options: { origin: 'environment', region: 'us-east-1' },
    });
  });

  test('shows its instances of every region, with their GPUs, owners and prices', async () => {
    const [big] = await launch(ec2(moto.url, 'us-east-1'), 'p4d.24xlarge', {
      tags: { Name: 'train', Owner: 'ada' },
    });
    const [spot] = await launch(ec2(moto.url, 'eu-west-1'), 'p4d.24xlarge', {
      tags: { Name: 'sweep', Owner: 'bob' },
      spot: true,
      // The zone in which this type is sold.
      more: { Placement: { AvailabilityZone: 'eu-west-1c' } },
    });
    const [small] = await launch(ec2(moto.url, 'us-west-2'), 'm5.large');
    const observation = await observe(await connect());
    expect(observation.partial).toBeUndefined();
    const node = (id: string | undefined) =>
      observation.nodes?.find((one) => one.id === `aws:environment:${id}`);

    expect(observation.nodes).toHaveLength(3);
    expect(node(big)).toMatchObject({
      name: 'train',
      gpus: { count: 8, model: 'NVIDIA A100' },
      cores: 96,
      state: 'running',
      owner: 'ada',
      mine: true,
      priceKey: {
        provider: 'aws',
        instanceType: 'p4d.24xlarge',
        region: 'us-east-1',
        market: 'on-demand',
      },
    });
    expect(node(big)?.aliases).toContain(big);
    expect(node(big)?.aliases.some((name) => name.endsWith('.internal'))).toBe(true);
    expect(Math.abs((node(big)?.launchedAt ?? 0) - Date.now())).toBeLessThan(600_000);
    expect(node(spot)).toMatchObject({
      mine: false,
      owner: 'bob',
      priceKey: { market: 'spot', region: 'eu-west-1', zone: 'eu-west-1c' },
    });
    expect(node(small)).toMatchObject({ gpus: { count: 0 }, mine: true });
    expect(node(small)?.labels['burnrate:mine-because']).toContain('no owner tag');

    expect(jobOf(observation, 'train')).toMatchObject({
      id: `aws:environment:${big}`,
      level: 'machine',
      state: 'running',
      mine: true,
      shares: [{ node: `aws:environment:${big}` }],
    });

    const rates = new Map(observation.quotes?.map(({ key, rate }) => [key.market, rate]));
    expect(rates.get('on-demand')).toMatchObject({
      microsPerHour: 32_772_600,
      provenance: 'list',
    });
    // Moto's spot price of everything.
    expect(rates.get('spot')).toMatchObject({ microsPerHour: 10, provenance: 'quoted' });
    // None for any other machine.
    expect(new Set(observation.quotes?.map(({ key }) => key.instanceType))).toEqual(
      new Set(['p4d.24xlarge']),
    );
    expect([...rates.keys()].sort()).toEqual(['on-demand', 'spot']);
  });

  test('is read page by page', async () => {
    const client = ec2(moto.url, 'us-east-1');
    const ids: string[] = [];
    for (let count = 0; count < 12; count += 1) ids.push(...(await launch(client, 'm5.large')));
    const api = openApi(await account(), machine);
    try {
      const read = await readInstances(api, 'us-east-1', patient(), {}, 5);
      expect(read.map(({ InstanceId }) => InstanceId).sort()).toEqual(ids.sort());
    } finally {
      api.close();
    }
  });

  test('an on-demand instance is stopped, and seen as stopped', async () => {
    const [id] = await launch(ec2(moto.url, 'us-east-1'), 'p4d.24xlarge', {
      tags: { Name: 'train', Owner: 'ada' },
    });
    const connection = await connect();
    const before = await observe(connection);
    const job = jobOf(before, 'train');
    const plan = await stop(connection, job);
    expect(plan).toMatchObject({
      action: `Stop instance ${id} (AWS us-east-1)`,
      equivalent: `aws ec2 stop-instances --region us-east-1 --instance-ids ${id}`,
      reversible: true,
    });
    expect(plan.loses.join('\n')).toMatch(/instance store \(8000 GB/);
    expect(plan.keeps.join('\n')).toMatch(/EBS volume vol-[0-9a-f]+ .* goes on costing/);

    const after = await observe(connection);
    const [node] = after.nodes ?? [];
    expect(node?.state).toBe('stopped');
    expect(node?.endedAt).toBeGreaterThanOrEqual(before.nodes?.[0]?.launchedAt ?? Infinity);
    expect(jobOf(after, 'train').state).toBe('ended');
    await connection.stop?.(job, plan, patient());
  });

  test('spot instances of one job are terminated together, in every region', async () => {
    const tags = { 'burnrate:job': 'sweep', Owner: 'ada' };
    await launch(ec2(moto.url, 'us-east-1'), 'p4d.24xlarge', { tags, spot: true, count: 2 });
    await launch(ec2(moto.url, 'eu-west-1'), 'g5.xlarge', { tags, spot: true });
    const [other] = await launch(ec2(moto.url, 'us-east-1'), 'p4d.24xlarge', {
      tags: { 'burnrate:job': 'sweep', Owner: 'bob' },
      spot: true,
    });
    const connection = await connect();
    const before = await observe(connection);
    const mine = before.jobs?.find((job) => job.name === 'sweep' && job.mine);
    if (!mine) throw new Error('the job is not there');
    expect(mine).toMatchObject({ nativeId: 'job/sweep@ada', state: 'running' });
    expect(mine.shares).toHaveLength(3);

    const plan = await stop(connection, mine);
    expect(plan.reversible).toBe(false);
    // The regions stand in the order of the instances' ids, which are chance.
    expect(plan.action).toMatch(/terminate 2 instances [^;]*us-east-1/i);
    expect(plan.action).toMatch(/terminate instance [^;]*eu-west-1/i);
    const after = await observe(connection);
    expect(after.jobs?.find(({ id }) => id === mine.id)?.state).toBe('ended');
    const ended = after.nodes?.filter(({ state }) => state === 'ended') ?? [];
    expect(ended).toHaveLength(3);
    for (const node of ended) expect(node.endedAt).toBeDefined();
    expect(after.nodes?.find(({ id }) => id.endsWith(other ?? '?'))?.state).toBe('running');
  });

  test("someone else's job is refused", async () => {
    await launch(ec2(moto.url, 'us-east-1'), 'p4d.24xlarge', { tags: { Name: 'x', Owner: 'bob' } });
    const connection = await connect();
    const job = jobOf(await observe(connection), 'x');
    expect(job.mine).toBe(false);
    await expect(connection.planStop?.(job, patient())).rejects.toMatchObject({ kind: 'denied' });
    await expect(connection.planStop?.({ ...job, mine: true }, patient())).rejects.toMatchObject({
      kind: 'denied',
      message: 'x is not yours: its owner is bob',
    });
  });

  test('diagnosis tries a stop without stopping', async () => {
    await launch(ec2(moto.url, 'us-east-1'), 'm5.large', { tags: { Name: 'box' } });
    const connection = await connect();
    const checks = await connection.diagnose(patient());
    expect(checks.map(({ capability, ok }) => [capability, ok])).toEqual([
      ['connect', true],
      ['nodes', true],
      ['jobs', true],
      ['prices', true],
      ['leftovers', true],
      ['stop', true],
      ['jobs', true],
      ['jobs', true],
      ['telemetry', true],
    ]);
    expect(checks.find(({ capability }) => capability === 'stop')?.message).toMatch(/dry run/);
    expect(jobOf(await observe(connection), 'box').state).toBe('running');
  });
});
