import type { Instance } from '@aws-sdk/client-ec2';
import { identify } from '@burnrate/shared/metering/identity.ts';
import { managerOf } from '@burnrate/shared/sources/aws/managed_by.ts';
import { toNode } from '@burnrate/shared/sources/aws/nodes.ts';
import { machineOf, toNode as toClusterNode } from '@burnrate/shared/sources/kubernetes/nodes.ts';
import { NodeObject } from '@burnrate/shared/sources/kubernetes/objects.ts';
import { expect, test } from 'vitest';

const ID = 'i-0abc1234def567890';

function instance(tags: Record<string, string>): Instance {
  return {
    InstanceId: ID,
    InstanceType: 'p4d.24xlarge',
    State: { Name: 'running' },
    PrivateDnsName: 'ip-10-0-0-7.ec2.internal',
    PrivateIpAddress: '10.0.0.7',
    Placement: { AvailabilityZone: 'us-east-1a', Tenancy: 'default' },
    LaunchTime: new Date(Date.UTC(2026, 10, 24)),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

const node = (tags: Record<string, string>) =>
  toNode(instance(tags), ID, {
    account: 'aws:research',
    region: 'us-east-1',
    facts: { gpus: { count: 8, model: 'NVIDIA A100' }, cores: 96, instanceStoreGB: 0 },
    ownership: { owner: undefined, mine: false, because: 'a node group runs it' },
  });

const EKS = { 'eks:cluster-name': 'research', 'eks:nodegroup-name': 'gpu' };

test("an instance and the node that its cluster shows are one machine, at EC2's price", () => {
  const object = NodeObject.parse({
    metadata: {
      name: 'ip-10-0-0-7.ec2.internal',
      uid: 'u',
      creationTimestamp: '2026-11-24T00:00:00Z',
      labels: {
        'node.kubernetes.io/instance-type': 'p4d.24xlarge',
        'topology.kubernetes.io/region': 'us-east-1',
        'topology.kubernetes.io/zone': 'us-east-1a',
        'eks.amazonaws.com/nodegroup': 'gpu',
      },
    },
    spec: { providerID: `aws:///us-east-1a/${ID}` },
    status: {
      capacity: { cpu: '96', 'nvidia.com/gpu': '8' },
      addresses: [{ type: 'InternalIP', address: '10.0.0.7' }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });
  const inCluster = toClusterNode(machineOf(object), {
    account: 'kubernetes:research',
    prices: undefined,
    provisioned: undefined,
    since: undefined,
    now: Date.UTC(2026, 10, 24, 1),
  });
  const fleet = identify([inCluster, node(EKS)]);
  expect(fleet.nodes).toHaveLength(1);
  expect(fleet.nodes[0]).toMatchObject({
    id: `aws:research:${ID}`,
    scheduled: true,
    labels: { 'kubernetes-cluster': 'research', 'node-group': 'gpu' },
  });
  expect(fleet.resolve(`aws:///us-east-1a/${ID}`)?.id).toBe(`aws:research:${ID}`);
});

test('a member of what would replace it is told by its tags, with what to do instead', () => {
  const manager = (tags: Record<string, string>) => managerOf(instance(tags));
  expect(manager({ ...EKS, 'aws:autoscaling:groupName': 'eks-gpu-1' })).toMatchObject({
    name: 'node group gpu of EKS cluster research',
    refuses: true,
    instead: expect.stringContaining(
      'aws eks update-nodegroup-config --cluster-name research --nodegroup-name gpu',
    ),
  });
  expect(
    manager({
      'karpenter.sh/nodepool': 'spot-gpu',
      'karpenter.sh/nodeclaim': 'spot-gpu-x7',
      'kubernetes.io/cluster/research': 'owned',
    }),
  ).toMatchObject({
    cluster: 'research',
    refuses: true,
    instead: expect.stringMatching(/spot-gpu-x7$/),
  });
  expect(manager({ 'aws:batch:compute-environment': 'gpu' })).toMatchObject({
    refuses: true,
    instead: expect.stringContaining('job of AWS Batch'),
  });
  expect(manager({ 'aws:autoscaling:groupName': 'web' })).toMatchObject({
    refuses: false,
    instead: expect.stringMatching(/--should-decrement-desired-capacity --instance-id i-0abc/),
  });
  expect(manager({ Name: 'mine' })).toBeUndefined();
});
