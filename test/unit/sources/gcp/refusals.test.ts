import { describe, expect, test } from 'vitest';
import { look } from '../open_account.ts';
import { failureOf } from '../refusals.ts';
import type { Reply } from '../service.ts';
import { json, SIGN_IN_PAGE } from '../service.ts';
import {
  customJob,
  forbidden,
  google,
  googleOf,
  instance,
  missing,
  unauthorized,
} from './cloud.ts';
import { openGcp, TOKEN } from './open.ts';

/** What also Vertex AI would not answer. */
const LIST = { kind: 'compute#instanceAggregatedList', customJobs: 7 };

/** https://cloud.google.com/apis/design/errors, and each service's own pages. */
const DISABLED = google(
  403,
  'Compute Engine API has not been used in project ada-lab before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/compute.googleapis.com/overview?project=ada-lab then retry.',
  {},
  'PERMISSION_DENIED',
);

describe('gcp says what went wrong', () => {
  test.each<[string, Reply, string, RegExp, RegExp]>([
    [
      'a token that is refused',
      unauthorized,
      'denied',
      /refuses the access token.*401/,
      /gcloud auth/,
    ],
    [
      'a missing permission',
      forbidden,
      'denied',
      /403/,
      /Allow compute\.instances\.list .*--policy gcp\/read/,
    ],
    [
      'an API that is off',
      DISABLED,
      'denied',
      /403/,
      /gcloud services enable compute\.googleapis\.com --project ada-lab/,
    ],
    ['a project that is not there', missing, 'malformed', /404/, /Check/],
    [
      'too many requests',
      google(429, 'Quota exceeded', { 'Retry-After': '7' }),
      'throttled',
      /fewer requests.*429/,
      /waits/,
    ],
    [
      'too many requests, as Compute Engine says it',
      google(403, 'Rate Limit Exceeded'),
      'throttled',
      /fewer requests.*403/,
      /waits/,
    ],
    [
      'a failure on its side',
      google(503, 'Backend Error'),
      'unreachable',
      /failed on its side.*503/,
      /status page/,
    ],
    ['a page for people', SIGN_IN_PAGE, 'malformed', /page for people/, /Check/],
    ['another list', json({ customJobs: 7 }), 'malformed', /kind is not as documented/, /update/],
    [
      'JSON of another shape',
      json({ ...LIST, items: { 'zones/a': { instances: [{ id: 7 }] } } }),
      'malformed',
      /items\.zones\/a\.instances\.0\.id/,
      /update Burnrate/,
    ],
  ])('%s', async (_, reply, kind, message, remedy) => {
    const error = await failureOf(openGcp, () => reply);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(remedy);
    if (reply !== SIGN_IN_PAGE && typeof reply === 'object' && reply.headers?.['Retry-After'])
      expect(error.retryAfterMs).toBe(7000);
  });

  test('no answer: unreachable at the deadline', async () => {
    const error = await failureOf(openGcp, () => 'hang', { patienceMs: 300 });
    expect(error.message).toMatch(/no answer in time/);
  });

  test('a token that the service repeats in its error is not shown', async () => {
    const error = await failureOf(openGcp, ({ authorization = '' }) =>
      google(401, `bad token ${authorization.slice(7)}`),
    );
    expect(error.message).toContain('bad token ***');
  });

  test('a list that breaks off in the middle is no list: nothing looks gone', async () => {
    const instances = [instance(), instance({ id: '4711471147114711002', name: 'other' })];
    const whole = googleOf({ token: TOKEN, instances, pageSize: 1 });
    const error = await failureOf(openGcp, (ask) => {
      if (ask.call.endsWith('/customJobs')) return google(503, 'Backend Error');
      return ask.query.get('pageToken') === '1' ? 'cut' : whole(ask);
    });
    expect(error.kind).toBe('unreachable');
    expect(error.message).toContain('aggregated/instances');
  });
});

describe('a part that cannot be read', () => {
  const cloud = () => googleOf({ token: TOKEN, instances: [instance()], jobs: [customJob()] });

  test('of Vertex AI leaves the instances; where it was never switched on, it is none', async () => {
    for (const [reply, failures] of [
      [google(403, 'Permission denied on aiplatform.customJobs.list'), 1],
      [
        google(403, 'Vertex AI API has not been used in project ada-lab before or it is disabled.'),
        0,
      ],
    ] as const) {
      const whole = cloud();
      const place = await openGcp((ask) => (ask.call.endsWith('/customJobs') ? reply : whole(ask)));
      try {
        const seen = await look(place, ['nodes', 'jobs']);
        expect(seen.nodes).toHaveLength(1);
        expect(seen.partial ?? []).toHaveLength(failures);
      } finally {
        await place.close();
      }
    }
  });

  test('a zone that does not answer is told, and what runs there keeps its job', async () => {
    const other = instance({
      id: '4711471147114711002',
      name: 'far',
      zoneName: 'us-east1-b',
      labels: { owner: 'ada', 'burnrate-job': 'both' },
    });
    const near = instance({ labels: { owner: 'ada', 'burnrate-job': 'both' } });
    const state = { token: TOKEN, instances: [near, other], silent: [] as string[] };
    const place = await openGcp(googleOf(state));
    try {
      expect((await look(place, ['nodes'])).nodes).toHaveLength(2);
      state.silent = ['us-east1-b'];
      place.service.on(googleOf(state));
      const seen = await look(place, ['nodes', 'jobs']);
      expect(seen.nodes?.map(({ name }) => name)).toEqual(['train']);
      expect(seen.jobs?.[0]?.shares).toHaveLength(2);
      expect(seen.partial?.[0]?.message).toContain('us-east1-b');
      // However long it stays silent.
      expect((await look(place, ['jobs'])).jobs?.[0]?.shares).toHaveLength(2);
    } finally {
      await place.close();
    }
  });
});
