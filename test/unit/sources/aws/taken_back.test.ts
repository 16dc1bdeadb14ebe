import type { Instance } from '@aws-sdk/client-ec2';
import { toNode } from '@burnrate/shared/sources/aws/nodes.ts';
import { expect, test } from 'vitest';

const ended = (Code: string): Instance => ({
  InstanceId: 'i-0abc1234def567890',
  InstanceType: 'p4d.24xlarge',
  InstanceLifecycle: 'spot',
  State: { Name: 'terminated' },
  StateReason: { Code },
  StateTransitionReason: 'Server.SpotInstanceTermination (2026-11-24 10:00:00 GMT)',
  LaunchTime: new Date(Date.UTC(2026, 10, 24)),
});

test.each(['Server.SpotInstanceTermination', 'Client.UserInitiatedShutdown'])(
  'why an instance ended is kept: %s',
  (code) => {
    const node = toNode(ended(code), 'i-0abc1234def567890', {
      account: 'aws:research',
      region: 'us-east-1',
      facts: undefined,
      ownership: { owner: undefined, mine: true, because: 'test' },
    });
    expect(node).toMatchObject({ state: 'ended', labels: { endReason: code } });
  },
);
