import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importFile } from '@burnrate/shared/invoices/import.ts';
import { DAY, HOUR } from '@burnrate/shared/model/time.ts';
import { openBills } from '@burnrate/shared/store/bills/bills.ts';
import { expect, onTestFinished, test } from 'vitest';
import { type FocusRow, fileOf, HOUR_OF_A_MACHINE } from '../../unit/invoices/bills.ts';
import { jobNamed, scenarioFile, Watch } from '../fleet/watch.ts';

test('lines of data transfer tell what part of the internet’s price is paid, by account and machine', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'burnrate-transfers-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const sends = (name: string) => ({
    name,
    type: 'p4d.24xlarge',
    launched: -600,
    owner: 'sam',
    exporter: { collectSeconds: 5 },
    workload: {
      kind: 'training' as const,
      level: 0.9,
      uploads: { gigabytes: 1400, everyMinutes: 10 },
    },
  });
  const scenario = scenarioFile(folder, {
    seed: 5,
    account: '482913570064',
    user: 'sam',
    machines: [sends('named'), sends('unnamed')],
  });
  await using watch = await Watch.begin({ speed: 60, scenario });
  const { link, demo } = watch;
  const before = await watch.until('both to have sent terabytes', ({ jobs }) => {
    return jobs.length === 2 && jobs.every(({ egress }) => (egress?.totalCost.high ?? 0) > 20e6);
  });
  expect(jobNamed(before, 'named').egress?.totalCost).not.toHaveProperty('likely');
  const id =
    before.nodes
      .find(({ name }) => name === 'named')
      ?.id.split(':')
      .at(-1) ?? '';
  // All that was sent was sent today; the bill is of the hour in which that began.
  const hour = Math.floor((before.jobs[0]?.activityAt ?? before.at) / HOUR);
  const instant = (at: number) => new Date(at).toISOString();
  const month = new Date(hour * HOUR);
  const monthStart = (later: number) =>
    instant(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + later));
  const row = (cost: string, more: FocusRow): FocusRow => ({
    ...HOUR_OF_A_MACHINE,
    BilledCost: cost,
    EffectiveCost: cost,
    ListCost: cost,
    BillingPeriodStart: monthStart(0),
    BillingPeriodEnd: monthStart(1),
    ChargePeriodStart: instant(hour * HOUR),
    ChargePeriodEnd: instant((hour + 1) * HOUR),
    ResourceId: `arn:aws:ec2:us-east-1:482913570064:instance/${id}`,
    ...more,
  });
  const transfer = {
    ChargeDescription: '$0.09 per GB - first 10 TB / month data transfer out beyond the free tier',
    ConsumedUnit: 'GB',
    ServiceName: 'AWS Data Transfer',
    ServiceCategory: 'Networking',
    SkuId: 'SKU2',
  };
  const rows = [
    row('32.7726', {}),
    // So much that it is more of what it sent, however much of an upload the other is in.
    row('19.00', transfer),
    row('1.00', { ...transfer, ResourceId: '', SkuId: 'SKU3' }),
  ];
  const bills = openBills(demo.paths.bills, Date.now);
  await importFile(bills, fileOf(rows, '2026-11-20', folder));
  bills.close();
  await link.request('compareInvoices', {});

  // Of accounts it is told at once, of jobs with the next tick.
  const told = await watch.until('what the bill tells of transfer', ({ transfers, jobs }) => {
    const learned = jobs.every(({ egress }) => egress?.totalCost.likely !== undefined);
    return learned && transfers?.some(({ billed }) => billed !== undefined);
  });
  const ofAccount = told.transfers?.find(({ account }) => account === 'aws:demo');
  expect(ofAccount?.billed).toMatchObject({ days: 1, micros: 20_000_000 });
  expect(ofAccount?.billed?.through).toBe((Math.floor((hour * HOUR) / DAY) + 1) * DAY);
  expect(ofAccount?.cost.likely).toBeGreaterThan(0);
  expect(ofAccount?.cost.likely).toBeLessThan(ofAccount?.cost.high ?? 0);
  const [named, unnamed] = ['named', 'unnamed'].map((name) => jobNamed(told, name).egress);
  const shareOf = (egress: typeof named) =>
    (egress?.totalCost.likely ?? 0) / (egress?.totalCost.high ?? 1);
  // The machine that lines name has its own; the other has the account's.
  const listed = ofAccount?.billed?.listMicros ?? 0;
  expect(shareOf(unnamed)).toBeCloseTo(20_000_000 / listed, 2);
  expect(shareOf(named)).toBeGreaterThan(shareOf(unnamed));
  // What the machines cost is what it was: the bill's compute, not its transfer.
  const { costs } = await link.request('costs', { from: hour * HOUR, to: (hour + 1) * HOUR });
  const compute = costs.filter(({ provenance }) => provenance === 'billed');
  expect(compute.reduce((sum, { micros }) => sum + micros, 0)).toBeLessThanOrEqual(32_772_600);
});
