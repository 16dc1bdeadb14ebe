import { DescribeContainerInstancesCommand, ECSClient } from '@aws-sdk/client-ecs';
import type { Api } from '../api.ts';
import { malformed } from '../errors.ts';

/** What DescribeContainerInstances takes in one request. */
const AT_ONCE = 100;

/** Which instance of EC2 is behind a container instance: that never changes. */
export interface Hosts {
  /** Asks for those not known yet. Rejects with a SourceError. */
  learn(arns: Iterable<string>, region: string, signal: AbortSignal): Promise<void>;
  /** The instance's id. */
  get(arn: string): string | undefined;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeContainerInstances.html */
export function hostsOf(api: Api): Hosts {
  const known = new Map<string, string>();
  return {
    get: (arn) => known.get(arn),
    async learn(arns, region, signal) {
      const missing = [...new Set(arns)].filter((arn) => !known.has(arn));
      for (const [cluster, there] of Map.groupBy(missing, clusterOf)) {
        for (let from = 0; from < there.length; from += AT_ONCE) {
          const attempt = api.attempt('ecs:DescribeContainerInstances', region);
          const containerInstances = there.slice(from, from + AT_ONCE);
          const answer = await api.ask(attempt, signal, () =>
            api
              .client('ECS', region, ECSClient)
              .send(new DescribeContainerInstancesCommand({ cluster, containerInstances }), {
                abortSignal: signal,
              }),
          );
          if (!answer.containerInstances)
            throw malformed(attempt, 'the answer is not a list of container instances');
          for (const { containerInstanceArn, ec2InstanceId } of answer.containerInstances)
            if (containerInstanceArn && ec2InstanceId)
              known.set(containerInstanceArn, ec2InstanceId);
        }
      }
    },
  };
}

/** `arn:aws:ecs:us-east-1:123456789012:container-instance/CLUSTER/ID` */
function clusterOf(arn: string): string {
  return arn.split('/').at(-2) ?? 'default';
}
