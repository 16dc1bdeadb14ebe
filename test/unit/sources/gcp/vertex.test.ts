import { describe, expect, test } from 'vitest';
import { lookingAt, only } from '../open_account.ts';
import { customJob, googleOf } from './cloud.ts';
import { openGcp, seeing, TOKEN } from './open.ts';

describe('a Vertex AI job', () => {
  test('is a job with a node for each replica, each priced by Vertex AI’s list', () =>
    seeing({ jobs: [customJob()] }, ({ nodes = [], jobs, quotes }) => {
      expect(only(jobs)).toMatchObject({
        nativeId: 'vertex/us-central1/9001',
        name: 'finetune',
        state: 'running',
        startedAt: Date.parse('2026-01-02T08:05:00Z'),
        limitAt: Date.parse('2026-01-03T08:05:00Z'),
        mine: true,
      });
      expect(nodes.map(({ gpus, cores }) => ({ gpus, cores }))).toEqual(
        Array(2).fill({ gpus: { count: 1, model: 'NVIDIA T4' }, cores: 8 }),
      );
      expect(only(quotes).rate.microsPerHour).toBe(908_903);
    }));

  test('on a persistent resource has no node of its own', () => {
    const jobSpec = { persistentResourceId: 'pool', workerPoolSpecs: [{ replicaCount: 1 }] };
    return seeing({ jobs: [customJob({ jobSpec })] }, ({ nodes, jobs }) => {
      expect(nodes).toEqual([]);
      expect(only(jobs).shares).toEqual([{ node: 'vertex-persistent-resource/pool' }]);
    });
  });

  test('that failed before it began has no time that it could be charged for', () => {
    const changes = {
      state: 'JOB_STATE_FAILED',
      startTime: undefined,
      endTime: '2026-01-02T09:00:00Z',
    };
    return seeing({ jobs: [customJob(changes)] }, ({ nodes = [], jobs }) => {
      expect(only(jobs)).toMatchObject({ state: 'ended' });
      for (const one of [only(jobs), ...nodes]) expect(one).not.toHaveProperty('endedAt');
    });
  });

  test('that is no longer in the list has ended, and says when', async () => {
    const endTime = new Date().toISOString();
    const job = customJob();
    const cloud = { token: TOKEN, jobs: [job] };
    await lookingAt(openGcp(googleOf(cloud)), async (_, place) => {
      const whole = googleOf(cloud);
      Object.assign(job, { state: 'JOB_STATE_SUCCEEDED', endTime });
      place.service.on((ask) => (ask.call.endsWith('/customJobs') ? { body: '{}' } : whole(ask)));
      const what = new Set(['jobs'] as const);
      const signal = AbortSignal.timeout(20_000);
      const { jobs } = await place.connection.observe({ what, wanted: [], signal });
      expect(only(jobs)).toMatchObject({ state: 'ended', endedAt: Date.parse(endTime) });
    });
  });
});
