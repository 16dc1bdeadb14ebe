import { rulesFrom } from '@burnrate/shared/alerts/index.ts';
import type { Scene } from '@burnrate/shared/alerts/rule.ts';
import { Config } from '@burnrate/shared/config/config.ts';
import type { JobView } from '@burnrate/shared/model/snapshot.ts';
import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { counted } from './counters.ts';
import { jobView, sceneAt } from './scene.ts';

const figure = (dollars: number) => ({
  micros: dollars * 1e6,
  provenance: 'list' as const,
  uncertain: false,
  unpriced: 0,
});

/** The rules of one id, as the collector runs them, under these settings. */
function watch(id: string, alerts: object) {
  const rules = rulesFrom(Config.parse({ alerts })).filter((one) => one.id === id);
  return (now: number, jobs: JobView[], scene: Partial<Scene> = {}) =>
    rules
      .flatMap((rule) => rule.evaluate({ ...sceneAt(now, jobs, []), ...scene }))
      .map(({ subject }) => subject);
}

const two = (changes: Partial<JobView>) => [
  jobView({ id: 'train', name: 'train-7b', ...changes }),
  jobView({ id: 'eval', name: 'eval-7b', ...changes }),
];

test('rules can be turned off, for all jobs and for some', () => {
  const ids = rulesFrom(Config.parse({ alerts: { off: ['orphan', 'idle'] } })).map(({ id }) => id);
  expect(ids).not.toContain('orphan');
  expect(ids).not.toContain('idle');
  const look = watch('cost-rate', { jobs: [{ jobs: 'train-*', off: ['cost-rate'] }] });
  look(HOUR, two({ gpus: 8, rate: figure(32) }));
  expect(look(HOUR + MINUTE, two({ gpus: 64, rate: figure(256) }))).toEqual(['eval']);
});

test('idle counts from another share for the jobs that say so', () => {
  const alerts = { jobs: [{ jobs: 'eval-*', idle: { below: 0.05 } }] };
  const rules = rulesFrom(Config.parse({ alerts })).filter(({ id }) => id === 'idle');
  const found = (name: string) => {
    const job = jobView({ name });
    const scene = sceneAt(
      HOUR,
      [job],
      [{ at: HOUR - 1000, nodeId: 'n', jobIds: [job.id], gpu: 'GPU-0', engineActive: 0.1 }],
    );
    return rules.flatMap((rule) => rule.evaluate(scene)).length;
  };
  expect(found('train-7b')).toBe(1);
  expect(found('eval-7b')).toBe(0);
});

test('a job may grow by another factor, or cost a multiple a step, before it is said', () => {
  const grows = watch('cost-rate', { jobs: [{ jobs: 'train-*', costRate: { factor: 10 } }] });
  grows(HOUR, two({ gpus: 8, rate: figure(32) }));
  expect(grows(HOUR + MINUTE, two({ gpus: 64, rate: figure(256) }))).toEqual(['eval']);

  const noon = Date.UTC(2026, 10, 25, 12);
  const courses = counted('steps', noon, 70, (minute) => (minute < 62 ? 100 : 25));
  const slows = watch('unit-cost', { jobs: [{ jobs: 'eval-*', unitCost: { factor: 5 } }] });
  const now = noon + 70 * MINUTE;
  expect(slows(now, two({ rate: figure(36) }), { counters: () => courses })).toEqual(['train']);
});

test('a job may spend more of its time on checkpoints before it is said', () => {
  const settings = (jobs: object[]) => Config.parse({ alerts: { jobs } }).alerts.jobs[0];
  expect(settings([{ jobs: 'a', io: { checkpointShare: 0.5 } }])?.io).toEqual({
    checkpointShare: 0.5,
  });
  expect(() => settings([{ jobs: 'a', io: { checkpoint: 0.5 } }])).toThrow();
});
