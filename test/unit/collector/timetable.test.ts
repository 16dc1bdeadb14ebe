import { Due } from '@burnrate/shared/collector/due.ts';
import { Timetable } from '@burnrate/shared/collector/timetable.ts';
import type { Clock } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';

/** A clock set by hand, with timers that count elapsed time as the system's do. */
class HandClock implements Clock {
  readonly speed = 1;
  #now = 1_000_000;
  #elapsed = 0;
  #timers: { at: number; task: () => void }[] = [];

  now() {
    return this.#now;
  }
  after(delayMs: number, task: () => void) {
    const timer = { at: this.#elapsed + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }
  get timers() {
    return this.#timers.length;
  }
  /** Time passes; `step` more passes on the clock alone, as while a laptop sleeps. */
  pass(ms: number, step = 0) {
    this.#now += step;
    const until = this.#elapsed + ms;
    for (;;) {
      const [next] = this.#timers.filter((one) => one.at <= until).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#now += next.at - this.#elapsed;
      this.#elapsed = next.at;
      this.#timers = this.#timers.filter((one) => one !== next);
      next.task();
    }
    this.#now += until - this.#elapsed;
    this.#elapsed = until;
  }
}

test('tasks run in order of time, once, over one timer', () => {
  const clock = new HandClock();
  const timetable = new Timetable(clock);
  const ran: string[] = [];
  timetable.after(3000, () => ran.push('three'));
  timetable.after(1000, () => ran.push('one'));
  const cancel = timetable.after(2000, () => ran.push('two'));
  cancel();
  expect(clock.timers).toBe(1);
  clock.pass(2500);
  expect(ran).toEqual(['one']);
  clock.pass(60_000);
  expect(ran).toEqual(['one', 'three']);
  expect(clock.timers).toBe(0);
});

test('a task may add tasks, and a repeated one goes on until it is cancelled', () => {
  const clock = new HandClock();
  const timetable = new Timetable(clock);
  const ran: number[] = [];
  const cancel = timetable.every(1000, () => ran.push(clock.now() - 1_000_000));
  timetable.after(500, () => timetable.after(700, () => ran.push(-1)));
  clock.pass(3500);
  expect(ran).toEqual([1000, -1, 2000, 3000]);
  cancel();
  clock.pass(5000);
  expect(ran).toHaveLength(4);
});

test('what may run sooner runs with what is due, and else at its time', () => {
  const clock = new HandClock();
  const timetable = new Timetable(clock);
  const ran: [string, number][] = [];
  const note = (what: string) => () => ran.push([what, clock.now() - 1_000_000]);
  timetable.after(10_000, note('early'), 3_000);
  timetable.after(6_000, note('too soon for it'));
  timetable.after(8_000, note('due'));
  timetable.after(20_000, note('alone'), 3_000);
  clock.pass(60_000);
  expect(ran).toEqual([
    ['too soon for it', 6_000],
    ['due', 8_000],
    ['early', 8_000],
    ['alone', 20_000],
  ]);
  // Put off with the clock, it is as early as before.
  timetable.after(60_000, note('shifted'), 30_000);
  clock.pass(0, -86_400_000);
  timetable.after(10_000, note('before'));
  timetable.after(40_000, note('with'));
  clock.pass(41_000);
  expect(ran.slice(4).map(([what]) => what)).toEqual(['before', 'with', 'shifted']);
});

test('what fell due while the machine slept runs within half a minute of waking', () => {
  const clock = new HandClock();
  const timetable = new Timetable(clock);
  let ran = 0;
  timetable.after(3_600_000, () => {
    ran += 1;
  });
  clock.pass(1000, 8 * 3_600_000);
  expect(ran).toBe(0);
  clock.pass(30_000);
  expect(ran).toBe(1);
});

test('a clock that is set back does not put anything off', () => {
  const clock = new HandClock();
  const timetable = new Timetable(clock);
  let ran = 0;
  timetable.after(60_000, () => {
    ran += 1;
  });
  clock.pass(1000, -3_600_000);
  clock.pass(90_000);
  expect(ran).toBe(1);
});

test('a clock that is set back puts nothing off, though something new is due at once', () => {
  const clock = new HandClock();
  const table = new Timetable(clock);
  const ran: string[] = [];
  table.every(60_000, () => ran.push('tick'));
  clock.pass(1000, -86_400_000);
  table.after(50, () => ran.push('answer'));
  clock.pass(3 * 60_000);
  expect(ran).toEqual(['answer', 'tick', 'tick', 'tick']);
});

test('after stop nothing runs', () => {
  const clock = new HandClock();
  const timetable = new Timetable(clock);
  timetable.after(10, () => expect.fail('ran after stop'));
  timetable.stop();
  timetable.after(10, () => expect.fail('ran after stop'));
  clock.pass(60_000);
});

test('what is due is done once, at the earliest of the times that were asked for', () => {
  const clock = new HandClock();
  const timetable = new Timetable(clock);
  const done: number[] = [];
  const begun = clock.now();
  const due: Due = new Due({
    clock,
    timetable,
    task: () => {
      due.cancel();
      done.push(clock.now() - begun);
    },
  });
  due.within(10_000);
  due.within(20_000);
  clock.pass(3000);
  due.within(100);
  clock.pass(60_000);
  expect(done).toEqual([3100]);
  due.within(10_000);
  clock.pass(60_000);
  expect(done).toEqual([3100, 73_000]);
  due.within(10_000);
  due.cancel();
  clock.pass(60_000);
  expect(done).toHaveLength(2);
});
