import { toMicros } from '../../model/money.ts';
import type { Rate } from '../../model/rate.ts';
import type { Instant } from '../../model/time.ts';
import type { Meta } from './objects.ts';
import type { Pod } from './pods.ts';

/**
 * What AWS Fargate gives a pod, and charges for: more than the pod asks for, and less than what the
 * node says it has. Each such node has one pod.
 * https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration.html
 */
export interface Provisioned {
  vcpus: number;
  gib: number;
}

/** By the pod's annotation `CapacityProvisioned: 0.25vCPU 0.5GB`; undefined for any other pod. */
function provisionedFor({ annotations }: Pick<Meta, 'annotations'>): Provisioned | undefined {
  const [, vcpus, gib] =
    /^([\d.]+)vCPU ([\d.]+)GB$/.exec(annotations[PROVISIONED]?.trim() ?? '') ?? [];
  return vcpus && gib ? { vcpus: Number(vcpus), gib: Number(gib) } : undefined;
}

/** What each node of Fargate is charged for, by the pod that it has. */
export function provisionedOf(pods: readonly Pod[]): Map<string, Provisioned> {
  return new Map(
    pods.flatMap(({ node, meta }): [string, Provisioned][] => {
      const given = node === undefined ? undefined : provisionedFor(meta);
      return node !== undefined && given ? [[node, given]] : [];
    }),
  );
}

const PROVISIONED = 'CapacityProvisioned';

/** US dollars an hour, Linux on x86, by region: https://aws.amazon.com/fargate/pricing/ */
const PRICES: Readonly<Record<string, { vcpu: number; gib: number }>> = {
  'us-east-1': { vcpu: 0.04048, gib: 0.004445 },
};

/** The list price of a pod's part of Fargate; undefined where that of its region is not known. */
export function fargateRate(
  { vcpus, gib }: Provisioned,
  region: string | undefined,
  now: Instant,
): Rate | undefined {
  const price = PRICES[region ?? ''];
  if (!price) return undefined;
  return {
    microsPerHour: toMicros(vcpus * price.vcpu + gib * price.gib),
    provenance: 'list',
    basis: `AWS Fargate in ${region}, ${vcpus} vCPU and ${gib} GB`,
    asOf: now,
  };
}
