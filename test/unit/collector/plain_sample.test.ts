import { isPlainSample } from '@burnrate/shared/collector/plain_sample.ts';
import { Sample } from '@burnrate/shared/model/sample.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const names = [...Object.keys(Sample.shape), 'colour', 'toString'];
const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.double({ min: 0, max: 1 }),
  fc.constantFrom(undefined, null, -0, 2 ** 60, Number.NaN, Number.POSITIVE_INFINITY, true),
);
const likely = fc.record(
  {
    at: fc.nat(),
    node: fc.string(),
    gpu: fc.string(),
    gpuIndex: fc.nat(),
    utilization: fc.double({ min: 0, max: 1, noNaN: true }),
    power: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    pod: fc.string(),
  },
  { requiredKeys: ['at', 'node', 'gpu'] },
);
const item = fc
  .tuple(likely, fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 2 }))
  .map(([sample, other]) => ({ ...sample, ...other }));

test('what is plainly a sample is what the schema would leave as it is', () => {
  let plain = 0;
  fc.assert(
    fc.property(fc.oneof(item, value, fc.array(value)), (one) => {
      const parsed = Sample.safeParse(one);
      if (!isPlainSample(one)) {
        // Never a good one: what is not plain only has more, or nothing where it says so.
        if (parsed.success)
          expect(
            Object.entries(one as object).some(
              ([name, of]) => of === undefined || !Object.hasOwn(Sample.shape, name),
            ),
          ).toBe(true);
        return;
      }
      plain += 1;
      expect(parsed).toEqual({ success: true, data: one });
    }),
    { numRuns: 1_000 },
  );
  expect(plain).toBeGreaterThan(50);
});

test('the fields of the schema are all known', () => {
  const all: Required<Sample> = {
    ...{ at: 1, node: 'n', gpu: 'g', gpuIndex: 0, model: 'm', utilization: 1, engineActive: 0 },
    ...{ tensorActive: 0.5, memoryUsed: 1, memoryTotal: 2, power: 0.1, pcieTx: 1, pcieRx: 1 },
    ...{ nvlinkTx: 1, nvlinkRx: 1, slurmJob: '1', pod: 'p', namespace: 'n', container: 'c' },
  };
  expect(Object.keys(all).sort()).toEqual(Object.keys(Sample.shape).sort());
  expect(isPlainSample(all)).toBe(true);
});
