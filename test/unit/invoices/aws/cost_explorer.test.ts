import { awsCostExplorer } from '@burnrate/shared/invoices/aws/cost_explorer/index.ts';
import type { InvoiceLine } from '@burnrate/shared/invoices/line.ts';
import type { InvoiceBatch } from '@burnrate/shared/invoices/reader.ts';
import { DAY } from '@burnrate/shared/model/time.ts';
import { SourceError } from '@burnrate/shared/sources/source.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Ask, type AwsServer, identity, json, startAws } from '../../sources/aws/server.ts';
import { bareMachine } from '../../sources/bare.ts';
import { type Group, notSwitchedOn, P4D, refusal, result, THE_24TH } from './cost_answers.ts';

const NOW = Date.UTC(2026, 10, 25, 9);
const clock = { now: () => NOW, after: () => () => {}, speed: 1 };

let server: AwsServer;
let spent: number;
beforeEach(async () => {
  spent = 0;
  server = await startAws({
    GetCallerIdentity: () => identity('arn:aws:iam::123456789012:user/ada'),
    GetCostAndUsage: () => json({ ResultsByTime: [result('2026-11-24', '2026-11-25', THE_24TH)] }),
    GetCostAndUsageWithResources: () => notSwitchedOn,
  });
});
afterEach(() => server.close());

async function open(settings: object = {}) {
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIAADA',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL: server.url,
  };
  const watched = {
    id: 'aws:environment',
    source: 'aws',
    name: 'environment',
    foundIn: 'the environment',
    options: { origin: 'environment' },
  };
  const parsed = awsCostExplorer.settings.parse(settings);
  const machine = bareMachine({ env, clock });
  const { accounts } = await awsCostExplorer.accounts([watched], machine, parsed);
  if (!accounts[0]) throw new Error('no bill was found');
  return awsCostExplorer.open(accounts[0], machine, parsed);
}

async function read(
  settings: object = {},
  { since = Date.UTC(2026, 10, 23), known = new Map<string, string>(), ceiling = 1e6 } = {},
): Promise<{ batches: InvoiceBatch[]; lines: InvoiceLine[] }> {
  const connection = await open(settings);
  const batches: InvoiceBatch[] = [];
  const spend = () => {
    if (spent + awsCostExplorer.callMicros > ceiling)
      throw new SourceError('throttled', {
        account: 'aws:environment',
        message: 'the ceiling of the day is reached',
        remedy: 'It goes on tomorrow.',
      });
    spent += awsCostExplorer.callMicros;
  };
  try {
    const request = { since, known, spend, signal: AbortSignal.timeout(30_000) };
    for await (const batch of connection.read(request)) batches.push(batch);
  } finally {
    await connection.close?.();
  }
  return { batches, lines: batches.flatMap((batch) => batch.lines) };
}

const asked = (action: string): Ask[] => server.asked.filter((ask) => ask.action === action);
const total = (amounts: readonly string[]) => amounts.reduce((sum, one) => sum + Number(one), 0);

test('a day is a part whose lines sum to what was billed, and to its amortized cost', async () => {
  const { batches, lines } = await read();
  // Of the 23rd nothing is told yet.
  expect(batches.map(({ part, complete }) => [part, complete])).toEqual([['2026-11-24', true]]);
  expect(total(lines.map(({ billedCost }) => billedCost))).toBeCloseTo(
    707.88816 + 25 + 1.25 - 100 + 52,
    6,
  );
  expect(total(lines.map(({ effectiveCost }) => effectiveCost))).toBeCloseTo(
    707.88816 + 21.5 + 3.5 + 1.25 - 100 + 52,
    6,
  );
  expect(lines[0]).toMatchObject({
    chargeCategory: 'Usage',
    serviceName: 'Amazon Elastic Compute Cloud',
    regionId: 'us-west-2',
    instanceType: 'p4d.24xlarge',
    billedCost: '707.88816',
    listCost: '786.5424',
    consumedQuantity: 24,
    subAccountId: '123456789012',
    chargePeriodStart: Date.UTC(2026, 10, 24),
    final: false,
  });
  expect(lines.find(({ chargeCategory }) => chargeCategory === 'Tax')?.skuMeter).toBeUndefined();
  // What is free, and was not used, says nothing.
  expect(lines.some(({ skuMeter }) => skuMeter?.includes('Free'))).toBe(false);
});

test('it asks for its own account’s days by charge and use, and counts what each page costs', async () => {
  server.on({
    GetCostAndUsage: ({ parameters }) =>
      'NextPageToken' in parameters
        ? json({ ResultsByTime: [result('2026-11-24', '2026-11-25', THE_24TH.slice(4))] })
        : json({
            ResultsByTime: [result('2026-11-24', '2026-11-25', THE_24TH.slice(0, 4))],
            NextPageToken: 'more',
          }),
  });
  const { lines } = await read({ resources: false });
  expect(lines.some(({ chargeCategory }) => chargeCategory === 'Tax')).toBe(true);
  expect(asked('GetCostAndUsage')[0]?.parameters).toMatchObject({
    TimePeriod: { Start: '2026-11-23', End: '2026-11-25' },
    Granularity: 'DAILY',
    Filter: { Dimensions: { Key: 'LINKED_ACCOUNT', Values: ['123456789012'] } },
    GroupBy: [{ Key: 'RECORD_TYPE' }, { Key: 'USAGE_TYPE' }],
  });
  expect(spent).toBe(20_000);
});

test('what is known is not given again; a closed month is not even asked for', async () => {
  const first = await read({ resources: false }, { since: Date.UTC(2026, 9, 31) });
  // The month before is closed, and its last day had no charges.
  expect(first.batches.map(({ part }) => part)).toEqual(['2026-10-31', '2026-11-24']);
  const known = new Map(first.batches.map(({ part, version }) => [part, version]));
  server.asked.length = 0;
  const second = await read({ resources: false }, { since: Date.UTC(2026, 9, 31), known });
  expect(second.batches).toEqual([]);
  expect(asked('GetCostAndUsage').map(({ parameters }) => parameters)).toMatchObject([
    { TimePeriod: { Start: '2026-11-01', End: '2026-11-25' } },
  ]);
  server.on({
    GetCostAndUsage: () =>
      json({ ResultsByTime: [result('2026-11-24', '2026-11-25', THE_24TH, false)] }),
  });
  const corrected = await read({ resources: false }, { since: Date.UTC(2026, 9, 31), known });
  expect(corrected.batches.map(({ part }) => part)).toEqual(['2026-11-24']);
  expect(corrected.lines[0]?.final).toBe(true);
});

test('where it is switched on, machines are told one by one and by the hour, and sum to the same', async () => {
  server.on({
    GetCostAndUsageWithResources: ({ parameters }) => {
      const covered = JSON.stringify(parameters).includes('"SavingsPlanCoveredUsage"');
      const hour = (at: number, groups: Group[]) =>
        result(
          `2026-11-24T${String(at).padStart(2, '0')}:00:00Z`,
          `2026-11-24T${String(at + 1).padStart(2, '0')}:00:00Z`,
          groups,
        );
      if (covered)
        return json({
          ResultsByTime: [
            hour(3, [
              { keys: ['i-0plan', P4D], unblended: '32.77', amortized: '21.5', quantity: '1' },
            ]),
          ],
        });
      const hours = Array.from({ length: 24 }, (_, at) =>
        hour(at, [{ keys: ['i-0abc', P4D], unblended: '32.7726', net: '29.49534', quantity: '1' }]),
      );
      return json({ ResultsByTime: hours.slice(0, 23).concat(hours.slice(23)) });
    },
  });
  const { lines } = await read();
  const machines = lines.filter(({ resourceId }) => resourceId?.startsWith('i-'));
  expect(machines).toHaveLength(25);
  expect(machines.find(({ resourceId }) => resourceId === 'i-0plan')).toMatchObject({
    commitmentDiscountStatus: 'Used',
    billedCost: '0',
    effectiveCost: '21.5',
    chargePeriodStart: Date.UTC(2026, 10, 24, 3),
    chargePeriodEnd: Date.UTC(2026, 10, 24, 4),
  });
  expect(total(lines.map(({ billedCost }) => billedCost))).toBeCloseTo(
    707.88816 + 25 + 1.25 - 100 + 52,
    6,
  );
  expect(asked('GetCostAndUsageWithResources')[0]?.parameters).toMatchObject({
    Granularity: 'HOURLY',
    TimePeriod: { Start: '2026-11-23T00:00:00Z', End: '2026-11-25T00:00:00Z' },
    GroupBy: [{ Key: 'RESOURCE_ID' }, { Key: 'USAGE_TYPE' }],
  });
});

test('where hours are not switched on days are asked for, then neither for a day', async () => {
  await read();
  const tried = asked('GetCostAndUsageWithResources').map(
    ({ parameters }) => (parameters as Record<string, unknown>).Granularity,
  );
  expect(tried).toEqual(['HOURLY', 'DAILY']);
});

test('by a tag, each line has its value', async () => {
  server.on({
    GetCostAndUsage: ({ parameters }) =>
      JSON.stringify(parameters).includes('"TAG"')
        ? json({
            ResultsByTime: [
              result('2026-11-24', '2026-11-25', [
                { keys: ['team$vision', P4D], unblended: '700', quantity: '20' },
                { keys: ['team$', P4D], unblended: '86', quantity: '4' },
              ]),
            ],
          })
        : json({ ResultsByTime: [result('2026-11-24', '2026-11-25', THE_24TH.slice(5))] }),
  });
  const { lines } = await read({ tag: 'team' });
  expect(lines.map(({ tags, billedCost }) => [tags?.team, billedCost])).toEqual([
    ['vision', '700'],
    [undefined, '86'],
    [undefined, '-100'],
    [undefined, '52'],
  ]);
});

test('the ceiling of the day is kept, and what was complete by then too', async () => {
  const batches = read({ resources: false }, { since: NOW - 60 * DAY, ceiling: 10_000 });
  await expect(batches).rejects.toMatchObject({ kind: 'throttled' });
  expect(asked('GetCostAndUsage')).toHaveLength(1);
});

test.each([
  [
    'denied',
    refusal(400, 'AccessDeniedException', 'User is not authorized to perform: ce:GetCostAndUsage'),
  ],
  ['throttled', refusal(400, 'LimitExceededException', 'You have made too many calls')],
  ['unreachable', refusal(500, 'InternalFailure', 'try later')],
  ['malformed', json({ hello: 'world' })],
] as const)('Cost Explorer that is %s says so', async (kind, reply) => {
  server.on({ GetCostAndUsage: () => reply });
  await expect(read({ resources: false })).rejects.toMatchObject({
    kind,
    message: expect.stringContaining('ce:GetCostAndUsage'),
  });
});

test('diagnosis spends nothing', async () => {
  const checks = await (await open()).diagnose(AbortSignal.timeout(30_000));
  expect(checks).toMatchObject([{ ok: true, message: expect.stringContaining('user/ada') }]);
  expect(asked('GetCostAndUsage')).toEqual([]);
});

test('several profiles of one AWS account have one bill', async () => {
  const profile = (name: string, accountNumber?: string) => ({
    id: `aws:${name}`,
    source: 'aws',
    name,
    foundIn: '~/.aws/config',
    options: { origin: 'profile', profile: name, ...(accountNumber && { accountNumber }) },
  });
  const { accounts } = await awsCostExplorer.accounts(
    [profile('dev', '1'), profile('admin', '1'), profile('other', '2')],
    bareMachine(),
    awsCostExplorer.settings.parse(undefined),
  );
  expect(accounts.map(({ id }) => id)).toEqual(['aws:dev', 'aws:other']);
});
