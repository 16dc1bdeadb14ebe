import {
  AllocateAddressCommand,
  AttachVolumeCommand,
  CreateVolumeCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { aws } from '@burnrate/shared/sources/aws/index.ts';
import type { Observable } from '@burnrate/shared/sources/source.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../unit/sources/aws/account.ts';
import { type AwsServer, json, startAws } from '../../unit/sources/aws/server.ts';
import { bareMachine } from '../../unit/sources/bare.ts';
import { ec2, launch } from './launch.ts';
import { installMoto, type Moto, startMoto } from './moto.ts';

const missing = await installMoto();
if (missing) console.warn(`skipped: ${missing}`);

const LEFTOVERS: ReadonlySet<Observable> = new Set(['leftovers']);

/** Machines under test are busy, and moto answers one question at a time. */
const TIMEOUT_MS = 400_000;

describe.skipIf(missing)('what is left behind on AWS, by moto', { timeout: TIMEOUT_MS }, () => {
  let moto: Moto;
  let priceList: AwsServer;

  beforeAll(async () => {
    moto = await startMoto();
    // Moto has no Price List; this one has a price for storage of one kind.
    priceList = await startAws({
      GetProducts: ({ parameters }) => {
        const asked = JSON.stringify(parameters);
        const known = asked.includes('"gp3"') && asked.includes('"Storage"');
        const entry = product('0.08').replace('"Hrs"', '"GB-Mo"');
        return json({ FormatVersion: 'aws_v1', PriceList: known ? [entry] : [] });
      },
    });
  });
  afterAll(async () => {
    await moto?.close();
    await priceList?.close();
  });
  beforeEach(() => moto.reset());

  async function look({ doctor = false } = {}) {
    const machine = bareMachine({
      env: {
        AWS_ACCESS_KEY_ID: 'AKIAADA',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL: moto.url,
        AWS_ENDPOINT_URL_PRICING: priceList.url,
      },
    });
    const settings = aws.settings.parse({ regions: ['us-east-1', 'eu-west-1'], services: [] });
    const [account] = (await aws.discover(machine, settings)).accounts;
    if (!account) throw new Error('no account was found');
    const connection = aws.open(account, machine, settings);
    try {
      const signal = AbortSignal.timeout(180_000);
      const seen = await connection.observe({ what: LEFTOVERS, wanted: [], signal });
      const checks = doctor ? await connection.diagnose(signal) : [];
      return { ...seen, line: checks.find(({ capability }) => capability === 'leftovers') };
    } finally {
      await connection.close?.();
    }
  }

  test('a volume that is made, attached, and left by a stopped machine; an address that is held', async () => {
    const here = ec2(moto.url, 'us-east-1');
    const { VolumeId = '' } = await here.send(
      new CreateVolumeCommand({
        AvailabilityZone: 'us-east-1a',
        Size: 100,
        VolumeType: 'gp3',
        TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'data' }] }],
      }),
    );
    const { AllocationId } = await ec2(moto.url, 'eu-west-1').send(
      new AllocateAddressCommand({ Domain: 'vpc' }),
    );
    const alone = await look({ doctor: true });
    expect(alone.partial).toBeUndefined();
    expect(alone.line).toMatchObject({ ok: true });
    expect(alone.leftovers?.map(({ id, kind, region }) => [id, kind, region]).sort()).toEqual([
      [`aws:environment:${AllocationId}`, 'address', 'eu-west-1'],
      [`aws:environment:${VolumeId}`, 'disk', 'us-east-1'],
    ]);
    const disk = alone.leftovers?.find(({ kind }) => kind === 'disk');
    expect(disk).toMatchObject({
      name: 'data',
      sizeGb: 100,
      mine: true,
      // 100 GB at $0.08 a month, of 730 hours.
      rate: { microsPerHour: 10_959 },
      remove: `aws ec2 delete-volume --region us-east-1 --volume-id ${VolumeId}`,
    });

    const [InstanceId = ''] = await launch(here, 'm5.large', {
      tags: { Name: 'trainer', Owner: 'ada' },
      more: { Placement: { AvailabilityZone: 'us-east-1a' } },
    });
    await here.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdf' }));
    const used = await look();
    expect(used.leftovers?.filter(({ kind }) => kind === 'disk')).toEqual([]);

    await here.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
    const stopped = (await look()).leftovers?.filter(({ kind }) => kind === 'disk') ?? [];
    // Its root disk waits with it.
    expect(stopped).toHaveLength(2);
    for (const one of stopped) {
      expect(one).toMatchObject({ machine: 'trainer', owner: 'ada' });
      expect(one.since).toBeGreaterThan(Date.now() - 600_000);
    }
  });

  test('a policy without the permission leaves the account without failure', async () => {
    await ec2(moto.url, 'us-east-1').send(
      new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 1 }),
    );
    // From now on IAM decides, and these keys are nobody's.
    await moto.enforcePolicies();
    const { leftovers, partial } = await look();
    expect(leftovers).toBeUndefined();
    expect(partial).toBeUndefined();
  });
});
