import { Level } from '@burnrate/shared/model/job.ts';
import { accrued } from '@burnrate/shared/model/money.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  anyViews,
  anyWorld,
  chargesOf,
  END,
  GPUS,
  instantOf,
  ROUNDING,
  SOURCES,
  sourceIds,
  TICKS,
  type Work,
  watched,
} from './any_world.ts';
import { byJob, overlaps, START, sumOf } from './given.ts';

test('a machine costs its rate times its time to the micro-dollar, whoever sees it, and since when', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const watch = watched(world);
      expect(overlaps(watch.charges())).toBe(false);
      for (const [index, { views, microsPerHour }] of world.machines.entries()) {
        const priced = views.some((view) => view.priced);
        const due = priced ? accrued(microsPerHour, START, END) : 0;
        expect(sumOf(chargesOf(watch, index))).toBe(due);
      }
      watch.store.close();
    }),
    { numRuns: 50 },
  );
});

test('no job is charged more than it holds, and none of others is charged to me', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const watch = watched(world);
      const sums = byJob(watch.charges());
      for (const [number, work] of world.work.entries()) {
        const id = `${SOURCES[work.source].account}:${number}`;
        let most = 0;
        for (const [at, held] of work.holds.entries()) {
          if (at < work.starts) continue;
          // Of the first tick's holds it is taken that they were so from the start on.
          const from = instantOf(at);
          const to = at === TICKS - 1 ? END : instantOf(at + 1);
          for (const { machine, gpus = GPUS } of held)
            most +=
              ((world.machines[machine]?.microsPerHour ?? 0) * gpus * (to - from)) / GPUS / HOUR;
        }
        // A job whose source is set up late is known by what it holds then.
        const late = world.machines.some(({ views }) =>
          views.some((view) => view.source === work.source && view.since > work.starts),
        );
        if (!late) expect(sums[id] ?? 0).toBeLessThanOrEqual(Math.ceil(most) + ROUNDING);
      }
      const mine = new Set(
        world.work.flatMap((work, number) =>
          work.mine ? [`${SOURCES[work.source].account}:${number}`] : [],
        ),
      );
      const own = Object.entries(sums).filter(([id]) => mine.has(id));
      expect(watch.tick.today().micros).toBe(own.reduce((sum, [, micros]) => sum + micros, 0));
      watch.store.close();
    }),
    { numRuns: 30 },
  );
});

test('of jobs that all hold the whole machine, the most specific gets all of it', () => {
  const anyStack = fc.record({
    machine: fc.record({ microsPerHour: fc.constant(36_000_000), views: anyViews(0) }),
    mine: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    order: fc.shuffledSubarray(sourceIds, { minLength: sourceIds.length }),
  });
  fc.assert(
    fc.property(anyStack, ({ machine, mine, order }) => {
      const views = machine.views.map((view) => ({ ...view, since: 0, priced: true }));
      const work = views.map(({ source }, index): Work => {
        const hold = { machine: 0, gpus: undefined, named: false };
        const holds = Array.from({ length: TICKS }, () => [hold]);
        return { source, mine: mine[index] ?? true, starts: 0, holds };
      });
      const watch = watched({ machines: [{ ...machine, views }], work, order });
      const rank = ({ source }: Work) => Level.options.indexOf(SOURCES[source].level);
      const top = Math.max(...work.map(rank));
      const closest = work.flatMap((one, number) =>
        rank(one) === top ? [`${SOURCES[one.source].account}:${number}`] : [],
      );
      const live = watch.tick.rates;
      const charged = [...live.byJob].filter(([, figure]) => figure.micros > 0);
      expect(charged.map(([id]) => id).sort()).toEqual(closest.sort());
      expect(charged.reduce((sum, [, { micros }]) => sum + micros, 0)).toBe(36_000_000);
      const ofMine = charged.filter(([id]) => work[Number(id.split(':').at(-1))]?.mine);
      expect(live.total.micros).toBe(ofMine.reduce((sum, [, { micros }]) => sum + micros, 0));
      watch.store.close();
    }),
    { numRuns: 30 },
  );
});
