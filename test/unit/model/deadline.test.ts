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

test('no wake-up lies seconds ahead before it has been waited for a moment', () => {
  const began = Date.now();
  const callOff = deadline(4_000, () => undefined);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersToNextTimer();
  expect(Date.now() - began).toBeLessThan(500);
  callOff();
});
