/**
 * What a usage type says of itself: `USW2-BoxUsage:p4d.24xlarge` is a machine of that type in
 * us-west-2. Without a prefix it is in us-east-1.
 * https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-region-billing-codes.html
 */
const REGIONS: Readonly<Record<string, string>> = {
  USE1: 'us-east-1',
  USE2: 'us-east-2',
  USW1: 'us-west-1',
  USW2: 'us-west-2',
  CAN1: 'ca-central-1',
  CAN2: 'ca-west-1',
  MXC1: 'mx-central-1',
  AFS1: 'af-south-1',
  CPT: 'af-south-1',
  APE1: 'ap-east-1',
  APE2: 'ap-east-2',
  APN1: 'ap-northeast-1',
  APN2: 'ap-northeast-2',
  APN3: 'ap-northeast-3',
  APS1: 'ap-southeast-1',
  APS2: 'ap-southeast-2',
  APS3: 'ap-south-1',
  APS4: 'ap-southeast-3',
  APS5: 'ap-south-2',
  APS6: 'ap-southeast-4',
  APS7: 'ap-southeast-5',
  APS8: 'ap-southeast-6',
  APS9: 'ap-southeast-7',
  EU: 'eu-west-1',
  EUW1: 'eu-west-1',
  EUW2: 'eu-west-2',
  EUW3: 'eu-west-3',
  EUC1: 'eu-central-1',
  EUC2: 'eu-central-2',
  EUN1: 'eu-north-1',
  EUS1: 'eu-south-1',
  EUS2: 'eu-south-2',
  ILC1: 'il-central-1',
  MES1: 'me-south-1',
  MEC1: 'me-central-1',
  SAE1: 'sa-east-1',
  UGW1: 'us-gov-west-1',
  UGE1: 'us-gov-east-1',
};

const PREFIX = /^([A-Z]{2,3}\d?)-/;
/** `BoxUsage`, `SpotUsage`, `DedicatedUsage`, `Train`, `SpotTraining` and the like, and the type. */
const MACHINE =
  /(?:Usage|Train|Training|Host|Notebk|Processing|Cluster):((?:ml\.)?[a-z][\w-]*\.[\w-]+)$/;

/** The region of a usage type; undefined for one that is of none. */
export function regionOf(usageType: string): string | undefined {
  const prefix = PREFIX.exec(usageType)?.[1];
  if (prefix) return REGIONS[prefix];
  return /^(BoxUsage|SpotUsage|DedicatedUsage|EBS:|NatGateway|ElasticIP)/.test(usageType)
    ? 'us-east-1'
    : undefined;
}

/** `p4d.24xlarge`, or `ml.p4d.24xlarge`; undefined where the usage is not that of a machine. */
export function instanceTypeOf(usageType: string): string | undefined {
  return MACHINE.exec(usageType)?.[1];
}

export function isSpot(usageType: string): boolean {
  return /SpotUsage|SpotTrain/.test(usageType);
}

/** Time of instances of EC2, which Cost Explorer can tell by the instance. */
export function isInstanceTime(usageType: string): boolean {
  return /(^|-)(BoxUsage|SpotUsage|DedicatedUsage)(:|$)/.test(usageType);
}

const SERVICES: readonly [RegExp, string][] = [
  [/:ml\.|^(?:[A-Z0-9]+-)?(Train|Host|Notebk|Studio|Processing)\b/, 'Amazon SageMaker'],
  [
    /BoxUsage|SpotUsage|DedicatedUsage|HeavyUsage|HostUsage|EBS:|ElasticIP|NatGateway|DataTransfer|PublicIPv4|CPUCredits/,
    'Amazon Elastic Compute Cloud',
  ],
  [/TimedStorage|Requests-Tier|Retrieval/, 'Amazon Simple Storage Service'],
  [/\bCW:|MetricMonitorUsage|GMD-Metrics/, 'AmazonCloudWatch'],
];

/** The service by words of its usage type: Cost Explorer groups by two things only. */
export function serviceOf(usageType: string): string {
  return SERVICES.find(([pattern]) => pattern.test(usageType))?.[1] ?? 'Amazon Web Services';
}
