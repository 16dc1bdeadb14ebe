import { describe, expect, it } from 'vitest';
import { doingAt } from '../../fleet/workload.ts';

const ORIGIN = Date.UTC(2026, 0, 2, 12);
const SECOND = 1000;
const HOUR = 3_600_000;

/** How busy it is at each second of some hours. */
function curve(workload: Parameters<typeof doingAt>[0], hours: number, seed = 5): number[] {
  return Array.from(
    { length: (hours * HOUR) / SECOND },
    (_, second) => doingAt(workload, seed, ORIGIN, ORIGIN + second * SECOND).busy,
  );
}

describe('a workload', () => {
  it('is the same story at each telling, and another with another seed', () => {
    const workload = { kind: 'training' as const, level: 0.9 };
    expect(curve(workload, 1)).toEqual(curve(workload, 1));
    expect(curve(workload, 1, 6)).not.toEqual(curve(workload, 1));
  });

  it('trains steadily, but for a short checkpoint each half hour', () => {
    const seconds = curve({ kind: 'training', level: 0.9 }, 4);
    const low = seconds.filter((value) => value < 0.3).length;
    expect(low).toBe(8 * 18);
    expect(seconds.filter((value) => value > 0.85).length).toBeGreaterThan(0.75 * seconds.length);
  });

  it('begins a checkpoint with a burst to the host', () => {
    const workload = { kind: 'training' as const, level: 0.9 };
    const seconds = Array.from({ length: 1800 }, (_, second) =>
      doingAt(workload, 5, ORIGIN, ORIGIN + second * SECOND),
    );
    const begins = seconds.findIndex(({ busy }) => busy < 0.3);
    const usual = seconds[begins - 30]?.out ?? 0;
    expect(seconds[begins]?.out).toBeGreaterThan(20 * usual);
    expect(seconds[begins + 10]?.out).toBeLessThan(usual);
  });

  it('serves most in the afternoon, and never falls silent', () => {
    const day = curve({ kind: 'service', level: 0.78 }, 24);
    expect(Math.min(...day)).toBeGreaterThan(0.3);
    const afternoon = day.slice(3 * 3600, 4 * 3600);
    const night = day.slice(15 * 3600, 16 * 3600);
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    expect(sum(afternoon)).toBeGreaterThan(1.4 * sum(night));
  });

  it('loads its data first, and drops when the scenario says so', () => {
    const workload = { kind: 'training' as const, level: 0.9, from: 5, drop: { at: 14, to: 0.18 } };
    const seconds = curve(workload, 1);
    expect(Math.max(...seconds.slice(0, 300))).toBeLessThan(0.05);
    expect(Math.max(...seconds.slice(300, 840))).toBeGreaterThan(0.8);
    const after = seconds.slice(840);
    expect(Math.max(...after)).toBeLessThan(0.22);
    expect(Math.min(...after)).toBeGreaterThan(0.14);
  });
});
