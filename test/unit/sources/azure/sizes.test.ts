import { readFileSync } from 'node:fs';
import { covers } from '@burnrate/shared/sources/azure/diagnose.ts';
import { factsByName } from '@burnrate/shared/sources/azure/sizes.ts';
import { describe, expect, test } from 'vitest';

/** https://learn.microsoft.com/azure/virtual-machines/sizes/overview#gpu-accelerated */
test.each([
  ['Standard_NC24ads_A100_v4', 1, 'A100 80GB'],
  ['Standard_NC96ads_A100_v4', 4, 'A100 80GB'],
  ['Standard_ND96asr_v4', 8, 'A100 40GB'],
  ['Standard_ND96amsr_A100_v4', 8, 'A100 80GB'],
  ['Standard_ND96isr_H100_v5', 8, 'H100 80GB'],
  ['Standard_ND96isr_H200_v5', 8, 'H200'],
  ['Standard_ND96isr_MI300X_v5', 8, 'MI300X'],
  ['Standard_ND128isr_NDR_GB200_v6', 4, 'GB200'],
  ['Standard_NC40ads_H100_v5', 1, 'H100 NVL'],
  ['Standard_NC80adis_H100_v5', 2, 'H100 NVL'],
  ['Standard_NCC40ads_H100_v5', 1, 'H100 NVL'],
  ['Standard_NC4as_T4_v3', 1, 'T4'],
  ['Standard_NC64as_T4_v3', 4, 'T4'],
  ['Standard_NC24rs_v3', 4, 'V100 16GB'],
  ['Standard_ND40rs_v2', 8, 'V100 32GB'],
  ['Standard_NV6ads_A10_v5', 1, 'A10'],
  ['Standard_NV72ads_A10_v5', 2, 'A10'],
  ['Standard_NV48s_v3', 4, 'M60'],
  ['Standard_NC24', 4, 'K80'],
  ['Standard_D96s_v5', 0, undefined],
  ['Standard_NP10s', 0, undefined],
])('%s has %i GPUs (%s)', (size, count, model) => {
  const { gpus } = factsByName(size);
  expect(gpus.count).toBe(count);
  expect(gpus.model ?? '').toContain(model ?? '');
});

describe('what Burnrate needs of Azure', () => {
  const actions = (kind: string): string[] =>
    JSON.parse(
      readFileSync(
        new URL(`../../../../shared/sources/azure/policy-${kind}.json`, import.meta.url),
        'utf8',
      ),
    ).Actions;

  test('to read allows no change, to stop allows just the three ways to stop', () => {
    for (const action of actions('read'))
      expect(action).toMatch(/\/read$|listNodes\/action$|query\/action$/);
    expect(actions('stop')).toHaveLength(3);
  });

  test.each([
    ['*', true],
    ['Microsoft.Compute/*', true],
    ['microsoft.compute/virtualmachines/deallocate/action', true],
    ['*/read', false],
    ['Microsoft.Compute/virtualMachines/*/read', false],
  ])('%s covers a deallocation: %s', (pattern, answer) => {
    expect(covers(pattern, 'Microsoft.Compute/virtualMachines/deallocate/action')).toBe(answer);
  });
});
