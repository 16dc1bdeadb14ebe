import { idleRule } from '@burnrate/shared/alerts/idle.ts';
import type { Scene } from '@burnrate/shared/alerts/rule.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jobView, readingsOf, sceneAt } from './scene.ts';

const { idle: settings } = defaultConfig.alerts;
/** What a rule that has seen nothing before finds in a scene. */
const find = (scene: Scene) => idleRule(settings).evaluate(scene);
const job = jobView();
const times = Array.from({ length: 80 }, (_, index) => index * 15_000);
const DROP = 840_000;
const dropped = readingsOf(job.id, times, (at) => (at < DROP ? 0.92 : 0.18));

test('a drop from 92% to 18% is found, with its figures and the money at stake', () => {
  const [finding] = find(sceneAt(DROP + 30_000, [job], dropped));
  expect(finding).toMatchObject({ subject: job.id, since: DROP, microsPerHour: 32_772_600 });
  expect(finding?.title).toContain('18%');
  expect(finding?.title).toContain('$32.77/h');
  expect(finding?.detail).toContain('92%');
});

test('a busy job, another person’s job, and a job without GPUs are not idle', () => {
  expect(find(sceneAt(DROP - 15_000, [job], dropped))).toEqual([]);
  const late = DROP + 60_000;
  expect(find(sceneAt(late, [jobView({ mine: false })], dropped))).toEqual([]);
  expect(find(sceneAt(late, [jobView({ gpus: 0 })], dropped))).toEqual([]);
});

test('silence of the exporter is not idleness', () => {
  expect(find(sceneAt(80 * 15_000 + 60_000, [job], dropped))).toEqual([]);
  expect(find(sceneAt(DROP, [job], []))).toEqual([]);
});

test('an hour of work long ago does not hide what happens now', () => {
  const long = Array.from({ length: 2000 }, (_, index) => index * 15_000);
  const readings = readingsOf(job.id, long, (at) => (at < 20_000_000 ? 1 : 0.05), 1);
  expect(find(sceneAt(1999 * 15_000, [job], readings))).toHaveLength(1);
});

test('a job that never worked is given time to load', () => {
  const readings = readingsOf(job.id, times.slice(0, 10), () => 0);
  const [finding] = find(sceneAt(9 * 15_000, [job], readings));
  expect(finding?.holdMs).toBe(600_000);
});

test('one idle GPU of eight is no idle job; one working GPU of eight is', () => {
  const one = readingsOf(job.id, times, (_, gpu) => (gpu === 0 ? 0 : 0.9));
  expect(find(sceneAt(300_000, [job], one))).toEqual([]);
  const seven = readingsOf(job.id, times, (at, gpu) => (gpu > 0 && at > 60_000 ? 0 : 0.9));
  expect(find(sceneAt(300_000, [job], seven))).toHaveLength(1);
});

test('it finds idleness exactly where the last reading of all GPUs is below the threshold', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
      (levels) => {
        const readings = readingsOf(
          job.id,
          levels.map((_, i) => i * 15_000),
          (at) => levels[at / 15_000] ?? 0,
          2,
        );
        const found = find(sceneAt((levels.length - 1) * 15_000, [job], readings));
        expect(found.length).toBe((levels.at(-1) ?? 0) < 0.3 ? 1 : 0);
        if (found[0]) expect(found[0].since).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});
