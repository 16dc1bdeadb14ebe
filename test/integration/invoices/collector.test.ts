import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importFile } from '@burnrate/shared/invoices/import.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import { openBills } from '@burnrate/shared/store/bills/bills.ts';
import { afterAll, expect, test } from 'vitest';
import type { ScenarioInput } from '../../fleet/scenario.ts';
import { type FocusRow, fileOf } from '../../unit/invoices/bills.ts';
import { scenarioFile, Watch } from '../fleet/watch.ts';

const folder = mkdtempSync(join(tmpdir(), 'burnrate-invoices-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const machine = (name: string) => ({
  name,
  type: 'g5.xlarge',
  launched: -170,
  owner: 'sam',
  workload: { kind: 'training' as const, level: 0.9 },
  exporter: { answers: 'metrics' as const },
});
const scenario: ScenarioInput = {
  seed: 5,
  account: '482913570064',
  user: 'sam',
  machines: [machine('billed'), machine('pending')],
};

/** A line of a machine's hour, at half its list price. */
function row(id: string, hour: number, cost = '0.503'): FocusRow {
  const instant = (at: number) => new Date(at * HOUR).toISOString();
  const month = new Date(hour * HOUR);
  const start = (later: number) =>
    new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + later)).toISOString();
  return {
    BilledCost: cost,
    EffectiveCost: cost,
    ListCost: '1.006',
    BillingPeriodStart: start(0),
    BillingPeriodEnd: start(1),
    ChargePeriodStart: instant(hour),
    ChargePeriodEnd: instant(hour + 1),
    ChargeDescription: '$1.006 per On Demand Linux g5.xlarge Instance Hour',
    ResourceId: `arn:aws:ec2:us-east-1:482913570064:instance/${id}`,
  };
}

test('an imported bill supersedes what the collector metered, and what it meters goes on', async () => {
  await using watch = await Watch.begin({ speed: 20, scenario: scenarioFile(folder, scenario) });
  const { link, demo } = watch;
  // The catalogue's price is only until then; what a bill teaches would hold for all its time.
  const before = await watch.until(
    'two machines that the provider has priced',
    ({ jobs, rate }) => {
      const isOfProvider = jobs.every(({ why = [] }) =>
        why.every(({ basis }) => basis.startsWith('AWS Price List')),
      );
      return jobs.length === 2 && isOfProvider && rate.unpriced === 0 && rate.micros > 2_000_000;
    },
  );
  const job = before.jobs.find(({ name }) => name === 'billed');
  const nodeId = before.nodes.find(({ name }) => name === 'billed')?.id ?? '';
  const hour = Math.floor(before.at / HOUR) - 1;
  const span = { from: hour * HOUR, to: (hour + 1) * HOUR };
  const costOf = async () =>
    (await link.request('costs', { ...span, everyones: true })).costs.filter(
      (cost) => cost.nodeId === nodeId,
    );
  expect(await costOf()).toMatchObject([{ jobId: job?.id, micros: 1_006_000 }]);

  const bills = openBills(demo.paths.bills, Date.now);
  const instance = nodeId.slice(nodeId.lastIndexOf(':') + 1);
  await importFile(bills, fileOf([row(instance, hour)], '2026-11-20', folder));
  await link.request('compareInvoices', {});
  expect(await costOf()).toMatchObject([{ micros: 503_000, provenance: 'billed' }]);
  const report = await link.request('invoices', span);
  expect(report).toMatchObject({
    billedMicros: 503_000,
    meteredMicros: 1_006_000,
    // The other machine’s hour.
    pendingMicros: 1_006_000,
    nodes: [{ nodeId, hours: 1, billedMicros: 503_000 }],
  });

  // Ticks that follow leave the billed hour alone.
  const shown = await watch.until(
    'a later snapshot that tells of the bill',
    ({ at, invoices }) => at > before.at + 3 * 60_000 && invoices?.billedMicros === 503_000,
  );
  expect(shown.invoices?.through).toBeGreaterThan(span.from);
  expect(await costOf()).toMatchObject([{ micros: 503_000, provenance: 'billed' }]);

  // The provider corrects itself.
  await importFile(bills, fileOf([row(instance, hour, '0.4')], '2026-11-21', folder));
  bills.close();
  await link.request('compareInvoices', {});
  expect(await costOf()).toMatchObject([{ micros: 400_000, provenance: 'billed' }]);
});
