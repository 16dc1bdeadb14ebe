import { describe, expect, test } from 'vitest';
import { withCloud } from './open.ts';
import { cluster, price, sku, vm, workspace } from './resources.ts';

const A100 = 'Standard_NC24ads_A100_v4';

describe('Azure’s prices', () => {
  test('are those of Linux, Windows, spot and low priority, each its own', () => {
    const windows = { productName: 'Virtual Machines NCads A100 v4 Series Windows' };
    const prices = [
      price(A100, 9, { productName: 'NCads A100 v4 Series Cloud Services' }),
      price(A100, 8, { effectiveStartDate: '2027-01-01T00:00:00Z' }),
      price(A100, 3, { effectiveStartDate: '2020-01-01T00:00:00Z' }),
      price(A100, 3.673),
      price(A100, 4.777, windows),
      price(A100, 0.6979, { meterName: 'NC24ads A100 v4 Spot' }),
      price(A100, 0.7346, { meterName: 'NC24ads A100 v4 Low Priority' }),
      price(A100, 2, { type: 'Reservation', unitOfMeasure: '1 Hour' }),
      price(A100, 1.5, { currencyCode: 'EUR' }),
    ];
    const disk = (osType: string) => ({ storageProfile: { osDisk: { osType } } });
    const resources = [
      vm('linux', A100),
      vm('windows', A100, { properties: disk('Windows') }),
      vm('own-licence', A100, {
        properties: { ...disk('Windows'), licenseType: 'Windows_Server' },
      }),
      vm('spot', A100, { properties: { priority: 'Spot' } }),
      vm('own-host', A100, { properties: { host: { id: '/hosts/1' } } }),
      workspace(),
    ];
    const clusterNodes = { a100s: [{ nodeId: 'low', nodeState: 'running' }] };
    return withCloud(
      { resources, prices, computes: [cluster('a100s')], clusterNodes, skus: [sku(A100, {})] },
      (seen) => {
        const dollars = seen.quotes?.map(({ key, rate }) => [
          key.instanceType,
          key.market,
          rate.microsPerHour,
        ]);
        expect(dollars).toEqual([
          [A100, 'on-demand', 3_673_000],
          [`${A100} Windows`, 'on-demand', 4_777_000],
          [A100, 'spot', 697_900],
          [`${A100} Low Priority`, 'spot', 734_600],
        ]);
        expect(seen.nodes?.find(({ name }) => name === 'own-host')?.priceKey).toBeUndefined();
      },
    );
  });
});
