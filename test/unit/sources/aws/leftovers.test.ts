import { aws } from '@burnrate/shared/sources/aws/index.ts';
import type { Observable, SourceError } from '@burnrate/shared/sources/source.ts';
import { afterEach, expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { accountOf, product } from './account.ts';
import { type AwsServer, failure, type Handlers, json, startAws, xml } from './server.ts';

let server: AwsServer | undefined;
afterEach(() => server?.close());

const LEFTOVERS: ReadonlySet<Observable> = new Set(['leftovers']);

/** An account with these volumes and addresses, in the words of EC2. */
async function observe(instances: Parameters<typeof accountOf>[0], handlers: Handlers) {
  server = await startAws({ ...accountOf(instances), ...handlers });
  const surroundings = bareMachine({
    env: {
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: server.url,
    },
  });
  const settings = aws.settings.parse(undefined);
  const [account] = (await aws.discover(surroundings, settings)).accounts;
  if (!account) throw new Error('no account was found');
  const connection = aws.open(account, surroundings, settings);
  const signal = AbortSignal.timeout(30_000);
  const seen = await connection.observe({ what: LEFTOVERS, wanted: [], signal });
  const checks = await connection.diagnose(signal);
  await connection.close?.();
  return { ...seen, line: checks.find(({ capability }) => capability === 'leftovers') };
}

const volume = (id: string, state: string, more: string) =>
  `<item><volumeId>${id}</volumeId><size>500</size><volumeType>gp3</volumeType><iops>3000</iops><status>${state}</status><createTime>2026-01-02T03:04:05.000Z</createTime>${more}</item>`;

/** Volumes by the state that was asked for, as EC2 filters them. */
const volumes =
  (all: Record<string, string>): Handlers[string] =>
  ({ parameters }) =>
    parameters instanceof URLSearchParams && parameters.get('DryRun')
      ? failure(412, 'DryRunOperation', 'Request would have succeeded.')
      : xml(
          'DescribeVolumes',
          `<volumeSet>${all[(parameters as URLSearchParams).get('Filter.1.Value.1') ?? ''] ?? ''}</volumeSet>`,
        );

const perGb = (dollars: string) => product(dollars).replace('"Hrs"', '"GB-Mo"');

test('a volume that no machine has, at the price of its type, with the command that deletes it', async () => {
  const { leftovers, line } = await observe([], {
    DescribeVolumes: volumes({
      available: volume(
        'vol-1',
        'available',
        '<tagSet><item><key>Name</key><value>data</value></item></tagSet>',
      ),
    }),
    GetProducts: () => json({ FormatVersion: 'aws_v1', PriceList: [perGb('0.08')] }),
  });
  expect(leftovers).toMatchObject([
    {
      id: 'aws:environment:vol-1',
      kind: 'disk',
      name: 'data',
      sizeGb: 500,
      region: 'us-east-1',
      owner: 'ada',
      mine: true,
      // 500 GB at $0.08 a month, of 730 hours.
      rate: { microsPerHour: 54_795, provenance: 'list' },
      remove: 'aws ec2 delete-volume --region us-east-1 --volume-id vol-1',
    },
  ]);
  expect(leftovers?.[0]?.rate?.basis).toMatch(
    /^AWS Price List, gp3 in us-east-1, \d{4}-\d\d-\d\d$/,
  );
  expect(line).toMatchObject({ ok: true });
});

test('of a stopped machine its volume, since when it waits, and its address; of a running one nothing', async () => {
  const attached = (id: string) =>
    `<attachmentSet><item><instanceId>${id}</instanceId><status>attached</status></item></attachmentSet>`;
  const { leftovers } = await observe(
    [
      {
        id: 'i-off',
        state: 'stopped',
        tags: { Name: 'trainer', Owner: 'ada' },
        reason: 'User initiated (2026-01-05 06:00:00 GMT)',
      },
    ],
    {
      DescribeVolumes: volumes({
        'in-use':
          volume('vol-off', 'in-use', attached('i-off')) +
          volume('vol-on', 'in-use', attached('i-on')),
      }),
      DescribeAddresses: ({ parameters }) =>
        parameters instanceof URLSearchParams && parameters.get('DryRun')
          ? failure(412, 'DryRunOperation', 'Request would have succeeded.')
          : xml(
              'DescribeAddresses',
              `<addressesSet>
                <item><publicIp>192.0.2.1</publicIp><allocationId>eipalloc-1</allocationId><publicIpv4Pool>amazon</publicIpv4Pool></item>
                <item><publicIp>192.0.2.2</publicIp><allocationId>eipalloc-2</allocationId><associationId>eipassoc-2</associationId><instanceId>i-on</instanceId><publicIpv4Pool>amazon</publicIpv4Pool></item>
                <item><publicIp>192.0.2.3</publicIp><allocationId>eipalloc-3</allocationId><associationId>eipassoc-3</associationId><instanceId>i-off</instanceId><publicIpv4Pool>amazon</publicIpv4Pool></item>
                <item><publicIp>192.0.2.4</publicIp><allocationId>eipalloc-4</allocationId><publicIpv4Pool>ipv4pool-ec2-own</publicIpv4Pool></item>
              </addressesSet>`,
            ),
      GetProducts: () =>
        failure(400, 'AccessDeniedException', 'not allowed to pricing:GetProducts'),
    },
  );
  expect(leftovers?.map(({ id, machine }) => [id.split(':').at(-1), machine])).toEqual([
    ['vol-off', 'trainer'],
    ['eipalloc-1', undefined],
    ['eipalloc-3', 'trainer'],
  ]);
  const [disk, free, held] = leftovers ?? [];
  // The price cannot be read: it is unknown, not nothing.
  expect(disk).toMatchObject({ since: Date.UTC(2026, 0, 5, 6), owner: 'ada', mine: true });
  expect(disk?.rate).toBeUndefined();
  expect(disk?.remove).toMatch(/^aws ec2 detach-volume .* && aws ec2 delete-volume /);
  expect(free).toMatchObject({ name: '192.0.2.1', rate: { microsPerHour: 5000 } });
  expect(held?.remove).toMatch(
    /--association-id eipassoc-3 && aws ec2 release-address .*eipalloc-3$/,
  );
});

test('who may not list volumes has no failure for it, and the doctor names the permission', async () => {
  const { leftovers, partial, line } = await observe([], {
    DescribeVolumes: () =>
      failure(
        403,
        'UnauthorizedOperation',
        'You are not authorized to perform: ec2:DescribeVolumes because no identity-based policy allows it',
      ),
  });
  expect(leftovers).toBeUndefined();
  expect(partial).toBeUndefined();
  expect(line).toMatchObject({ ok: false });
  expect(line?.remedy).toContain('Allow ec2:DescribeVolumes');
  expect(line?.remedy).toContain('burnrate doctor --policy aws/read');
});

test('what does not answer is a failure, and no empty list', async () => {
  await expect(
    observe([], { DescribeVolumes: () => failure(500, 'InternalError', 'try again') }),
  ).rejects.toMatchObject({ kind: 'unreachable' } satisfies Partial<SourceError>);
});
