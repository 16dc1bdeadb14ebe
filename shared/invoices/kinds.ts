import type { InvoiceItem } from './line.ts';

/**
 * What a line is for. `compute` is the time of machines, which Burnrate meters itself; all else is
 * on the bill beside it: what is kept and moved for jobs, and what is no use of anything.
 */
export type Kind =
  | 'compute'
  | 'storage'
  | 'snapshot'
  | 'egress'
  | 'nat'
  | 'address'
  | 'monitoring'
  | 'unused commitment'
  | 'purchase'
  | 'support'
  | 'tax'
  | 'credit'
  | 'adjustment'
  | 'other';

/** Told by words of the SKU, the usage type and the description, the first that fits. */
const BY_WORDS: readonly [RegExp, Kind][] = [
  // Google's local SSDs run, and are paid for, with their machine.
  [/\bssd backed local storage\b|\binstance local ssd\b/i, 'compute'],
  [/nat[- ]?gateway|cloud nat\b/i, 'nat'],
  [/snapshot/i, 'snapshot'],
  [
    /data ?transfer|egress|-bytes\b|\bbandwidth\b|network inter|data processing|-out-bytes|aws-in-/i,
    'egress',
  ],
  [/public ?ipv4|elasticip|idle address|ip address|static ip|external ip/i, 'address'],
  [
    /volumeusage|ebs:|volume.?iops|provisioned.?(iops|throughput)|\bdisks?\b|pd capacity|filestore|timedstorage|\bstorage\b|lustre|file ?system|hyperdisk/i,
    'storage',
  ],
  [/cloudwatch|monitoring|logging|metricmonitor|log analytics/i, 'monitoring'],
  [/support/i, 'support'],
];

const MACHINE =
  /boxusage|spotusage|dedicatedusage|hostusage|instance (core|ram|gpu)|\bvm\b|virtual machine|per .*(instance|linux|windows).*hour|gpu|tpu|reservedinstance|heavyusage|capacity ?block|\bcore running\b|\bram running\b/i;

const MACHINE_SERVICE =
  /elastic compute cloud|\bec2\b|compute engine|virtual machines|sagemaker|vertex|machine learning|pods|batch/i;

const TIME_UNIT = /^(\d+ )?(hrs?|hours?|seconds?|vcpu-hours|gibibyte hour.*|instance-hrs?)$/i;

export function kindOf(item: InvoiceItem): Kind {
  const { chargeCategory: category } = item;
  if (category === 'Tax') return 'tax';
  if (category === 'Credit') return 'credit';
  if (category === 'Adjustment') return 'adjustment';
  if (item.commitmentDiscountStatus === 'Unused') return 'unused commitment';
  if (category === 'Purchase') return 'purchase';
  const words = [item.skuMeter, item.chargeDescription, item.resourceType, item.serviceName].join(
    ' ',
  );
  if (/boxusage|spotusage/i.test(item.skuMeter ?? '')) return 'compute';
  const said = BY_WORDS.find(([pattern]) => pattern.test(words));
  if (said) return said[1];
  if (item.serviceCategory === 'Networking') return 'egress';
  if (item.serviceCategory === 'Storage') return 'storage';
  const timed = TIME_UNIT.test(item.consumedUnit ?? item.pricingUnit ?? '');
  const machines = MACHINE_SERVICE.test(item.serviceName) || item.serviceCategory === 'Compute';
  if (item.instanceType !== undefined && machines) return 'compute';
  if (MACHINE.test(words) || (machines && timed)) return 'compute';
  return 'other';
}
