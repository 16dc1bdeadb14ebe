import { linesOf } from '@burnrate/shared/invoices/azure/lines.ts';
import { match } from '@burnrate/shared/invoices/reconcile/match.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import type { ComputeLine } from '@burnrate/shared/store/bills/reads.ts';
import { expect, test } from 'vitest';
import { azureOf } from '../../sources/azure/cloud.ts';
import { openAzure, TOKEN } from '../../sources/azure/open.ts';
import { pool, SUBSCRIPTION, sku, vm } from '../../sources/azure/resources.ts';
import { lookingAt } from '../../sources/open_account.ts';

const DAY = Date.parse('2026-11-24');
const A100 = 'Standard_NC24ads_A100_v4';
const T4 = 'Standard_NC4as_T4_v3';

/** A day of machine time on the bill, as reconciliation sees it. */
function computeLine(of: Record<string, string>, cost: string): ComputeLine {
  const row = {
    UsageDate: '20261124',
    MeterCategory: 'Virtual Machines',
    UnitOfMeasure: '1 Hour',
    ChargeType: 'Usage',
    ResourceLocation: 'US East',
    Currency: 'USD',
    ...of,
  };
  const [line] = linesOf(
    {
      ActualCost: [{ ...row, Cost: cost, UsageQuantity: '24' }],
      AmortizedCost: [{ ...row, Cost: cost, CostUSD: cost }],
    },
    SUBSCRIPTION,
    false,
  );
  if (!line) throw new Error('a row is a line');
  return {
    item: line,
    from: line.chargePeriodStart,
    to: line.chargePeriodEnd,
    effective: Number(line.effectiveCost) * 1e6,
    list: undefined,
    consumed: line.consumedQuantity,
    usdPerUnit: undefined,
    final: false,
    asOf: Number.MAX_SAFE_INTEGER,
    account: 'azure:Research',
    provider: 'Microsoft',
    subAccount: line.subAccountId ?? '',
  };
}

test('a day on the bill is found to be the metered hours of its machine, or of its scale set', () => {
  const set = pool('aks-gpu', T4);
  const resources = [vm('a100', A100), ...set];
  const skus = [sku(A100, {}), sku(T4, {})];
  return lookingAt(openAzure(azureOf(TOKEN, { resources, skus })), ({ nodes = [] }) => {
    const hoursOf = (node: Node, micros: number) =>
      Array.from({ length: 24 }, (_, hour) => ({
        node,
        hour: DAY / HOUR + hour,
        micros,
        listMicros: micros,
        ran: 1,
      }));
    const [machine, member] = nodes;
    if (!machine || !member) throw new Error('there are two');
    const lines = [
      computeLine({ ResourceId: `${machine.aliases[0]}`, Meter: 'NC24ads A100 v4' }, '60'),
      computeLine({ ResourceId: set[0]?.id.toLowerCase() ?? '', Meter: 'NC4as T4 v3' }, '12'),
    ];
    const hours = [...hoursOf(machine, 3_673_000), ...hoursOf(member, 526_000)];
    const { assigned, leftover } = match(lines, hours);
    expect(leftover).toEqual([]);
    const billed = (id: string) =>
      assigned
        .filter(({ metered }) => metered.node.id === id)
        .reduce((sum, one) => sum + one.billed, 0);
    expect([billed(machine.id), billed(member.id)]).toEqual([60_000_000, 12_000_000]);
  });
});
