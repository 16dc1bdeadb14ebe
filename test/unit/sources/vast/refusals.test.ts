import { describe, expect, test } from 'vitest';
import { failureOf, tellsRefusals } from '../refusals.ts';
import { json } from '../service.ts';
import { forbidden, instance, missing, tooMany, unauthorized, vastOf } from './cloud.ts';
import { KEY, openVast } from './open.ts';

tellsRefusals('vast', openVast, {
  unauthorized,
  forbidden,
  notFound: missing,
  tooMany,
  failing: json({ success: false, error: 'server_error', msg: 'try again' }, 502),
  changed: {
    reply: json({ instances: [instance({ dph_total: 'a lot' })], next_token: null }),
    field: /instances\.0\.dph_total is not as documented/,
  },
});

describe('vast’s pages', () => {
  const sixty = Array.from({ length: 60 }, (_, index) => instance({ id: index + 1 }));

  test('are all read', async () => {
    const { connection, service, close } = await openVast(vastOf(KEY, sixty));
    try {
      const signal = AbortSignal.timeout(20_000);
      const { nodes } = await connection.observe({ what: new Set(['nodes']), wanted: [], signal });
      expect(nodes?.map(({ id }) => id)).toEqual(sixty.map(({ id }) => `vast:default:${id}`));
      expect(service.asked.map(({ query }) => query.get('after_token'))).toEqual([
        null,
        '25',
        '50',
      ]);
    } finally {
      await close();
    }
  });

  test.each([
    ['cut off', 'cut' as const, 'unreachable'],
    ['refused', tooMany, 'throttled'],
  ])(
    'of which one is %s in the middle are no list: what is missing has not ended',
    async (_, reply, kind) => {
      const whole = vastOf(KEY, sixty);
      const error = await failureOf(openVast, (ask) =>
        ask.query.get('after_token') === '25' ? reply : whole(ask),
      );
      expect(error.kind).toBe(kind);
    },
  );

  test('that go round in circles are given up', async () => {
    const page = json({ instances: [instance()], next_token: 'same' });
    const error = await failureOf(openVast, () => page);
    expect(error.message).toContain('round in circles');
  });
});
