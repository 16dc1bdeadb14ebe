import { EC2Client, RunInstancesCommand, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';

const KEYS = { accessKeyId: 'AKIALAUNCHER', secretAccessKey: 'launcher' };

/** A client as another tool of the user's would have. */
export function ec2(url: string, region: string): EC2Client {
  return new EC2Client({ endpoint: url, region, credentials: KEYS });
}

/** Starts instances as `aws ec2 run-instances` does; returns their ids. */
export async function launch(
  client: EC2Client,
  type: string,
  options: {
    tags?: Record<string, string>;
    spot?: boolean;
    count?: number;
    more?: Partial<RunInstancesCommandInput>;
  } = {},
): Promise<string[]> {
  const count = options.count ?? 1;
  const Tags = Object.entries(options.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  const answer = await client.send(
    new RunInstancesCommand({
      ImageId: 'ami-12c6146b',
      InstanceType: type as NonNullable<RunInstancesCommandInput['InstanceType']>,
      MinCount: count,
      MaxCount: count,
      ...(Tags.length > 0 && {
        TagSpecifications: [{ ResourceType: 'instance' as const, Tags }],
      }),
      ...(options.spot && { InstanceMarketOptions: { MarketType: 'spot' as const } }),
      ...options.more,
    }),
  );
  return (answer.Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? []);
}
