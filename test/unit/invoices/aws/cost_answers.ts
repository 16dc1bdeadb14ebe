import type { Reply } from '../../sources/aws/server.ts';

/**
 * Answers shaped as their pages say:
 * https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
 * https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsageWithResources.html
 */
export interface Group {
  keys: string[];
  unblended: string;
  net?: string;
  amortized?: string;
  quantity?: string;
}

export function result(start: string, end: string, groups: readonly Group[], estimated = true) {
  const usd = (Amount: string) => ({ Amount, Unit: 'USD' });
  return {
    TimePeriod: { Start: start, End: end },
    Total: {},
    Estimated: estimated,
    Groups: groups.map(({ keys, unblended, net, amortized, quantity }) => ({
      Keys: keys,
      Metrics: {
        UnblendedCost: usd(unblended),
        NetUnblendedCost: usd(net ?? unblended),
        AmortizedCost: usd(amortized ?? unblended),
        NetAmortizedCost: usd(amortized ?? net ?? unblended),
        UsageQuantity: { Amount: quantity ?? '0', Unit: quantity ? 'Hrs' : 'N/A' },
      },
    })),
  };
}

export const P4D = 'USW2-BoxUsage:p4d.24xlarge';
/** The 24th: a machine on demand with a discount, one by a plan, a volume, a credit and a tax. */
export const THE_24TH: Group[] = [
  { keys: ['Usage', P4D], unblended: '786.5424', net: '707.88816', quantity: '24' },
  { keys: ['SavingsPlanCoveredUsage', P4D], unblended: '32.77', amortized: '21.5', quantity: '1' },
  { keys: ['SavingsPlanNegation', P4D], unblended: '-32.77', amortized: '0' },
  {
    keys: ['SavingsPlanRecurringFee', 'ComputeSP:1yrNoUpfront'],
    unblended: '25',
    amortized: '3.5',
  },
  { keys: ['Usage', 'USW2-EBS:VolumeUsage.gp3'], unblended: '1.25', quantity: '15.6' },
  { keys: ['Credit', P4D], unblended: '-100' },
  { keys: ['Tax', 'NoUsageType'], unblended: '52' },
  { keys: ['Usage', 'USW2-Requests-Free'], unblended: '0' },
];

export const notSwitchedOn = refusal(400, 'DataUnavailableException', 'Data is unavailable.');

export function refusal(status: number, type: string, message: string): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/x-amz-json-1.1' },
    body: JSON.stringify({ __type: type, message }),
  };
}
