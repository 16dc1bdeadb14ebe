import type { NodeView } from '@burnrate/shared/model/snapshot.ts';
import { DAY } from '@burnrate/shared/model/time.ts';
import { Catalogue } from '@burnrate/shared/pricing/catalogue/catalogue.ts';
import { gpuKindOf } from '@burnrate/shared/pricing/catalogue/gpu.ts';
import {
  elsewhere,
  type Offer,
  offersOfCatalogue,
  offersOfNodes,
  sayElsewhere,
  saySource,
} from '@burnrate/shared/pricing/elsewhere.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const NOW = Date.parse('2026-11-25');

function kind(model: string) {
  const found = gpuKindOf(model);
  if (!found) throw new Error(`no GPU ${model}`);
  return found;
}

function offer(changes: Partial<Offer> & { count?: number; model?: string } = {}): Offer {
  const { count = 8, model = 'A100 SXM 80GB', ...rest } = changes;
  return {
    provider: 'lambda',
    type: 'gpu_8x_a100_80gb_sxm4',
    region: '*',
    gpus: { count, model, kind: kind(model) },
    microsPerHour: 12_400_000,
    provenance: 'list',
    basis: 'test',
    asOf: NOW - 3 * DAY,
    ...rest,
  };
}

const wanted = { count: 8, kind: kind('NVIDIA A100-SXM4-80GB') };

test('the same GPUs are said with their price, provider, source and age', () => {
  const [best] = elsewhere(wanted, [offer()]);
  if (!best) throw new Error('nothing found');
  expect(sayElsewhere(best)).toBe('the same 8x A100 SXM 80GB is $12.40/h on Lambda');
  expect(saySource(best, NOW)).toBe('gpu_8x_a100_80gb_sxm4; list price: test, 3 d old');
});

test('other GPUs, more of them in one machine, and the own provider are no offers', () => {
  expect(elsewhere(wanted, [offer({ model: 'A100 SXM 40GB' })])).toEqual([]);
  expect(elsewhere({ ...wanted, count: 1 }, [offer()])).toEqual([]);
  expect(elsewhere({ ...wanted, count: 12 }, [offer()])).toEqual([]);
  expect(elsewhere(wanted, [offer()], { except: new Set(['lambda']) })).toEqual([]);
});

test('of one provider, one machine of eight goes before eight of one, though these be cheaper', () => {
  const ones = offer({ type: 'one', count: 1, microsPerHour: 1_000_000 });
  expect(elsewhere(wanted, [ones, offer()])).toMatchObject([{ machines: 1 }]);
  expect(elsewhere(wanted, [ones])).toMatchObject([{ machines: 8, microsPerHour: 8_000_000 }]);
  expect(elsewhere({ ...wanted, count: 16 }, [offer()])).toMatchObject([
    { machines: 2, microsPerHour: 24_800_000 },
  ]);
});

test('of one machine in one region the newer price counts, dearer or not', () => {
  const live = offer({ microsPerHour: 14_000_000, provenance: 'quoted', asOf: NOW });
  expect(elsewhere(wanted, [live, offer()])[0]?.microsPerHour).toBe(14_000_000);
});

test('offers are made of a catalogue once, and anew when prices are added', () => {
  const catalogue = new Catalogue();
  const before = offersOfCatalogue(catalogue.all());
  expect(offersOfCatalogue(catalogue.all())).toBe(before);
  const [first] = catalogue.all();
  if (!first) throw new Error('the catalogue is empty');
  const { provider, type, region } = first;
  catalogue.add([{ ...first, microsPerHour: 7, readAt: NOW }]);
  const after = offersOfCatalogue(catalogue.all());
  expect(after).toHaveLength(before.length);
  expect(after).toContainEqual(
    expect.objectContaining({ provider, type, region, microsPerHour: 7, asOf: NOW }),
  );
});

test('what is found is one a provider, the cheapest first, and never fewer GPUs than wanted', () => {
  const offers = offersOfCatalogue(new Catalogue().all());
  const count = fc.constantFrom(1, 2, 4, 8, 16, 32);
  const model = fc.constantFrom('A100', 'A100 SXM 80GB', 'H100 SXM', 'L4', 'B200', 'T4', 'MI300X');
  fc.assert(
    fc.property(count, model, fc.shuffledSubarray([...offers]), (gpus, name, some) => {
      const found = elsewhere({ count: gpus, kind: kind(name) }, some);
      expect(new Set(found.map((one) => one.offer.provider)).size).toBe(found.length);
      for (const [index, one] of found.entries()) {
        expect(one.machines * one.offer.gpus.count).toBe(gpus);
        expect(one.microsPerHour).toBeGreaterThanOrEqual(found[index - 1]?.microsPerHour ?? 0);
      }
    }),
    { numRuns: 50 },
  );
});

test('what runs somewhere tells what its like costs there, unless by a contract or on spot', () => {
  const node = (changes: object) =>
    ({
      gpus: { count: 8, model: 'H100 (80 GB SXM5)' },
      priceKey: { provider: 'lambda', instanceType: 'x', region: 'r', market: 'on-demand' },
      price: { microsPerHour: 1, provenance: 'quoted', basis: 'Lambda Cloud API', asOf: NOW },
      ...changes,
    }) as NodeView;
  expect(offersOfNodes([node({})])).toMatchObject([{ provider: 'lambda', provenance: 'quoted' }]);
  const spot = { provider: 'lambda', instanceType: 'x', region: 'r', market: 'spot' };
  for (const other of [
    { priceKey: spot },
    { price: undefined },
    { gpus: { count: 8 } },
    { price: { microsPerHour: 1, provenance: 'calibrated', basis: 'x', asOf: NOW } },
  ])
    expect(offersOfNodes([node(other)])).toEqual([]);
});
