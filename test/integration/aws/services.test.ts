import type { Account } from '@burnrate/shared/model/account.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import { aws } from '@burnrate/shared/sources/aws/index.ts';
import type { Connection, Observable, Observation } from '@burnrate/shared/sources/source.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accountOf } from '../../unit/sources/aws/account.ts';
import { type AwsServer, type Handlers, json, startAws } from '../../unit/sources/aws/server.ts';
import { bareMachine } from '../../unit/sources/bare.ts';
import { refusal, START, services } from './recorded.ts';

const envOf = (url: string) => ({
  AWS_ACCESS_KEY_ID: 'AKIAADA',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: url,
});

describe('services beside EC2, by recorded shapes', () => {
  let server: AwsServer;
  let connection: Connection;
  let account: Account;

  beforeEach(async () => {
    server = await startAws(services());
    const machine = bareMachine({
      env: envOf(server.url),
    });
    const { accounts } = await aws.discover(machine, aws.settings.parse(undefined));
    if (!accounts[0]) throw new Error('no account was found');
    [account] = accounts as [Account];
    connection = aws.open(account, machine, aws.settings.parse({ cloudwatch: false }));
  });
  afterEach(async () => {
    await connection.close?.();
    await server.close();
  });

  const patient = () => AbortSignal.timeout(60_000);
  const observe = (): Promise<Observation> =>
    connection.observe({
      what: new Set<Observable>(['nodes', 'jobs', 'prices']),
      wanted: [],
      signal: patient(),
    });
  const askedFor = (action: string, since = 0) =>
    server.asked.slice(since).filter((ask) => ask.action === action);
  async function jobCalled(name: string): Promise<Job> {
    const job = (await observe()).jobs?.find((one) => one.name === name);
    if (!job) throw new Error(`no job is called ${name}`);
    return job;
  }

  test('a training job is seen with its own machines, at the price of ml instances', async () => {
    const { nodes, quotes, partial } = await observe();
    expect(partial).toBeUndefined();
    const job = await jobCalled('llama-ft');
    expect(job).toMatchObject({ state: 'running', mine: true, owner: 'ada' });
    expect(job.shares).toHaveLength(2);
    for (const { node } of job.shares)
      expect(nodes?.find(({ id }) => id === node)).toMatchObject({
        gpus: { count: 8, model: 'NVIDIA A100' },
        state: 'running',
      });
    const price = quotes?.find(({ key }) => key.instanceType === 'ml.p4d.24xlarge');
    expect(price?.rate).toMatchObject({ microsPerHour: 37_688_000, provenance: 'list' });
  });

  test('where a service has no jobs it is read at every third observation; a first one is then seen', async () => {
    const { ListTrainingJobs, DescribeJobQueues } = services();
    if (!ListTrainingJobs || !DescribeJobQueues) throw new Error('a recorded answer is missing');
    server.on({
      ListTrainingJobs: () => json({ TrainingJobSummaries: [] }),
      DescribeJobQueues: () => json({ jobQueues: [] }),
    });
    for (let time = 0; time < 6; time += 1) expect((await observe()).partial).toBeUndefined();
    // At first all that run are listed, too.
    expect(askedFor('ListTrainingJobs')).toHaveLength(3);
    expect(askedFor('DescribeJobQueues')).toHaveLength(2);
    expect(askedFor('DescribeInstances')).toHaveLength(6);
    server.on({ ListTrainingJobs, DescribeJobQueues });
    let shown: string[] = [];
    for (let time = 0; time < 3; time += 1)
      shown = (await observe()).jobs?.map(({ name }) => name) ?? [];
    expect(shown).toEqual(expect.arrayContaining(['llama-ft', 'render']));
    const before = server.asked.length;
    await observe();
    expect(askedFor('ListTrainingJobs', before)).toHaveLength(1);
    expect(askedFor('DescribeJobQueues', before)).toHaveLength(1);
  });

  test('a training job that nothing has changed for hours is seen each time, until it is gone', async () => {
    await connection.close?.();
    let ahead = 0;
    connection = aws.open(
      account,
      bareMachine({
        clock: { now: () => Date.now() + ahead, after: () => () => {}, speed: 1 },
        env: envOf(server.url),
      }),
      aws.settings.parse({ cloudwatch: false }),
    );
    const { ListTrainingJobs, DescribeTrainingJob } = services();
    if (!ListTrainingJobs || !DescribeTrainingJob) throw new Error('a recorded answer is missing');
    const none = json({ TrainingJobSummaries: [] });
    server.on({
      ListTrainingJobs: (ask) =>
        'StatusEquals' in (ask.parameters as object) ? ListTrainingJobs(ask) : none,
    });
    const seen = async () => (await observe()).jobs?.some(({ name }) => name === 'llama-ft');
    const allListed = () =>
      askedFor('ListTrainingJobs').filter(({ parameters }) => 'StatusEquals' in parameters);
    for (let time = 0; time < 3; time += 1) expect(await seen()).toBe(true);
    expect(allListed()).toHaveLength(1);
    ahead = 3_700_000;
    expect(await seen()).toBe(true);
    expect(allListed()).toHaveLength(2);
    // It was deleted: that is no failure of the others.
    const gone = refusal(400, 'ValidationException', 'Requested resource not found.');
    server.on({ ListTrainingJobs: () => none, DescribeTrainingJob: () => gone });
    expect((await observe()).partial).toBeUndefined();
    expect(await seen()).toBe(false);
  });

  test('it is stopped on request, and seen to have ended', async () => {
    const job = await jobCalled('llama-ft');
    const plan = await connection.planStop?.(job, patient());
    expect(plan).toMatchObject({
      action: 'Stop training job llama-ft on 2 instances (SageMaker us-east-1)',
      reversible: false,
      keeps: [expect.stringContaining('s3://bucket/checkpoints')],
    });
    if (!plan) throw new Error('there is no plan');
    await connection.stop?.(job, plan, patient());
    expect(await jobCalled('llama-ft')).toMatchObject({
      state: 'ended',
      endedAt: Math.round((START + 1800) * 1000),
    });
    await connection.stop?.(job, plan, patient());
    expect(server.asked.filter(({ action }) => action === 'StopTrainingJob')).toHaveLength(1);
  });

  test('an array of Batch holds GPUs of the instance of EC2, which counts once', async () => {
    const job = await jobCalled('render');
    expect(job).toMatchObject({
      state: 'running',
      mine: true,
      shares: [
        { node: 'i-0bb00bb00bb00bb00', gpus: 4 },
        { node: 'i-0bb00bb00bb00bb00', gpus: 4 },
      ],
    });
    const { nodes } = await observe();
    expect(nodes?.filter(({ aliases }) => aliases.includes('i-0bb00bb00bb00bb00'))).toHaveLength(1);
  });

  test('it is terminated with all of its elements, and seen to have ended', async () => {
    const job = await jobCalled('render');
    const plan = await connection.planStop?.(job, patient());
    if (!plan) throw new Error('there is no plan');
    expect(plan.action).toBe(
      'Terminate job render with all of its 10 elements (AWS Batch us-east-1)',
    );
    await connection.stop?.(job, plan, patient());
    expect(await jobCalled('render')).toMatchObject({ state: 'ended' });
  });

  test('the instance that Batch runs is not stopped: its job is what to stop', async () => {
    const { jobs } = await observe();
    const machine = jobs?.find(({ nativeId }) => nativeId.startsWith('i-'));
    if (!machine) throw new Error('the machine is not there');
    expect(machine.mine).toBe(false);
    server.on({
      DescribeInstances: accountOf([
        {
          id: 'i-0bb00bb00bb00bb00',
          tags: { 'aws:batch:compute-environment': 'gpu', Owner: 'ada' },
        },
      ]).DescribeInstances as Handlers[string],
    });
    const mine = (await observe()).jobs?.find(({ nativeId }) => nativeId.startsWith('i-'));
    if (!mine) throw new Error('the machine is not there');
    await expect(connection.planStop?.(mine, patient())).rejects.toMatchObject({
      kind: 'denied',
      remedy: expect.stringContaining('Stop the job of AWS Batch'),
    });
  });

  test("someone else's training job is refused by what its tags say now", async () => {
    const job = await jobCalled('llama-ft');
    await connection.close?.();
    server.on({ ListTags: () => json({ Tags: [{ Key: 'Owner', Value: 'bob' }] }) });
    const machine = bareMachine({
      env: envOf(server.url),
    });
    connection = aws.open(account, machine, aws.settings.parse(undefined));
    await observe();
    await expect(connection.planStop?.(job, patient())).rejects.toMatchObject({
      kind: 'denied',
      message: 'llama-ft is not yours: its owner is bob',
    });
  });

  test('who may not list a service is told so by the doctor, not every minute', async () => {
    const denied = refusal(
      400,
      'AccessDeniedException',
      'User: arn:aws:iam::123456789012:user/ada is not authorized to perform: sagemaker:ListTrainingJobs',
    );
    server.on({ ListTrainingJobs: () => denied });
    const { partial, jobs } = await observe();
    expect(partial).toBeUndefined();
    expect(jobs?.map(({ name }) => name)).toContain('render');
    const fault = (await connection.diagnose(patient())).find(({ ok }) => !ok);
    expect(fault).toMatchObject({
      capability: 'jobs',
      remedy: expect.stringMatching(
        /Allow sagemaker:ListTrainingJobs.*--policy aws\/read.*leave it out under sources\.aws\.services/,
      ),
    });
  });

  test('who may not ask CloudWatch is told what else would do, once GPUs run that nobody tells of', async () => {
    await connection.close?.();
    let ahead = 0;
    const machine = bareMachine({
      clock: { now: () => Date.now() + ahead, after: () => () => {}, speed: 1 },
      env: envOf(server.url),
    });
    const denied = refusal(403, 'AccessDenied', 'not authorized');
    server.on({ ListMetrics: () => denied, GetMetricData: () => denied });
    connection = aws.open(account, machine, aws.settings.parse(undefined));
    await observe();
    const telemetry = () =>
      connection.observe({
        what: new Set<Observable>(['telemetry']),
        wanted: [],
        signal: patient(),
      });
    expect(await telemetry()).toMatchObject({ samples: [] });
    ahead = 120_000;
    await expect(telemetry()).rejects.toMatchObject({
      kind: 'denied',
      remedy: expect.stringMatching(/dcgm-exporter.*sources\.aws\.cloudwatch: false/),
    });
  });

  test.each([
    ['throttled', refusal(400, 'ThrottlingException', 'Rate exceeded')],
    ['unreachable', refusal(500, 'InternalFailure', 'try later')],
    ['malformed', { headers: { 'Content-Type': 'text/html' }, body: '<html>sign in</html>' }],
  ] as const)('one service that is %s does not hide the others', async (kind, reply) => {
    server.on({ DescribeJobQueues: () => reply });
    const { partial, jobs } = await observe();
    expect(partial?.map((failure) => failure.kind)).toEqual([kind]);
    expect(partial?.[0]?.message).toContain('batch:DescribeJobQueues');
    expect(jobs?.map(({ name }) => name)).toContain('llama-ft');
  });

  test('a list that is cut between its pages is no list', async () => {
    server.on({
      ListTrainingJobs: ({ parameters }) =>
        'NextToken' in parameters
          ? refusal(400, 'ThrottlingException', 'Rate exceeded')
          : json({ TrainingJobSummaries: [], NextToken: 'more' }),
    });
    const { partial, jobs } = await observe();
    expect(partial?.[0]?.kind).toBe('throttled');
    expect(jobs?.map(({ name }) => name)).toContain('render');
  });
});
