import { Leftovers } from '@burnrate/shared/collector/leftovers.ts';
import type { Leftover } from '@burnrate/shared/model/leftover.ts';
import { expect, test } from 'vitest';

const disk = (id: string, mine = true): Leftover => ({
  id,
  source: 'aws',
  account: 'aws:default',
  kind: 'disk',
  name: id,
  region: 'us-east-1',
  mine,
  remove: `delete ${id}`,
  labels: {},
});
const ids = (leftovers: Leftovers) => leftovers.mine()?.map(({ id }) => id);

test('only a complete list that lacks a thing ends it', () => {
  const leftovers = new Leftovers();
  expect(leftovers.mine()).toBeUndefined();
  leftovers.heard('aws:default', [disk('a'), disk('b'), disk('theirs', false)], true);
  expect(ids(leftovers)).toEqual(['a', 'b']);
  leftovers.heard('aws:default', [disk('b'), disk('c')], false);
  expect(ids(leftovers)?.sort()).toEqual(['a', 'b', 'c']);
  // No answer, or one that may not be given, is not an empty one.
  leftovers.heard('aws:default', undefined, true);
  expect(ids(leftovers)).toHaveLength(3);
  leftovers.heard('gcp:lab', [], true);
  leftovers.heard('aws:default', [disk('c')], true);
  expect(ids(leftovers)).toEqual(['c']);
  expect([...leftovers.accounts()]).toEqual(['aws:default', 'gcp:lab']);
  leftovers.lose('aws:default');
  expect(ids(leftovers)).toEqual([]);
});
