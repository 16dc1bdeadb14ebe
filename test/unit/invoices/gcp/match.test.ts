import { cellsOf, linesOf } from '@burnrate/shared/invoices/gcp/lines.ts';
import { COLUMNS } from '@burnrate/shared/invoices/gcp/sql.ts';
import { kindOf } from '@burnrate/shared/invoices/kinds.ts';
import { match } from '@burnrate/shared/invoices/reconcile/match.ts';
import { toMicros } from '@burnrate/shared/model/money.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import type { ComputeLine } from '@burnrate/shared/store/bills/reads.ts';
import { expect, test } from 'vitest';
import { googleOf, instance } from '../../sources/gcp/cloud.ts';
import { openGcp, TOKEN } from '../../sources/gcp/open.ts';
import { look, only } from '../../sources/open_account.ts';
import { type BillRow, billRow } from './bigquery.ts';

function lineOf(changes: BillRow) {
  const row = billRow(changes);
  return only(linesOf(cellsOf(COLUMNS.map((column) => row[column] ?? null)), true));
}

/** What an hour of an a2-highgpu-1g is billed as: a line for each of its parts, in their own time. */
const PARTS = [
  lineOf({
    sku: '1',
    sku_name: 'A2 Instance Core running in Americas',
    cost: '0.34',
    list: '0.379332',
    amount: String(12 * 3600),
  }),
  lineOf({
    sku: '2',
    sku_name: 'A2 Instance Ram running in Americas',
    cost: '0.33',
    list: '0.360145',
    unit: 'byte-seconds',
    amount: String(85 * 2 ** 30 * 3600),
  }),
  lineOf({ sku: '3', cost: '2.641', list: '2.933908', amount: '3600' }),
];

test('the lines of an instance’s parts are all for the hour of the node that the source shows', async () => {
  const place = await openGcp(googleOf({ token: TOKEN, instances: [instance()] }));
  try {
    const node = only((await look(place, ['nodes'])).nodes);
    const [first] = PARTS;
    const hour = (first?.chargePeriodStart ?? 0) / HOUR;
    const micros = 3_673_385;
    const metered = { node, hour, micros, listMicros: micros, ran: 1 };
    const lines = PARTS.map(
      (item): ComputeLine => ({
        item,
        from: item.chargePeriodStart,
        to: item.chargePeriodEnd,
        effective: toMicros(Number(item.effectiveCost)),
        list: toMicros(Number(item.listCost)),
        consumed: item.consumedQuantity,
        usdPerUnit: undefined,
        final: item.final,
        asOf: Number.MAX_SAFE_INTEGER,
        account: undefined,
        provider: item.providerName,
        subAccount: item.subAccountId ?? '',
      }),
    );
    const { assigned, leftover } = match(lines, [metered]);
    expect(leftover).toEqual([]);
    const sum = (of: 'billed' | 'list') => assigned.reduce((all, one) => all + (one[of] ?? 0), 0);
    expect(sum('billed')).toBe(3_311_000);
    // The catalogue's sum of the same parts is what the source took for the list price.
    expect(sum('list')).toBe(micros);
  } finally {
    await place.close();
  }
});

test.each([
  ['Nvidia Tesla A100 GPU attached to Spot Preemptible VMs running in Americas', 'compute'],
  ['A2 Instance Ram running in Americas', 'compute'],
  ['SSD backed Local Storage', 'compute'],
  ['SSD backed PD Capacity', 'storage'],
  ['Network Internet Data Transfer Out from Americas to EMEA', 'egress'],
])('%s is %s', (sku_name, kind) => {
  expect(kindOf(lineOf({ sku_name, unit: 'seconds' }))).toBe(kind);
});
