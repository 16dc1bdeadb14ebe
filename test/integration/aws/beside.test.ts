import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
} from '@aws-sdk/client-batch';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { type Clock, MINUTE, startOfMonth } from '@burnrate/shared/model/time.ts';
import { aws } from '@burnrate/shared/sources/aws/index.ts';
import type { Connection, Observable } from '@burnrate/shared/sources/source.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bareMachine } from '../../unit/sources/bare.ts';
import { ec2, launch } from './launch.ts';
import { installMoto, type Moto, startMoto } from './moto.ts';

const missing = await installMoto();
if (missing) console.warn(`skipped: ${missing}`);

const patient = () => AbortSignal.timeout(60_000);

describe.skipIf(missing)('services beside EC2, by moto', () => {
  let moto: Moto;
  let connection: Connection;
  /** How far the test's clock is ahead. */
  let ahead = 0;
  const clock: Clock = {
    now: () => Date.now() + ahead,
    after: () => () => {},
    speed: 1,
  };

  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.close());
  beforeEach(async () => {
    await moto.reset();
    ahead = 0;
    const machine = bareMachine({
      clock,
      env: {
        AWS_ACCESS_KEY_ID: 'AKIAADA',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL: moto.url,
      },
    });
    const { accounts } = await aws.discover(machine, aws.settings.parse(undefined));
    if (!accounts[0]) throw new Error('no account was found');
    connection = aws.open(accounts[0], machine, aws.settings.parse({ regions: ['us-east-1'] }));
  });
  afterEach(() => connection.close?.());

  const client = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  const observe = (what: Observable[], told: string[] = []) =>
    connection.observe({
      what: new Set(what),
      wanted: [],
      told: new Set(told),
      signal: patient(),
    });

  test('training jobs are listed, described and their tags read', async () => {
    const sagemaker = new SageMakerClient({ ...client, endpoint: moto.url });
    await sagemaker.send(
      new CreateTrainingJobCommand({
        TrainingJobName: 'llama-ft',
        AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'File' },
        RoleArn: 'arn:aws:iam::123456789012:role/sagemaker',
        OutputDataConfig: { S3OutputPath: 's3://bucket/out' },
        ResourceConfig: {
          InstanceType: 'ml.p4d.24xlarge',
          InstanceCount: 2,
          VolumeSizeInGB: 100,
        },
        StoppingCondition: { MaxRuntimeInSeconds: 3600 },
        Tags: [{ Key: 'Owner', Value: 'ada' }],
      }),
    );
    const { nodes, jobs, partial } = await observe(['nodes', 'jobs']);
    expect(partial).toBeUndefined();
    // Moto's training jobs are complete at once.
    expect(jobs).toMatchObject([{ name: 'llama-ft', state: 'ended', owner: 'ada', mine: true }]);
    expect(nodes).toHaveLength(2);
    expect(nodes?.[0]).toMatchObject({
      gpus: { count: 8, model: 'NVIDIA A100' },
      state: 'ended',
      cores: 96,
    });
  });

  test('the queues of Batch are read, and what waits in them', async () => {
    // Else it would soon try to run them, and fail: it has no machine to do so.
    await moto.hold('batch::job');
    const batch = new BatchClient({ ...client, endpoint: moto.url });
    const role = 'arn:aws:iam::123456789012:role/batch';
    await moto.iam('CreateRole', { RoleName: 'batch', AssumeRolePolicyDocument: '{}' });
    await batch.send(
      new CreateComputeEnvironmentCommand({
        computeEnvironmentName: 'gpu',
        type: 'UNMANAGED',
        state: 'ENABLED',
        serviceRole: role,
      }),
    );
    await batch.send(
      new CreateJobQueueCommand({
        jobQueueName: 'gpu',
        state: 'ENABLED',
        priority: 1,
        computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'gpu' }],
      }),
    );
    await batch.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'render',
        type: 'container',
        containerProperties: { image: 'busybox', vcpus: 1, memory: 128, command: ['sleep', '9'] },
      }),
    );
    const first = await batch.send(
      new SubmitJobCommand({ jobName: 'first', jobQueue: 'gpu', jobDefinition: 'render' }),
    );
    await batch.send(
      new SubmitJobCommand({
        jobName: 'second',
        jobQueue: 'gpu',
        jobDefinition: 'render',
        dependsOn: [{ jobId: first.jobId }],
        tags: { Owner: 'bob' },
      }),
    );
    const { jobs, partial } = await observe(['nodes', 'jobs']);
    expect(partial).toBeUndefined();
    expect(jobs?.find(({ name }) => name === 'second')).toMatchObject({
      state: 'pending',
      owner: 'bob',
      mine: false,
      labels: { queue: 'gpu' },
    });
  });

  test('GPUs that nothing else tells of are told of by CloudWatch, at its price', async () => {
    const [id = ''] = await launch(ec2(moto.url, 'us-east-1'), 'p4d.24xlarge');
    const cloudwatch = new CloudWatchClient({ ...client, endpoint: moto.url });
    const minute = new Date(Math.floor(Date.now() / MINUTE) * MINUTE - MINUTE);
    await cloudwatch.send(
      new PutMetricDataCommand({
        Namespace: 'CWAgent',
        MetricData: [0, 1].flatMap((index) =>
          [
            ['nvidia_smi_utilization_gpu', 40 + index],
            ['nvidia_smi_power_draw', 300],
            ['nvidia_smi_memory_used', 1024],
          ].map(([name, value]) => ({
            MetricName: String(name),
            Timestamp: minute,
            Value: Number(value),
            Dimensions: [
              { Name: 'InstanceId', Value: id },
              { Name: 'index', Value: String(index) },
              { Name: 'name', Value: 'NVIDIA A100-SXM4-40GB' },
            ],
          })),
        ),
      }),
    );
    // EC2's own metrics: what it sent in a span of five minutes that is over.
    const span = new Date(Math.floor(Date.now() / (5 * MINUTE)) * 5 * MINUTE - 10 * MINUTE);
    await cloudwatch.send(
      new PutMetricDataCommand({
        Namespace: 'AWS/EC2',
        MetricData: [
          ['NetworkOut', 7_000],
          ['NetworkOut', 5_000],
          ['NetworkIn', 900],
        ].map(([name, value]) => ({
          MetricName: String(name),
          Timestamp: span,
          Value: Number(value),
          Dimensions: [{ Name: 'InstanceId', Value: id }],
        })),
      }),
    );
    await observe(['nodes', 'jobs']);
    // An exporter may answer yet; what is asked is which buckets have metrics.
    expect(await observe(['telemetry'])).toMatchObject({
      samples: [],
      buckets: [],
      costMicros: 10,
    });
    ahead = 2 * MINUTE;
    const { samples, traffic, costMicros, partial } = await observe(['telemetry']);
    expect(partial).toBeUndefined();
    expect(samples?.map(({ gpuIndex }) => gpuIndex).sort()).toEqual([0, 1]);
    expect(samples?.find(({ gpuIndex }) => gpuIndex === 1)).toMatchObject({
      node: `aws:environment:${id}`,
      at: minute.getTime() + MINUTE,
      utilization: expect.closeTo(0.41),
      power: 300,
      memoryUsed: 1024 ** 3,
      model: 'NVIDIA A100-SXM4-40GB',
    });
    expect(traffic).toEqual([
      {
        node: `aws:environment:${id}`,
        device: 'all',
        since: span.getTime(),
        at: span.getTime() + 5 * MINUTE,
        sent: 12_000,
        received: 900,
      },
    ]);
    // One list, four metrics of each GPU, and three of the machine.
    expect(costMicros).toBe(10 + 8 * 10 + 3 * 10);
    expect(await observe(['telemetry'], [id])).toMatchObject({ samples: [], costMicros: 0 });
  });

  test('buckets whose requests S3 counts are told of where machines of mine run, at the price of asking', async () => {
    await launch(ec2(moto.url, 'us-east-1'), 'p4d.24xlarge');
    const from = startOfMonth(Date.now());
    const some = Math.floor(Date.now() / MINUTE) * MINUTE - 3 * MINUTE;
    const minute = new Date(Math.max(from, some));
    const put = async (region: string, bucket: string, value: number, at: Date) => {
      const cloudwatch = new CloudWatchClient({ ...client, region, endpoint: moto.url });
      const names = ['AllRequests', 'BytesUploaded', 'BytesDownloaded', 'PutRequests'];
      await cloudwatch.send(
        new PutMetricDataCommand({
          Namespace: 'AWS/S3',
          MetricData: names.map((MetricName) => ({
            MetricName,
            Timestamp: at,
            // Two requests, of which the sum counts.
            StatisticValues: { Sum: value, SampleCount: 2, Minimum: 1, Maximum: value - 1 },
            Dimensions: [
              { Name: 'BucketName', Value: bucket },
              { Name: 'FilterId', Value: 'EntireBucket' },
            ],
          })),
        }),
      );
    };
    await put('us-east-1', 'checkpoints', 42, minute);
    // And one in a region where nothing runs.
    for (let nth = 0; nth < 22; nth += 1) await put('us-east-1', `other-${nth}`, 5, minute);
    await put('eu-west-1', 'elsewhere', 9, minute);
    await observe(['nodes', 'jobs']);
    const { buckets, costMicros, partial } = await observe(['telemetry']);
    expect(partial).toBeUndefined();
    // No more are paid for; doctor says how many are left out.
    expect(buckets).toHaveLength(20);
    expect(buckets).toContainEqual({
      name: 's3://checkpoints',
      provider: 'aws',
      region: 'us-east-1',
      month: { from, uploaded: 42, downloaded: 42, puts: 42, gets: 0 },
      uploads: [{ at: minute.getTime(), bytes: 42, puts: 42 }],
    });
    // A list, and six metrics of each bucket.
    expect(costMicros).toBe(10 + 20 * 6 * 10);
    expect(await observe(['telemetry'])).toMatchObject({ buckets: [] });
    const checks = await connection.diagnose(patient());
    expect(checks.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^us-east-1 has 23 filters .* of which 20 are read, .* 3 are left out/),
    );
  });
});
