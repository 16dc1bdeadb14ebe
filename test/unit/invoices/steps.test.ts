import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../../shared/model/time.ts';
import { charge, Desk, line, node, START } from './desk.ts';

/** No step may handle more rows than this: some milliseconds of the collector's one thread. */
const MOST_ROWS = 1_000;

/** Three machines that ran a day, metered by the minute, among hundreds of others on the bill. */
function fleet(others: number): Desk {
  const desk = new Desk();
  const ours = ['i-0aaaaaaaaaaaaaaa1', 'i-0aaaaaaaaaaaaaaa2', 'i-0aaaaaaaaaaaaaaa3'];
  for (const id of ours) {
    const machine = node(id);
    const minutes = Array.from({ length: 8 * 60 }, (_, index) => {
      const from = START + index * MINUTE;
      return charge(from, from + MINUTE, 533_333, { nodeId: machine.id });
    });
    desk.meter(minutes, machine);
  }
  const theirs = Array.from(
    { length: others },
    (_, index) => `i-0bbbbbbbb${String(index).padStart(8, '0')}`,
  );
  const lines = [...ours, ...theirs].flatMap((resourceId) =>
    Array.from({ length: 8 }, (_, hour) => line(START + hour * HOUR, '20', { resourceId })),
  );
  desk.take(lines, 'november');
  return desk;
}

test('a day of thousands of lines is compared in steps of a thousand rows at most', () => {
  const desk = fleet(600);
  const steps = [...desk.steps()];
  expect(Math.max(...steps)).toBeLessThanOrEqual(MOST_ROWS);
  // All lines of the day, and what its machines were metered at.
  expect(steps.reduce((sum, rows) => sum + rows, 0)).toBeGreaterThan(603 * 8);
  expect(desk.sums()).toMatchObject({
    billedMicros: 3 * 8 * 20_000_000,
    unmetered: [{ kind: 'compute', micros: 600 * 8 * 20_000_000 }],
  });
});

test('comparing that was cut short after any step is taken up again, and ends the same', () => {
  const whole = fleet(3);
  const length = [...whole.steps()].length;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: length }), { maxLength: 3 }), (cuts) => {
      const desk = fleet(3);
      for (const cut of cuts) {
        const steps = desk.steps();
        for (let step = 0; step < cut; step += 1) steps.next();
        // Whatever is billed by then is billed as it will be, and an hour is so as a whole.
        const micros = desk.charges().reduce((sum, one) => sum + one.micros, 0);
        const { billedMicros, meteredMicros } = desk.sums();
        const metered = whole.charges().length * 533_333;
        expect(micros).toBe(metered - meteredMicros + billedMicros);
      }
      desk.reconcile();
      expect(desk.charges()).toEqual(whole.charges());
      expect(desk.sums()).toEqual(whole.sums());
    }),
    { numRuns: 4 },
  );
});
