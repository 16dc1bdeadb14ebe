import {
  isPlainProgress,
  isPlainSample,
  isPlainTraffic,
} from '@burnrate/shared/collector/plain_reading.ts';
import { JobHint, Progress } from '@burnrate/shared/model/progress.ts';
import { Sample } from '@burnrate/shared/model/sample.ts';
import { Traffic } from '@burnrate/shared/model/traffic.ts';
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

const reading = fc
  .tuple(
    fc.record(
      {
        at: fc.nat(),
        since: fc.nat(),
        node: fc.string(),
        device: fc.string({ maxLength: 150, size: 'max' }),
        sent: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
        written: fc.nat(),
      },
      { requiredKeys: ['at', 'node', 'device'] },
    ),
    fc.dictionary(fc.constantFrom(...Object.keys(Traffic.shape), 'colour', 'toString'), value, {
      maxKeys: 2,
    }),
  )
  .map(([traffic, other]) => ({ ...traffic, ...other }));

const count = fc
  .tuple(
    fc.record(
      {
        at: fc.nat(),
        counter: fc.constantFrom('steps', 'tokens', 'samples', 'epochs'),
        series: fc.string({ maxLength: 2_500, size: 'max' }),
        value: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
        fromZero: fc.boolean(),
        since: fc.nat(),
        of: fc.oneof(
          fc.record({ job: fc.string(), host: fc.string(), pid: fc.nat() }, { requiredKeys: [] }),
          fc.dictionary(fc.constantFrom(...Object.keys(JobHint.shape)), value, { maxKeys: 2 }),
        ),
      },
      { requiredKeys: ['at', 'counter', 'series', 'value', 'fromZero', 'of'] },
    ),
    fc.dictionary(fc.constantFrom(...Object.keys(Progress.shape), 'colour', 'toString'), value, {
      maxKeys: 1,
    }),
  )
  .map(([progress, other]) => ({ ...progress, ...other }));

const KINDS = [
  { kind: 'a sample', schema: Sample, isPlain: isPlainSample, item },
  { kind: 'a reading of traffic', schema: Traffic, isPlain: isPlainTraffic, item: reading },
  { kind: 'a count', schema: Progress, isPlain: isPlainProgress, item: count },
] as const;

/** Whether it has what the schema leaves out, or names a field of which it says nothing. */
function hasMore(one: unknown, schema: { shape: object }): boolean {
  return Object.entries(one as object).some(
    ([name, of]) =>
      of === undefined ||
      !Object.hasOwn(schema.shape, name) ||
      (name === 'of' && hasMore(of, JobHint)),
  );
}

test.each(KINDS)('what is plainly $kind is what the schema would leave as it is', (given) => {
  const { schema, isPlain, item: likelyOne } = given;
  let plain = 0;
  fc.assert(
    fc.property(fc.oneof(likelyOne, value, fc.array(value)), (one) => {
      const parsed = schema.safeParse(one);
      if (!isPlain(one)) {
        // Never a good one: what is not plain only has more, or nothing where it says so.
        if (parsed.success) expect(hasMore(one, schema)).toBe(true);
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
  const traffic: Required<Traffic> = {
    ...{ at: 1, since: 0, node: 'n', device: 'eth0' },
    ...{ sent: 1, received: 2, read: 3, written: 4 },
  };
  expect(Object.keys(traffic).sort()).toEqual(Object.keys(Traffic.shape).sort());
  expect(isPlainTraffic(traffic)).toBe(true);
  const of: Required<JobHint> = {
    ...{ job: 'j', slurmJob: '1', pod: 'p', namespace: 'n', skypilotTask: 't' },
    ...{ skypilotCluster: 'c', host: 'h', pid: 1 },
  };
  const progress: Required<Progress> = {
    ...{ at: 1, counter: 'steps', series: 's', value: 0, fromZero: true, since: 0, of },
  };
  expect(Object.keys(of).sort()).toEqual(Object.keys(JobHint.shape).sort());
  expect(Object.keys(progress).sort()).toEqual(Object.keys(Progress.shape).sort());
  expect(isPlainProgress(progress)).toBe(true);
});
