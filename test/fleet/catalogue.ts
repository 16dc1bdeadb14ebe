/** A kind of instance as the simulated cloud sells it: dollars an hour, GB of local disks. */
export interface Kind {
  cores: number;
  memoryGiB: number;
  storageGB: number;
  /** In us-east-1; other regions differ by their factor. */
  onDemand: number;
  spot: number;
  gpus: Gpu & { count: number };
}

/** A GPU, as EC2 and as the driver calls it. Powers are watts. */
export interface Gpu {
  ec2Name: string;
  modelName: string;
  memoryMiB: number;
  idleWatts: number;
  limitWatts: number;
  smClock: number;
  memClock: number;
  nvlink: boolean;
}

const a100: Gpu = {
  ec2Name: 'A100',
  modelName: 'NVIDIA A100-SXM4-40GB',
  memoryMiB: 40960,
  idleWatts: 52,
  limitWatts: 400,
  smClock: 1410,
  memClock: 1215,
  nvlink: true,
};
const v100: Gpu = {
  ec2Name: 'V100',
  modelName: 'Tesla V100-SXM2-16GB',
  memoryMiB: 16160,
  idleWatts: 41,
  limitWatts: 300,
  smClock: 1530,
  memClock: 877,
  nvlink: true,
};
const a10g: Gpu = {
  ec2Name: 'A10G',
  modelName: 'NVIDIA A10G',
  memoryMiB: 22888,
  idleWatts: 24,
  limitWatts: 300,
  smClock: 1710,
  memClock: 6251,
  nvlink: false,
};
const l4: Gpu = {
  ec2Name: 'L4',
  modelName: 'NVIDIA L4',
  memoryMiB: 22888,
  idleWatts: 17,
  limitWatts: 72,
  smClock: 2040,
  memClock: 6251,
  nvlink: false,
};

/** The kinds on offer, at prices that AWS has asked for them. */
export const kinds: Readonly<Record<string, Kind>> = {
  'p4d.24xlarge': kind(48, 1152, 8000, 32.7726, 11.5701, { ...a100, count: 8 }),
  'p3.8xlarge': kind(16, 244, 0, 12.24, 3.9122, { ...v100, count: 4 }),
  'g5.xlarge': kind(2, 16, 250, 1.006, 0.4382, { ...a10g, count: 1 }),
  'g5.2xlarge': kind(4, 32, 450, 1.212, 0.5104, { ...a10g, count: 1 }),
  'g6.xlarge': kind(2, 16, 250, 0.8048, 0.3417, { ...l4, count: 1 }),
  'g6.12xlarge': kind(24, 192, 3760, 4.6016, 1.9526, { ...l4, count: 4 }),
};

/** The regions of the simulated cloud, by how much dearer they are. */
export const regions: Readonly<Record<string, number>> = {
  'us-east-1': 1,
  'us-west-2': 1,
  'eu-west-1': 1.08,
};

export function kindOf(type: string): Kind {
  const found = kinds[type];
  if (!found) throw new Error(`the simulated cloud sells no ${type}`);
  return found;
}

/** What a machine of this type costs in a region, in micro-dollars an hour. */
export function microsPerHour(type: string, region: string, market: 'on-demand' | 'spot'): number {
  const { onDemand, spot } = kindOf(type);
  const dollars = (market === 'spot' ? spot : onDemand) * (regions[region] ?? 1);
  return Math.round(dollars * 1_000_000);
}

/** The same as AWS writes a price: dollars with ten decimals. */
export function dollarsPerHour(type: string, region: string, market: 'on-demand' | 'spot'): string {
  return (microsPerHour(type, region, market) / 1_000_000).toFixed(10);
}

function kind(
  cores: number,
  memoryGiB: number,
  storageGB: number,
  onDemand: number,
  spot: number,
  gpus: Kind['gpus'],
): Kind {
  return { cores, memoryGiB, storageGB, onDemand, spot, gpus };
}
