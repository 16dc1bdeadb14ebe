import type { FailureKind } from '@burnrate/shared/model/account.ts';
import { expect, test } from 'vitest';
import { failureOf } from '../refusals.ts';
import { json, type Reply } from '../service.ts';
import { NEOCLOUDS, openNeocloud } from './open.ts';

/** What each provider answers where it refuses, by its documentation; what all share is in ../rest.test.ts. */
const REFUSALS: readonly [keyof typeof NEOCLOUDS, Reply, FailureKind, RegExp][] = [
  // SkyPilot's reading of its errors, and the SDK's: https://github.com/fluidstackio/fluidstack-typescript-sdk
  ['fluidstack', json({ error: 'Invalid API key' }, 401), 'denied', /refuses the API key/],
  ['fluidstack', json([{ id: '' }]), 'malformed', /0\.id is not as documented/],
  // https://docs.digitalocean.com/reference/api/reference/droplets, schema error
  [
    'digitalocean',
    failure(401, 'unauthorized', 'Unable to authenticate you'),
    'denied',
    /refuses the API key.*authenticate you/,
  ],
  [
    'digitalocean',
    failure(403, 'forbidden', 'You are not authorized'),
    'denied',
    /may not do this.*not authorized/,
  ],
  ['digitalocean', failure(404, 'not_found', 'could not be found'), 'malformed', /not there/],
  [
    'digitalocean',
    failure(429, 'too_many_requests', 'API rate limit exceeded.'),
    'throttled',
    /rate limit exceeded/,
  ],
  [
    'digitalocean',
    failure(500, 'server_error', 'Unexpected server-side error'),
    'unreachable',
    /on its side.*server-side/,
  ],
  [
    'digitalocean',
    json({ droplets: [{ id: 'x' }] }),
    'malformed',
    /droplets\.0\.id is not as documented/,
  ],
  // https://docs.hyperstack.cloud/docs/api-reference/errors
  ['hyperstack', told(401, 'Invalid or missing API Key'), 'denied', /missing API Key/],
  ['hyperstack', told(403, 'Forbidden'), 'denied', /may not do this/],
  ['hyperstack', told(404, 'Not found'), 'malformed', /not there/],
  ['hyperstack', told(429, 'Too many requests'), 'throttled', /Too many requests/],
  ['hyperstack', told(500, 'Internal Server Error'), 'unreachable', /on its side/],
  [
    'hyperstack',
    json({ instances: [{ id: 1, status: 'ACTIVE', flavor: {} }] }),
    'malformed',
    /instances\.0\.flavor\.name is not as documented/,
  ],
  // https://docs.crusoecloud.com/api, definitions authError, permissionsError and so on
  ['crusoe', coded(401, 'bad_credential'), 'denied', /refuses the API key.*bad_credential/],
  ['crusoe', coded(403, 'unauthorized'), 'denied', /may not do this/],
  ['crusoe', coded(404, 'not_found'), 'malformed', /not there/],
  ['crusoe', coded(429, 'too_many_requests'), 'throttled', /too_many_requests/],
  ['crusoe', coded(500, 'internal_error'), 'unreachable', /internal_error/],
  ['crusoe', json({ items: [{}] }), 'malformed', /items\.0\.id is not as documented/],
  // https://docs.together.ai/docs/error-codes
  ['together', nested(401, 'Invalid API key provided'), 'denied', /Invalid API key/],
  ['together', nested(403, 'Not allowed'), 'denied', /may not do this/],
  ['together', nested(404, 'Not found'), 'malformed', /not there/],
  ['together', nested(429, 'Rate limit'), 'throttled', /Rate limit/],
  ['together', nested(503, 'Overloaded'), 'unreachable', /Overloaded/],
  [
    'together',
    json({ clusters: [{ cluster_id: 'a' }] }),
    'malformed',
    /clusters\.0\.cluster_name is not as documented/,
  ],
];

test.each(REFUSALS)('%s: an answer like %j is %s', async (name, reply, kind, message) => {
  const error = await failureOf(
    (handler) => openNeocloud(NEOCLOUDS[name], handler),
    () => reply,
  );
  expect(error.kind).toBe(kind);
  expect(error.message).toMatch(message);
});

test('a key is never shown, also where it is sent otherwise than as a bearer token', async () => {
  const error = await failureOf(
    (handler) => openNeocloud(NEOCLOUDS.hyperstack, handler),
    ({ headers }) => told(401, `unknown key ${headers.api_key}`),
  );
  expect(error.message).toContain('unknown key ***');
});

function failure(status: number, id: string, message: string): Reply {
  return json({ id, message, request_id: '4d9d8375-3c56-4925-a3e7-eb137fed17e9' }, status);
}

function told(status: number, message: string): Reply {
  return json({ status: false, message, error_reason: 'unknown' }, status);
}

function coded(status: number, message: string): Reply {
  return json({ code: String(status), message }, status);
}

function nested(status: number, message: string): Reply {
  return json({ error: { message, type: 'invalid_request_error' } }, status);
}
