import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { InvoiceLine } from '../../../shared/invoices/line.ts';
import { Reconciler } from '../../../shared/invoices/reconcile/reconciler.ts';
import type { Charge } from '../../../shared/model/charge.ts';
import type { Node } from '../../../shared/model/node.ts';
import { DAY, HOUR } from '../../../shared/model/time.ts';
import type { Bills } from '../../../shared/store/bills/bills.ts';
import { openStore } from '../../../shared/store/sqlite.ts';
import type { Store } from '../../../shared/store/store.ts';
import { emptyBills, folder } from './bills.ts';

export const START = Date.UTC(2026, 10, 20);
export const ID = 'i-0123456789abcdef0';

/** A rented machine of eight GPUs. */
export function node(id = ID, more: Partial<Node> = {}): Node {
  return {
    id: `aws:default:${id}`,
    source: 'aws',
    account: 'aws:default',
    name: 'trainer',
    aliases: [id],
    gpus: { count: 8 },
    state: 'running',
    billing: { incrementMs: 1000, minimumMs: 60_000 },
    mine: true,
    priceKey: {
      provider: 'aws',
      instanceType: 'p4d.24xlarge',
      region: 'us-east-1',
      market: 'on-demand',
    },
    labels: {},
    ...more,
  };
}

export function charge(
  from: number,
  to: number,
  micros: number,
  more: Partial<Charge> = {},
): Charge {
  return {
    jobId: 'slurm:c:1',
    nodeId: node().id,
    from,
    to,
    micros,
    provenance: 'list',
    kind: 'metered',
    uncertain: false,
    ...more,
  };
}

/** An hour of it on a bill. */
export function line(from: number, cost: string, more: Partial<InvoiceLine> = {}): InvoiceLine {
  return {
    providerName: 'AWS',
    billingAccountId: '111122223333',
    subAccountId: '444455556666',
    billingCurrency: 'USD',
    billingPeriodStart: Date.UTC(2026, 10),
    billingPeriodEnd: Date.UTC(2026, 11),
    chargeCategory: 'Usage',
    serviceName: 'Amazon Elastic Compute Cloud',
    skuMeter: 'BoxUsage:p4d.24xlarge',
    resourceId: ID,
    regionId: 'us-east-1',
    consumedUnit: 'Hrs',
    consumedQuantity: 1,
    chargePeriodStart: from,
    chargePeriodEnd: from + HOUR,
    billedCost: cost,
    effectiveCost: cost,
    final: false,
    ...more,
  };
}

/** A ledger and bills, and what compares them. */
export class Desk {
  readonly store: Store;
  readonly bills: Bills = emptyBills();
  readonly #reconciler: Reconciler;
  #version = 0;

  constructor(now = START + 3 * DAY) {
    const { store } = openStore(join(folder(), 'ledger.db'), { now: () => now });
    onTestFinished(() => store.close());
    this.store = store;
    this.#reconciler = new Reconciler(store, this.bills.connection, () => now);
  }

  meter(charges: readonly Charge[], machine = node()): void {
    this.store.saveNodes([machine], START);
    this.store.saveRate({
      nodeId: machine.id,
      from: START,
      rate: { microsPerHour: 32_000_000, provenance: 'list', basis: 'test', asOf: START },
    });
    const from = Math.min(...charges.map((one) => one.from));
    const to = Math.max(...charges.map((one) => one.to));
    this.store.writeCharges(machine.id, { from, to }, charges);
  }

  bill(
    lines: readonly InvoiceLine[],
    way = { name: 'exports', precision: 9 },
    part = 'november',
  ): void {
    this.take(lines, part, way);
    this.reconcile();
  }

  /** Takes a bill in, to be compared later. */
  take(
    lines: readonly InvoiceLine[],
    part: string,
    way = { name: 'exports', precision: 9 },
    asOf = START + 30 * DAY,
  ): void {
    this.#version += 1;
    const span = { from: Date.UTC(2026, 10), to: Date.UTC(2026, 11) };
    this.bills.takePart(way, { part, version: String(this.#version), asOf, span }, lines);
  }

  reconcile(): void {
    this.#reconciler.compare();
  }

  /** The same step by step: how many rows each handled. */
  steps(): Generator<number, unknown> {
    return this.#reconciler.steps();
  }

  charges(): Charge[] {
    return this.store.charges({ from: START, to: START + 3 * DAY });
  }

  total(): number {
    return this.charges().reduce((sum, { micros }) => sum + micros, 0);
  }

  sums() {
    return this.store.invoiced.sums({ from: START - DAY, to: START + 3 * DAY });
  }
}
