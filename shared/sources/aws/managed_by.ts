import type { Instance } from '@aws-sdk/client-ec2';

/** What runs an instance, and would replace or forbid what a person does to it. */
export interface Manager {
  /** `node group gpu of EKS cluster research` */
  name: string;
  cluster?: string;
  nodeGroup?: string;
  /** Whether to end the instance is useless or harms others' work, so that it is refused. */
  refuses: boolean;
  /** How to do what ending it was meant to do. */
  instead: string;
}

/** By the tags that each of them gives its instances, the most telling first. */
export function managerOf(instance: Instance): Manager | undefined {
  const tags = tagsOf(instance);
  const id = instance.InstanceId ?? 'ID';
  const environment = tags['aws:batch:compute-environment'];
  if (environment || tags.AWSBatchServiceTag)
    return {
      name: `compute environment ${environment ?? '(unnamed)'} of AWS Batch`,
      refuses: true,
      instead: 'Stop the job of AWS Batch that runs on it: Batch then ends the instance by itself.',
    };
  return inKubernetes(tags, id) ?? inGroup(tags, id) ?? operated(instance);
}

export function tagsOf({ Tags }: Instance): Record<string, string> {
  return Object.fromEntries(
    (Tags ?? []).flatMap(({ Key, Value }) => (Key ? [[Key, Value ?? '']] : [])),
  );
}

/** The cluster that an instance is a node of, by the tags of EKS, eksctl, Karpenter and kOps. */
export function clusterOf(tags: Readonly<Record<string, string>>): string | undefined {
  const owned = Object.keys(tags).find((name) => name.startsWith(OWNED));
  return (
    tags['eks:cluster-name'] ||
    tags['aws:eks:cluster-name'] ||
    tags['eks:eks-cluster-name'] ||
    owned?.slice(OWNED.length) ||
    undefined
  );
}

const OWNED = 'kubernetes.io/cluster/';

/**
 * To end a node takes every pod that is on it along, and a node group starts another in its place.
 * https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html
 * https://karpenter.sh/docs/concepts/nodeclasses/#spectags
 */
function inKubernetes(tags: Readonly<Record<string, string>>, id: string): Manager | undefined {
  const cluster = clusterOf(tags);
  const nodeGroup = tags['eks:nodegroup-name'];
  if (cluster && nodeGroup)
    return {
      name: `node group ${nodeGroup} of EKS cluster ${cluster}`,
      cluster,
      nodeGroup,
      refuses: true,
      instead: `Stop the job in the cluster, then let the group shrink: aws eks update-nodegroup-config --cluster-name ${cluster} --nodegroup-name ${nodeGroup} --scaling-config minSize=0,desiredSize=0 (the number of nodes to keep).`,
    };
  const pool = tags['karpenter.sh/nodepool'];
  if (!pool) return undefined;
  return {
    name: `Karpenter's node pool ${pool}${cluster ? ` of cluster ${cluster}` : ''}`,
    ...(cluster && { cluster }),
    nodeGroup: pool,
    refuses: true,
    instead: `Stop the job in the cluster: Karpenter then ends the node. By hand: kubectl delete nodeclaim ${tags['karpenter.sh/nodeclaim'] ?? `(that of ${id})`}`,
  };
}

function inGroup(tags: Readonly<Record<string, string>>, id: string): Manager | undefined {
  const group = tags['aws:autoscaling:groupName'];
  if (!group) return undefined;
  const cluster = clusterOf(tags);
  return {
    name: `Auto Scaling group ${group}`,
    ...(cluster && { cluster }),
    nodeGroup: group,
    refuses: false,
    instead: `aws autoscaling terminate-instance-in-auto-scaling-group --should-decrement-desired-capacity --instance-id ${id}`,
  };
}

function operated({ Operator }: Instance): Manager | undefined {
  if (!Operator?.Managed) return undefined;
  const name = Operator.Principal ?? 'an AWS service';
  return { name, refuses: true, instead: `Stop it where ${name} runs it: EC2 refuses to.` };
}
