import type { Cloud, Kind } from './market.ts';

/** What a customer has agreed with its providers. Shares are in thousandths. */
export interface Contract {
  /** Off everything on AWS. */
  enterprise: number;
  /** Off on GCP, shown on the bill as a credit beside each line. */
  negotiated: number;
  /** Off on Azure by family; from `changesOn` (a day) on the second one. */
  azure: { nd: readonly [number, number]; nc: readonly [number, number]; changesOn: number };
  /** A Compute Savings Plan: what it commits to per hour, in billionths of a dollar, and what it saves. */
  plan: { id: string; perHour: bigint; saves: (kind: Kind) => number };
}

export const CONTRACT: Contract = {
  enterprise: 90,
  negotiated: 180,
  azure: { nd: [120, 180], nc: [220, 280], changesOn: 31 },
  plan: {
    id: 'arn:aws:savingsplans::482913570064:savingsplan/9f2c41d0',
    perHour: 12_000_000_000n,
    saves: ({ type }) => (type.startsWith('p4d') ? 380 : type.startsWith('g5') ? 290 : 250),
  },
};

/** What is left of the list price, in thousandths, where no plan covers it. */
export function paid(contract: Contract, cloud: Cloud, kind: Kind, day: number): bigint {
  if (cloud === 'aws') return BigInt(1000 - contract.enterprise);
  if (cloud === 'gcp') return BigInt(1000 - contract.negotiated);
  const { nd, nc, changesOn } = contract.azure;
  const [before, after] = kind.type.includes('ND') ? nd : nc;
  return BigInt(1000 - (day < changesOn ? before : after));
}
