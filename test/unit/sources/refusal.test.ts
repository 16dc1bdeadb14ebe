import { refusalOf } from '@burnrate/shared/sources/refusal.ts';
import { expect, test } from 'vitest';

const remedies = { denied: 'sign in', throttled: 'ask less', malformed: 'check the proxy' };

test.each([
  [401, false, 'denied', 'it refuses the sign-in (status 401: no)', 'sign in'],
  [403, false, 'denied', 'the sign-in may not do this (status 403: no)', 'sign in'],
  [403, true, 'throttled', 'Prices asks for fewer requests (status 403: no)', 'ask less'],
  [404, false, 'malformed', 'not there (status 404: no)', 'check the proxy'],
  [418, false, 'malformed', 'it refuses (status 418: no)', 'check the proxy'],
  [200, false, 'malformed', 'its answer is not as documented (status 200: no)', 'check the proxy'],
  [
    503,
    false,
    'unreachable',
    'Prices failed on its side (status 503: no)',
    'Burnrate tries again by itself. If it persists, see the status page of Prices.',
  ],
])(
  'status %i, asking for fewer requests: %s, is %s',
  (status, throttled, kind, happened, remedy) => {
    const refused = { service: 'Prices', status, throttled, shown: 'sign-in', remedies };
    expect(refusalOf({ ...refused, words: 'no' })).toEqual({ kind, happened, remedy });
    expect(refusalOf({ ...refused, words: '' }).happened).toContain(`(status ${status})`);
  },
);
