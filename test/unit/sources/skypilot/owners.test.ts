import { describe, expect, test } from 'vitest';
import { withWorld } from './open.ts';
import { cluster, HASH, world } from './server.ts';

describe('whose they are', () => {
  const two = () =>
    world({
      clusters: [
        cluster(),
        cluster({ name: 'bobs', cluster_hash: 'b', user_hash: 'b0b', user_name: 'bob' }),
      ],
    });

  test("the user's by the hash in ~/.sky; a name is nobody's proof", () =>
    withWorld({ ...two(), clusters: [cluster({ user_hash: 'other' })] }, (_, { jobs }) => {
      expect(jobs?.[0]).toMatchObject({ mine: false, owner: 'ada' });
      expect(jobs?.[0]?.labels['burnrate:mine-because']).toContain('sources.skypilot.mine');
    }));

  test('by the login where the server has logins, whatever this machine says', () =>
    withWorld({ ...two(), user: { id: 'b0b', name: 'bob' } }, (_, { jobs }) => {
      expect(jobs?.map(({ name, mine }) => [name, mine])).toEqual([
        ['train', false],
        ['bobs', true],
      ]);
    }));

  test('also by the names in burnrate.yaml', () =>
    withWorld(
      two(),
      (_, { jobs }) => {
        expect(jobs?.every(({ mine }) => mine)).toBe(true);
      },
      { mine: ['bob'] },
    ));

  test('is told to a server without logins with each request', () =>
    withWorld(two(), ({ service }) => {
      for (const { call, body } of service.asked.filter(({ call }) => call.startsWith('POST')))
        expect([call, (body as { env_vars: unknown }).env_vars]).toEqual([
          call,
          { SKYPILOT_USER_ID: HASH, SKYPILOT_USER: 'ada' },
        ]);
    }));
});
