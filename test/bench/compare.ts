import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importFile } from '@burnrate/shared/invoices/import.ts';
import { Reconciler } from '@burnrate/shared/invoices/reconcile/reconciler.ts';
import type { Charge } from '@burnrate/shared/model/charge.ts';
import { type Node, PER_SECOND } from '@burnrate/shared/model/node.ts';
import { DAY, MINUTE } from '@burnrate/shared/model/time.ts';
import { openBills } from '@burnrate/shared/store/bills/bills.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import type { Bench } from './figure.ts';
import { writeFocusFile } from './focus_file.ts';

/** A day of a large company's bill, and the machines on it that were metered here, by the minute. */
const MACHINES = 7_000;
const OURS = 60;
const FROM = Date.UTC(2026, 9);

/**
 * One day's bill of 168,000 lines is compared with the ledger. The collector has a thread for all
 * that it does: what counts is the longest that one step keeps it, by processor time.
 */
export const comparing: Bench = {
  name: 'compare',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'burnrate-bench-'));
    const now = () => FROM + 3 * DAY;
    try {
      const file = join(folder, 'bill.csv');
      await writeFocusFile(file, { lines: MACHINES * 24, resources: MACHINES });
      const bills = openBills(join(folder, 'bills.db'), now);
      await importFile(bills, file);
      const { store } = openStore(join(folder, 'burnrate.db'), { now });
      for (let machine = 0; machine < OURS; machine += 1) meter(store, machine);
      const steps = [...timed(new Reconciler(store, bills.connection, now).steps())];
      const { billedMicros } = store.invoiced.sums({ from: FROM, to: FROM + DAY });
      if (billedMicros <= 0) throw new Error('nothing was compared');
      store.close();
      bills.close();
      const longest = Math.max(...steps);
      const whole = steps.reduce((sum, ms) => sum + ms, 0);
      return [
        {
          name: 'compare: longest step',
          value: round(longest),
          unit: 'ms',
          target: 50,
          holds: longest <= 50,
        },
        {
          name: 'compare: whole day',
          value: round(whole),
          unit: 'ms',
          target: 10_000,
          holds: whole <= 10_000,
        },
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** The processor time of each step, in milliseconds. */
function* timed(steps: Iterator<unknown>): Generator<number> {
  for (;;) {
    const before = process.cpuUsage();
    const { done } = steps.next();
    const { user, system } = process.cpuUsage(before);
    yield (user + system) / 1000;
    if (done) return;
  }
}

/** A machine that ran all day, with a charge a minute. */
function meter(store: Store, machine: number): void {
  const native = `i-${machine.toString(16).padStart(17, '0')}`;
  const node: Node = {
    id: `aws:team:${native}`,
    source: 'aws',
    account: 'aws:team',
    name: native,
    aliases: [native],
    gpus: { count: 8 },
    state: 'running',
    launchedAt: FROM,
    billing: PER_SECOND,
    mine: true,
    priceKey: {
      provider: 'aws',
      instanceType: 'p4d.24xlarge',
      region: 'us-east-1',
      market: 'on-demand',
    },
    labels: {},
  };
  const charges = Array.from({ length: DAY / MINUTE }, (_, index): Charge => {
    const from = FROM + index * MINUTE;
    return {
      jobId: `slurm:lab:${machine}`,
      nodeId: node.id,
      from,
      to: from + MINUTE,
      micros: 546_210,
      provenance: 'list',
      kind: 'metered',
      uncertain: false,
    };
  });
  store.saveNodes([node], FROM);
  const rate = {
    microsPerHour: 32_772_600,
    provenance: 'list',
    basis: 'bench',
    asOf: FROM,
  } as const;
  store.saveRate({ nodeId: node.id, from: FROM, rate });
  store.writeCharges(node.id, { from: FROM, to: FROM + DAY }, charges);
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
