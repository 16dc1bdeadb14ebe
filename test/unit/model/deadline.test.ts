import { deadline } from '@burnrate/shared/model/deadline.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([40, 100, 101, 4_000])('what takes longer than %i ms is late then, once', (ms) => {
  const late = vi.fn();
  deadline(ms, late);
  vi.advanceTimersByTime(ms - 1);
  expect(late).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(late).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(10 * ms);
  expect(late).toHaveBeenCalledTimes(1);
});

test.each([0, 99, 100, 3_999])('what is called off after %i ms is never late', (afterMs) => {
  const late = vi.fn();
  const callOff = deadline(4_000, late);
  vi.advanceTimersByTime(afterMs);
  callOff();
  vi.advanceTimersByTime(8_000);
  expect(late).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('what is called off at once leaves no wake-up that far ahead', () => {
  const waits = vi.spyOn(globalThis, 'setTimeout');
  try {
    const callOff = deadline(4_000, () => undefined);
    vi.advanceTimersByTime(50);
    callOff();
    vi.advanceTimersByTime(8_000);
    expect(Math.max(...waits.mock.calls.map(([, ms]) => ms ?? 0))).toBeLessThan(500);
  } finally {
    // Before the real timers are put back: else the fake ones would come after them.
    waits.mockRestore();
  }
});
