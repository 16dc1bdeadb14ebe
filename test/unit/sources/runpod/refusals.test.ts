import { describe, expect, test } from 'vitest';
import { failureOf, tellsRefusals } from '../refusals.ts';
import { json } from '../service.ts';
import { forbidden, missing, pod, unauthorized } from './cloud.ts';
import { openRunPod } from './open.ts';

tellsRefusals('runpod', openRunPod, {
  unauthorized,
  forbidden,
  notFound: missing,
  tooMany: json({ error: 'too many requests' }, 429),
  failing: json({ error: 'internal server error' }, 500),
  changed: { reply: json([pod({ costPerHr: {} })]), field: /0\.costPerHr is not as documented/ },
});

describe('runpod’s telemetry', () => {
  test('a GraphQL error with status 200: denied, and where to give access', async () => {
    const error = await failureOf(
      openRunPod,
      ({ call }) =>
        call === 'GET /v1/pods'
          ? json([pod()])
          : json({ data: null, errors: [{ message: 'Something went wrong.' }] }),
      { what: ['telemetry'] },
    );
    expect(error.kind).toBe('denied');
    expect(error.message).toContain('Something went wrong.');
    expect(error.remedy).toContain('api.runpod.io/graphql');
  });

  test('that cannot be read leaves pods and prices read', async () => {
    const { connection, close } = await openRunPod(({ call }) =>
      call === 'POST /graphql' ? forbidden : json(call === 'GET /v1/pods' ? [pod()] : []),
    );
    try {
      const signal = AbortSignal.timeout(10_000);
      const what = new Set(['nodes', 'telemetry'] as const);
      const seen = await connection.observe({ what, wanted: [], signal });
      expect(seen.nodes).toHaveLength(1);
      expect(seen.samples).toBeUndefined();
      expect(seen.partial?.map(({ kind }) => kind)).toEqual(['denied']);
      const checks = await connection.diagnose(signal);
      expect(checks.filter(({ ok }) => !ok).map(({ capability }) => capability)).toEqual([
        'telemetry',
      ]);
    } finally {
      await close();
    }
  });
});
