import type { Interval } from '@burnrate/shared/model/time.ts';
import { tempoOf } from '@burnrate/shared/sources/dcgm/tempo.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const JITTER_MS = 200;

/** Writes of one period, each off its time by up to the jitter, and between what each is known. */
const rhythms = fc
  .record({
    phase: fc.integer({ min: 0, max: 1e6 }),
    period: fc.integer({ min: 1_000, max: 120_000 }),
    seen: fc.array(
      fc.record({
        off: fc.integer({ min: -JITTER_MS, max: JITTER_MS }),
        before: fc.integer({ min: 0, max: 10_000 }),
        after: fc.integer({ min: 0, max: 10_000 }),
      }),
      { minLength: 2, maxLength: 40 },
    ),
    nextOff: fc.integer({ min: -JITTER_MS, max: JITTER_MS }),
  })
  .map(({ phase, period, seen, nextOff }) => ({
    period,
    next: phase + seen.length * period + nextOff,
    writes: seen.map(({ off, before, after }, index): Interval => {
      const at = phase + index * period + off;
      return { from: at - before, to: at + after };
    }),
  }));

/** Whether an instant lies in an interval, but for what fractions lose. */
function holds({ from, to }: Interval, at: number): boolean {
  return at >= from - 1e-3 && at <= to + 1e-3;
}

test('the next write, and the period, lie between what is told of them', () => {
  fc.assert(
    fc.property(rhythms, ({ writes, period, next }) => {
      const tempo = tempoOf(writes, JITTER_MS);
      expect(tempo && holds(tempo.period, period) && holds(tempo.next, next)).toBe(true);
    }),
  );
});

test('what is told is the narrowest there is: at either end a rhythm still fits all that was seen', () => {
  fc.assert(
    fc.property(rhythms, ({ writes }) => {
      const { period, next } = tempoOf(writes, JITTER_MS) ?? expect.fail('no rhythm');
      /** Whether writes at one period fit, the one after the last of them at an instant. */
      const fits = (at: number) => {
        // Of each write, which periods would have put it where it was seen.
        const bounds = writes.map(({ from, to }, index) => {
          const steps = writes.length - index;
          return { from: (at - to - JITTER_MS) / steps, to: (at - from + JITTER_MS) / steps };
        });
        const least = Math.max(period.from, ...bounds.map(({ from }) => from));
        return least <= Math.min(period.to, ...bounds.map(({ to }) => to)) + 1e-3;
      };
      expect(fits(next.from + JITTER_MS)).toBe(true);
      expect(fits(next.to - JITTER_MS)).toBe(true);
      expect(fits(next.from + JITTER_MS - 1)).toBe(false);
      expect(fits(next.to - JITTER_MS + 1)).toBe(false);
    }),
  );
});

test('one write that was seen precisely counts on while later ones are not', () => {
  const loose = Array.from({ length: 30 }, (_, index) => ({
    from: index * 30_000 - 20_000,
    to: index * 30_000 + 5_000,
  }));
  const precise = loose.with(5, { from: 149_900, to: 150_100 }).with(15, {
    from: 449_900,
    to: 450_100,
  });
  const width = (writes: readonly Interval[]) => {
    const { next } = tempoOf(writes, JITTER_MS) ?? expect.fail('no rhythm');
    return next.to - next.from;
  };
  expect(width(loose)).toBeGreaterThan(20_000);
  expect(width(precise)).toBeLessThan(4_000);
});

test('writes that keep no rhythm tell none, nor does one alone', () => {
  const at = (seconds: number) => ({ from: seconds * 1000 - 50, to: seconds * 1000 + 50 });
  expect(tempoOf([at(0), at(30), at(45), at(110)], JITTER_MS)).toBeUndefined();
  expect(tempoOf([at(0)], JITTER_MS)).toBeUndefined();
  expect(tempoOf([], JITTER_MS)).toBeUndefined();
});
