import { type Contract, paid } from './contract.ts';
import { Dice } from './dice.ts';
import { hash, type Step, SUSTAINED } from './market.ts';
import { withSustainedUse } from './sustained.ts';
import { DAY_S, HOUR_S, type Machine } from './work.ts';

/** A line of a bill, in FOCUS's columns. Money is text: 9 digits after the point. */
export interface BillLine {
  ProviderName: string;
  ServiceName: string;
  ChargeCategory: 'Usage' | 'Tax' | 'Credit' | 'Adjustment' | 'Purchase';
  ResourceId: string;
  RegionId: string;
  AvailabilityZone: string;
  InstanceType: string;
  PricingCategory: '' | 'Standard' | 'Dynamic' | 'Committed';
  CommitmentDiscountId: string;
  CommitmentDiscountStatus: '' | 'Used' | 'Unused';
  /** Seconds since the first day's start. */
  from: number;
  to: number;
  ListCost: bigint;
  BilledCost: bigint;
  EffectiveCost: bigint;
  /** Hours. */
  quantity: number;
}

const PROVIDERS = { aws: 'AWS', gcp: 'Google Cloud', azure: 'Microsoft' } as const;
/** All three bill by the second, and at least a minute. */
const MINIMUM_S = 60;

/** Everything that was used, at the prices agreed: the bill as it ends up. */
export function finalBill(
  machines: readonly Machine[],
  contract: Contract,
  spotOf: (machine: Machine) => readonly Step[],
): BillLine[] {
  const lines: BillLine[] = [];
  const planned = new Map<number, BillLine[]>();
  const sustained: BillLine[] = [];
  for (const machine of machines) {
    const steps = machine.spot ? spotOf(machine) : [];
    const end = Math.max(machine.ended, machine.launched + MINIMUM_S);
    for (let from = machine.launched; from < end; ) {
      const hour = Math.floor(from / HOUR_S);
      const to = Math.min(end, (hour + 1) * HOUR_S);
      const line = usage(machine, contract, steps, from, to);
      if (machine.kind.cloud === 'aws' && !machine.spot) {
        planned.set(hour, [...(planned.get(hour) ?? []), line]);
      } else if (machine.kind === SUSTAINED) sustained.push(line);
      else lines.push(line);
      from = to;
    }
  }
  lines.push(...withSustainedUse(sustained));
  const hours = Math.ceil(Math.max(...machines.map(({ ended }) => ended)) / HOUR_S);
  for (let hour = 0; hour < hours; hour += 1) {
    lines.push(...withPlan(hour, planned.get(hour) ?? [], machines, contract));
  }
  return lines;
}

function usage(
  { id, kind, zone, spot }: Machine,
  contract: Contract,
  steps: readonly Step[],
  from: number,
  to: number,
): BillLine {
  const list = spot ? integral(steps, from, to) : over(kind.list, to - from);
  const cost = (list * paid(contract, kind.cloud, kind, Math.floor(from / DAY_S)) + 500n) / 1000n;
  return {
    ProviderName: PROVIDERS[kind.cloud],
    ServiceName: 'Compute',
    ChargeCategory: 'Usage',
    ResourceId: id,
    RegionId: kind.region,
    AvailabilityZone: zone,
    InstanceType: kind.type,
    PricingCategory: spot ? 'Dynamic' : 'Standard',
    CommitmentDiscountId: '',
    CommitmentDiscountStatus: '',
    from,
    to,
    // The list price of spot capacity is that of the machine on demand: so AWS has it.
    ListCost: over(kind.list, to - from),
    BilledCost: cost,
    EffectiveCost: cost,
    quantity: (to - from) / HOUR_S,
  };
}

/**
 * The plan pays for the most saving use of the hour first, of equally saving use for the cheapest,
 * until its sum is used up (docs.aws.amazon.com/savingsplans/latest/userguide/sp-applying.html).
 * Which of several equal machines comes first in an hour is chance; the last is covered in part.
 */
function withPlan(
  hour: number,
  used: readonly BillLine[],
  machines: readonly Machine[],
  { plan, enterprise }: Contract,
): BillLine[] {
  const dice = new Dice(hash(`hour ${hour}`));
  const kinds = new Map(machines.map(({ id, kind }) => [id, kind]));
  const savingOf = (line: BillLine) => {
    const kind = kinds.get(line.ResourceId);
    return kind ? plan.saves(kind) : 0;
  };
  const listOf = (line: BillLine) => Number(kinds.get(line.ResourceId)?.list ?? 0n);
  const first = dice
    .shuffled(used)
    .sort((a, b) => savingOf(b) - savingOf(a) || listOf(a) - listOf(b));
  let left = plan.perHour;
  const lines = first.flatMap((line) => {
    const wanted = (line.ListCost * BigInt(1000 - savingOf(line))) / 1000n;
    const taken = wanted < left ? wanted : left;
    left -= taken;
    if (taken === 0n || wanted === 0n) return [line];
    const part = (amount: bigint) => (amount * taken) / wanted;
    const covered: BillLine = {
      ...line,
      PricingCategory: 'Committed',
      CommitmentDiscountId: plan.id,
      CommitmentDiscountStatus: 'Used',
      ListCost: part(line.ListCost),
      BilledCost: 0n,
      EffectiveCost: (taken * BigInt(1000 - enterprise)) / 1000n,
      quantity: line.quantity * (Number(taken) / Number(wanted)),
    };
    if (taken === wanted) return [covered];
    return [
      covered,
      {
        ...line,
        ListCost: line.ListCost - covered.ListCost,
        BilledCost: line.BilledCost - part(line.BilledCost),
        EffectiveCost: line.EffectiveCost - part(line.EffectiveCost),
        quantity: line.quantity - covered.quantity,
      },
    ];
  });
  if (left === 0n) return lines;
  const unused: BillLine = {
    ProviderName: PROVIDERS.aws,
    ServiceName: 'Compute',
    ChargeCategory: 'Usage',
    ResourceId: '',
    RegionId: '',
    AvailabilityZone: '',
    InstanceType: '',
    PricingCategory: 'Committed',
    CommitmentDiscountId: plan.id,
    CommitmentDiscountStatus: 'Unused',
    from: hour * HOUR_S,
    to: (hour + 1) * HOUR_S,
    ListCost: 0n,
    BilledCost: 0n,
    EffectiveCost: (left * BigInt(1000 - enterprise)) / 1000n,
    quantity: 0,
  };
  return [...lines, unused];
}

function over(perHour: bigint, seconds: number): bigint {
  return (perHour * BigInt(seconds) + 1800n) / 3600n;
}

/** A price that moves, over a time. */
function integral(steps: readonly Step[], from: number, to: number): bigint {
  let sum = 0n;
  let index = firstAt(steps, from);
  for (let at = from; at < to; index += 1) {
    const until = Math.min(to, steps[index + 1]?.at ?? to);
    sum += (steps[index]?.price ?? 0n) * BigInt(until - at);
    at = until;
  }
  return (sum + 1800n) / 3600n;
}

/** The index of the step that holds at a second. */
export function firstAt(steps: readonly Step[], at: number): number {
  let low = 0;
  let high = steps.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((steps[middle]?.at ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** `12.345678901` of billionths. */
export function digits(billionths: bigint): string {
  const sign = billionths < 0n ? '-' : '';
  const text = String(billionths < 0n ? -billionths : billionths).padStart(10, '0');
  return `${sign}${text.slice(0, -9)}.${text.slice(-9)}`;
}
