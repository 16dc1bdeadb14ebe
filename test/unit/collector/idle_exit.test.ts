import { IdleExit } from '@burnrate/shared/collector/idle_exit.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const AFTER_MS = 20_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function idleExit(state: { attended: boolean; busy: boolean }) {
  const exit = vi.fn();
  const idle = new IdleExit({
    afterMs: AFTER_MS,
    attended: () => state.attended,
    busy: () => state.busy,
    exit,
  });
  return { idle, exit };
}

test('while somebody looks nothing is due, and the wait begins when the last one goes', () => {
  const state = { attended: false, busy: false };
  const { idle, exit } = idleExit(state);
  vi.advanceTimersByTime(AFTER_MS - 1);
  state.attended = true;
  idle.touch();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(10 * AFTER_MS);
  state.attended = false;
  idle.touch();
  vi.advanceTimersByTime(AFTER_MS - 1);
  expect(exit).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(exit).toHaveBeenCalledTimes(1);
});

test('what it has to do is looked at again and again', () => {
  const state = { attended: false, busy: true };
  const { exit } = idleExit(state);
  vi.advanceTimersByTime(5 * AFTER_MS);
  expect(exit).not.toHaveBeenCalled();
  state.busy = false;
  vi.advanceTimersByTime(AFTER_MS);
  expect(exit).toHaveBeenCalledTimes(1);
});

test('once stopped it ends nothing', () => {
  const { idle, exit } = idleExit({ attended: false, busy: false });
  idle.stop();
  vi.advanceTimersByTime(2 * AFTER_MS);
  expect(exit).not.toHaveBeenCalled();
});
