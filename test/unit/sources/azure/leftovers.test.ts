import { meterOf } from '@burnrate/shared/sources/azure/disk_prices.ts';
import type { Observable, Observation } from '@burnrate/shared/sources/source.ts';
import { expect, test } from 'vitest';
import { lookingAt, patience } from '../open_account.ts';
import { type Handler, json } from '../service.ts';
import { azureOf, type Cloud } from './cloud.ts';
import { openAzure, TOKEN } from './open.ts';
import { price, SUBSCRIPTION } from './resources.ts';

const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/ml-rg/providers`;
const LEFTOVERS: ReadonlySet<Observable> = new Set(['leftovers']);

/** https://learn.microsoft.com/rest/api/compute/disks/list */
const disk = (name: string, diskState: string, changes: Record<string, unknown> = {}) => ({
  id: `${GROUP}/Microsoft.Compute/disks/${name}`,
  name,
  type: 'Microsoft.Compute/disks',
  location: 'eastus',
  tags: { owner: 'ada' },
  sku: { name: 'Premium_LRS', tier: 'Premium' },
  properties: {
    diskState,
    diskSizeGB: 1000,
    LastOwnershipUpdateTime: '2026-11-20T08:00:00+00:00',
    timeCreated: '2026-11-01T08:00:00+00:00',
  },
  ...changes,
});

/** https://learn.microsoft.com/rest/api/virtualnetwork/public-ip-addresses/list-all */
const address = (name: string, sku: string, properties: Record<string, unknown> = {}) => ({
  id: `${GROUP}/Microsoft.Network/publicIPAddresses/${name}`,
  name,
  location: 'eastus',
  sku: { name: sku },
  properties: { ipAddress: '20.1.2.3', publicIPAddressVersion: 'IPv4', ...properties },
});

async function observe(handler: Handler) {
  let seen: Observation = { at: 0 };
  let line: { ok: boolean; message: string; remedy?: string } | undefined;
  await lookingAt(openAzure(handler), async (_, { connection }) => {
    seen = await connection.observe({ what: LEFTOVERS, wanted: [], signal: patience });
    line = (await connection.diagnose(patience)).find((one) => one.capability === 'leftovers');
  });
  return { ...seen, line };
}

const cloud: Cloud = {
  resources: [],
  disks: [
    disk('free', 'Unattached'),
    disk('held', 'Reserved', {
      managedBy: `${GROUP}/Microsoft.Compute/virtualMachines/trainer`,
      tags: null,
    }),
    disk('used', 'Attached'),
    disk('ultra', 'Unattached', { sku: { name: 'UltraSSD_LRS' } }),
  ],
  addresses: [
    address('idle', 'Standard'),
    address('old', 'Basic'),
    address('bound', 'Standard', { ipConfiguration: { id: '/x' } }),
    address('nat', 'Standard', { natGateway: { id: '/y' } }),
  ],
  prices: [
    price('', 135.17, {
      meterName: 'P30 LRS Disk',
      productName: 'Premium SSD Managed Disks',
      unitOfMeasure: '1/Month',
    }),
    price('', 0.2, { meterName: 'P30 LRS Disk', unitOfMeasure: '1 Hour' }),
  ],
};

test('disks and addresses that no running machine has, at what their size costs', async () => {
  const { leftovers, line } = await observe(azureOf(TOKEN, cloud));
  expect(leftovers?.map(({ name, rate }) => [name, rate?.microsPerHour])).toEqual([
    // 1,000 GiB cost what 1,024 do: $135.17 a month, of 730 hours.
    ['free', 185_164],
    ['held', 185_164],
    ['ultra', undefined],
    ['idle (20.1.2.3)', 5000],
    ['old (20.1.2.3)', undefined],
  ]);
  const [free, held] = leftovers ?? [];
  expect(free).toMatchObject({
    mine: true,
    owner: 'ada',
    since: Date.UTC(2026, 10, 20, 8),
    remove: `az disk delete --yes --ids ${GROUP}/Microsoft.Compute/disks/free`,
  });
  expect(held).toMatchObject({ machine: 'trainer', mine: true });
  expect(held?.since).toBeUndefined();
  expect(held?.remove).toMatch(
    /^az vm disk detach --resource-group ml-rg --vm-name trainer --name held && az disk delete /,
  );
  expect(line).toMatchObject({ ok: true, message: '3 disks and 2 addresses that nothing uses' });
});

test('a disk is sold by the next larger size of its kind', () => {
  const of = (name: string, diskSizeGB: number) =>
    meterOf({ sku: { name }, properties: { diskSizeGB } });
  expect(of('StandardSSD_ZRS', 128)).toBe('E10 ZRS Disk');
  expect(of('StandardSSD_LRS', 129)).toBe('E15 LRS Disk');
  expect(of('Standard_LRS', 4)).toBe('S4 LRS Disk');
  expect(of('Premium_LRS', 4)).toBe('P1 LRS Disk');
  expect(of('Premium_LRS', 99_999)).toBeUndefined();
  expect(of('PremiumV2_LRS', 100)).toBeUndefined();
});

test('who may not list disks has no failure for it, and the doctor names what to grant', async () => {
  const whole = azureOf(TOKEN, cloud);
  const { leftovers, partial, line } = await observe((ask) =>
    ask.call.endsWith('/Microsoft.Compute/disks')
      ? json(
          {
            error: {
              code: 'AuthorizationFailed',
              message: `The client 'ada' does not have authorization to perform action 'Microsoft.Compute/disks/read' over scope '/subscriptions/${SUBSCRIPTION}'.`,
            },
          },
          403,
        )
      : whole(ask),
  );
  expect(leftovers).toBeUndefined();
  expect(partial).toBeUndefined();
  expect(line).toMatchObject({ ok: false });
  expect(line?.remedy).toContain('Microsoft.Compute/disks/read');
});
