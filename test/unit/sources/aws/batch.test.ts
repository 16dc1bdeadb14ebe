import type { JobDetail } from '@aws-sdk/client-batch';
import { holdings } from '@burnrate/shared/metering/holdings.ts';
import { identify } from '@burnrate/shared/metering/identity.ts';
import type { Hosts } from '@burnrate/shared/sources/aws/batch/hosts.ts';
import { containerInstancesOf, toJob } from '@burnrate/shared/sources/aws/batch/jobs.ts';
import { jobsOf } from '@burnrate/shared/sources/aws/jobs.ts';
import { toNode } from '@burnrate/shared/sources/aws/nodes.ts';
import { expect, test } from 'vitest';

const START = Date.UTC(2026, 10, 24, 10);
const ARN = 'arn:aws:ecs:us-east-1:123456789012:container-instance/AWSBatch-gpu-cluster/';
const hosts: Hosts = {
  learn: async () => {},
  get: (arn) => ({ [`${ARN}a`]: 'i-0aaaaaaaa', [`${ARN}b`]: 'i-0bbbbbbbb' })[arn],
};
const context = {
  account: 'aws:research',
  ownership: { owner: 'ada', mine: true, because: 'tag Owner=ada is the caller' },
};

/** As DescribeJobs answers, cut down to what is read. */
function detail(more: Partial<JobDetail> = {}): JobDetail {
  return {
    jobId: '0a1b',
    jobName: 'render',
    jobQueue: 'arn:aws:batch:us-east-1:123456789012:job-queue/gpu',
    jobDefinition: 'arn:aws:batch:us-east-1:123456789012:job-definition/render:3',
    status: 'RUNNING',
    startedAt: START,
    ...more,
  };
}
const onInstance = (which: string, gpus: string) => ({
  containerInstanceArn: `${ARN}${which}`,
  resourceRequirements: [
    { type: 'GPU' as const, value: gpus },
    { type: 'VCPU' as const, value: '16' },
  ],
});
const of = (job: JobDetail, children: JobDetail[] = []) =>
  toJob({ region: 'us-east-1', detail: job, children }, hosts, context);

test('a job holds its GPUs of the instance behind its container instance', () => {
  const job = of(
    detail({ container: onInstance('a', '2'), timeout: { attemptDurationSeconds: 7200 } }),
  );
  expect(job).toMatchObject({
    id: 'aws:research:batch-job/us-east-1/0a1b',
    level: 'scheduler',
    state: 'running',
    shares: [{ node: 'i-0aaaaaaaa', gpus: 2, cores: 16, from: START }],
    limitAt: START + 7_200_000,
    labels: { queue: 'gpu' },
  });
});

test('an array is one job that runs while elements do, with a share for each', () => {
  const array = detail({ status: 'PENDING', startedAt: undefined, arrayProperties: { size: 9 } });
  expect(of(array)).toMatchObject({ state: 'pending', shares: [] });
  const children = ['a', 'b', 'b'].map((which, index) =>
    detail({ jobId: `0a1b:${index}`, startedAt: START + index, container: onInstance(which, '1') }),
  );
  expect(of(array, children)).toMatchObject({
    state: 'running',
    startedAt: START,
    shares: [
      { node: 'i-0aaaaaaaa', gpus: 1 },
      { node: 'i-0bbbbbbbb', gpus: 1 },
      { node: 'i-0bbbbbbbb', gpus: 1 },
    ],
  });
  expect(containerInstancesOf({ region: 'us-east-1', detail: array, children })).toEqual([
    `${ARN}a`,
    `${ARN}b`,
    `${ARN}b`,
  ]);
});

test('a job of several nodes runs where its nodes do', () => {
  const parent = detail({
    nodeProperties: { numNodes: 2, mainNode: 0, nodeRangeProperties: [] },
  });
  const children = ['a', 'b'].map((which, index) =>
    detail({ jobId: `0a1b#${index}`, container: onInstance(which, '8') }),
  );
  expect(of(parent, children)?.shares.map(({ node }) => node)).toEqual([
    'i-0aaaaaaaa',
    'i-0bbbbbbbb',
  ]);
  expect(of(parent)?.state).toBe('stopping');
});

test('on EKS it runs in a pod of a node, by whose name the cluster knows it', () => {
  const pod = {
    podName: 'aws-batch.0a1b',
    nodeName: 'ip-10-0-0-7.ec2.internal',
    containers: [{ resources: { limits: { 'nvidia.com/gpu': '4', cpu: '8' } } }],
  };
  expect(of(detail({ eksProperties: { podProperties: pod } }))?.shares).toEqual([
    {
      node: 'ip-10-0-0-7.ec2.internal',
      gpus: 4,
      cores: 8,
      pod: 'aws-batch.0a1b',
      from: START,
    },
  ]);
});

test('one that runs on who knows what is not shown to run on nothing', () => {
  expect(of(detail({ container: onInstance('unknown', '1') }))).toBeUndefined();
});

test('one that has ended says when', () => {
  expect(
    of(detail({ status: 'FAILED', stoppedAt: START + 5, statusReason: 'Host EC2 terminated.' })),
  ).toMatchObject({ state: 'ended', startedAt: START, endedAt: START + 5, shares: [] });
});

test('its part of an instance is its alone: whoever started the machine does not pay it again', () => {
  const machine = toNode(
    {
      InstanceId: 'i-0aaaaaaaa',
      InstanceType: 'p4d.24xlarge',
      State: { Name: 'running' },
      LaunchTime: new Date(START),
    },
    'i-0aaaaaaaa',
    {
      account: 'aws:research',
      region: 'us-east-1',
      facts: { gpus: { count: 8 }, cores: 96, instanceStoreGB: 0 },
      ownership: { owner: undefined, mine: false, because: 'AWS Batch runs it' },
    },
  );
  const { nodes, resolve } = identify([machine]);
  const [node] = nodes;
  const render = of(detail({ container: onInstance('a', '2') }));
  if (!node || !render) throw new Error('they are not there');
  const jobs = [render, ...jobsOf([machine], 'aws:research', START)];
  const share = (jobId: string) =>
    (holdings(node, jobs, resolve).find((part) => part.jobId === jobId)?.weight ?? 0) / 1e9;
  expect(share(render.id)).toBeCloseTo(2 / 8);
  expect(share('idle')).toBeCloseTo(6 / 8);
  expect(share('aws:research:i-0aaaaaaaa')).toBe(0);
});
