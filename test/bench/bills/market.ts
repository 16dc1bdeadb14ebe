import { Dice } from './dice.ts';

export type Cloud = 'aws' | 'gcp' | 'azure';

/** A kind of machine that is for hire, at the providers' list prices of 2026. */
export interface Kind {
  cloud: Cloud;
  type: string;
  region: string;
  zones: readonly string[];
  gpus: number;
  /** Billionths of a dollar per hour. */
  list: bigint;
  /** Billionths of a dollar per hour around which its spot price moves; absent where it has none. */
  spot?: bigint;
}

const EAST = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
const CENTRAL = ['us-central1-a', 'us-central1-b'];

export const KINDS: readonly Kind[] = [
  {
    cloud: 'aws',
    type: 'p4d.24xlarge',
    region: 'us-east-1',
    zones: EAST,
    gpus: 8,
    list: 21_957_600_000n,
  },
  {
    cloud: 'aws',
    type: 'g5.12xlarge',
    region: 'us-east-1',
    zones: EAST,
    gpus: 4,
    list: 5_672_000_000n,
    spot: 2_410_000_000n,
  },
  {
    cloud: 'aws',
    type: 'g5.48xlarge',
    region: 'us-east-1',
    zones: EAST,
    gpus: 8,
    list: 16_288_000_000n,
    spot: 6_900_000_000n,
  },
  {
    cloud: 'aws',
    type: 'g6.12xlarge',
    region: 'us-west-2',
    zones: ['us-west-2a', 'us-west-2b'],
    gpus: 4,
    list: 4_601_600_000n,
    spot: 1_980_000_000n,
  },
  {
    cloud: 'gcp',
    type: 'a2-highgpu-8g',
    region: 'us-central1',
    zones: CENTRAL,
    gpus: 8,
    list: 29_387_100_000n,
    spot: 11_754_600_000n,
  },
  {
    cloud: 'gcp',
    type: 'a2-highgpu-1g',
    region: 'us-central1',
    zones: CENTRAL,
    gpus: 1,
    list: 3_673_400_000n,
  },
  {
    cloud: 'gcp',
    type: 'g2-standard-48',
    region: 'europe-west4',
    zones: ['europe-west4-a'],
    gpus: 4,
    list: 4_001_700_000n,
  },
  {
    cloud: 'azure',
    type: 'Standard_ND96asr_v4',
    region: 'eastus',
    zones: ['1'],
    gpus: 8,
    list: 27_197_000_000n,
  },
  {
    cloud: 'azure',
    type: 'Standard_NC24ads_A100_v4',
    region: 'eastus',
    zones: ['1'],
    gpus: 1,
    list: 3_673_000_000n,
  },
  {
    cloud: 'azure',
    type: 'Standard_NC96ads_A100_v4',
    region: 'westeurope',
    zones: ['1'],
    gpus: 4,
    list: 14_692_000_000n,
  },
];

/** A machine whose use Google makes cheaper the longer it lasts in a month, which the others are not. */
export const SUSTAINED: Kind = {
  cloud: 'gcp',
  type: 'n1-standard-16+4xnvidia-tesla-t4',
  region: 'us-west1',
  zones: ['us-west1-a'],
  gpus: 4,
  list: 2_160_000_000n,
};

/** A price that holds from a second on. */
export interface Step {
  at: number;
  price: bigint;
}

/**
 * A spot price over time. GCP's changes once a month (cloud.google.com/compute/docs/instances/spot);
 * AWS's moves a little every 2 to 9 minutes, and is drawn back towards its
 * usual level over about a day; now and then demand lifts it by a third for some hours.
 */
export function spotPath(kind: Kind, zone: string, seconds: number, seed: number): Step[] {
  const dice = new Dice(seed ^ hash(`${kind.type} ${zone}`));
  const usual = Number(kind.spot ?? kind.list) * dice.between(0.9, 1.1);
  const steps: Step[] = [];
  let off = 0;
  let lift = 0;
  if (kind.cloud === 'gcp') {
    const later = BigInt(Math.round(usual * dice.between(0.85, 1.15)));
    return [
      { at: 0, price: BigInt(Math.round(usual)) },
      { at: Math.round(seconds * dice.between(0.3, 0.7)), price: later },
    ];
  }
  for (let at = 0; at < seconds; at += Math.round(dice.between(120, 540))) {
    off = off * 0.996 + 0.006 * dice.normal();
    if (dice.chance(0.002)) lift = 0.3;
    lift *= 0.985;
    steps.push({ at, price: BigInt(Math.round(usual * Math.exp(off + lift))) });
  }
  return steps;
}

export function hash(text: string): number {
  let value = 2_166_136_261;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 16_777_619);
  return value >>> 0;
}
