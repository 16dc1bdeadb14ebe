import { type Charge, IDLE } from '@burnrate/shared/model/charge.ts';
import { type Job, Level } from '@burnrate/shared/model/job.ts';
import { accrued } from '@burnrate/shared/model/money.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { DAY, HOUR, type Interval, MINUTE } from '@burnrate/shared/model/time.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jobOf, nodeOf, overlaps, START } from '../metering/given.ts';
import { WatchOver } from './watch_over.ts';

const AWS = 'aws:dev';
const SLURM = 'slurm:lab';
const PER_HOUR = [32_772_600, 7, 1_999_999];

/** Whatever a source may say of a machine, true or not. */
const anyNode = fc
  .record({
    number: fc.nat(2),
    state: fc.constantFrom(
      'running',
      'running',
      'running',
      'starting',
      'stopping',
      'stopped',
      'ended',
    ),
    launched: fc.option(fc.integer({ min: -DAY, max: HOUR }), { nil: undefined }),
    ended: fc.option(fc.integer({ min: -HOUR, max: 2 * HOUR }), { nil: undefined }),
  })
  .map(({ number, state, launched, ended }): Node => {
    const { launchedAt: _, ...plain } = nodeOf();
    return {
      ...plain,
      id: `${AWS}:i-${number}`,
      name: `n${number}`,
      state: state as Node['state'],
      billing: { incrementMs: 1, minimumMs: 0 },
      rate: {
        microsPerHour: PER_HOUR[number] ?? 0,
        provenance: 'list',
        basis: 'test',
        asOf: START,
      },
      ...(launched !== undefined && { launchedAt: START + launched }),
      ...(ended !== undefined && { endedAt: START + ended }),
    };
  });

/** Whatever a scheduler may say of a job: requeued, moved, grown, back from the dead. */
const anyJob = fc
  .record({
    number: fc.nat(3),
    state: fc.constantFrom('pending', 'running', 'running', 'stopping', 'ended'),
    level: fc.constantFrom(...Level.options),
    started: fc.option(fc.integer({ min: -HOUR, max: 2 * HOUR }), { nil: undefined }),
    ended: fc.option(fc.integer({ min: -HOUR, max: 2 * HOUR }), { nil: undefined }),
    shares: fc.array(fc.record({ on: fc.nat(3), gpus: fc.option(fc.nat(9), { nil: undefined }) }), {
      maxLength: 3,
    }),
  })
  .map(({ number, state, level, started, ended, shares }): Job => {
    const { startedAt: _, ...plain } = jobOf({ id: `${SLURM}:${number}` });
    return {
      ...plain,
      level,
      state: state as Job['state'],
      ...(started !== undefined && { startedAt: START + started }),
      ...(ended !== undefined && { endedAt: START + ended }),
      shares: shares.map(({ on, gpus }) => ({
        node: on % 2 === 0 ? `${AWS}:i-${on}` : `n${on}`,
        ...(gpus !== undefined && { gpus }),
      })),
    };
  });

const anyTicks = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.integer({ min: 1, max: MINUTE }), fc.integer({ min: 1, max: 3 * HOUR })),
    wrongBy: fc.constantFrom(0, 0, 0, HOUR, -HOUR, DAY, -DAY),
    restart: fc.boolean(),
    nodes: fc.option(fc.uniqueArray(anyNode, { maxLength: 3, selector: ({ id }) => id }), {
      nil: undefined,
    }),
    jobs: fc.option(fc.uniqueArray(anyJob, { maxLength: 4, selector: ({ id }) => id }), {
      nil: undefined,
    }),
  }),
  { minLength: 1, maxLength: 12 },
);

/** The time that any of the charges covers. */
function covered(charges: readonly Charge[]): Interval[] {
  const stretches: Interval[] = [];
  for (const { from, to } of charges.toSorted((a, b) => a.from - b.from)) {
    const last = stretches.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else stretches.push({ from, to });
  }
  return stretches;
}

test('whatever sources say and clocks show, every instant of a machine is charged just once', () => {
  fc.assert(
    fc.property(anyTicks, (ticks) => {
      const watch = new WatchOver(START);
      let at = START;
      for (const { afterMs, wrongBy, restart, nodes, jobs } of ticks) {
        at += afterMs;
        if (restart) watch.restart();
        watch.see(
          { ...(nodes && { [AWS]: { nodes } }), ...(jobs && { [SLURM]: { jobs } }) },
          at + wrongBy,
        );
        const charges = watch.charges();
        expect(overlaps(charges)).toBe(false);
        for (const [id, own] of Map.groupBy(charges, ({ nodeId }) => nodeId)) {
          const perHour = PER_HOUR[Number(id.at(-1))] ?? 0;
          const due = covered(own).map(({ from, to }) => accrued(perHour, from, to));
          const charged = own.reduce((sum, { micros }) => sum + micros, 0);
          expect(charged).toBe(due.reduce((a, b) => a + b, 0));
          expect(own.every(({ micros }) => micros >= 0)).toBe(true);
        }
        const sum = charges.reduce((all, { micros }) => all + micros, 0);
        const totals = [...watch.store.totals({ from: 0, to: START + 100 * DAY })];
        expect(totals.reduce((all, [, { micros }]) => all + micros, 0)).toBe(sum);
        const idle = [...watch.store.idleTotals({ from: 0, to: START + 100 * DAY })];
        expect(idle.reduce((all, [, { micros }]) => all + micros, 0)).toBe(
          totals.find(([id]) => id === IDLE)?.[1].micros ?? 0,
        );
      }
      // Nothing new is said: nothing is written.
      const before = watch.charges();
      watch.tick.run();
      expect(watch.charges()).toEqual(before);
      watch.store.close();
    }),
    { numRuns: 150 },
  );
});
