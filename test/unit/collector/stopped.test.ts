import { World } from '@burnrate/shared/collector/world.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';

function node(id: string, state: Node['state'], aliases: string[]): Node {
  return {
    id,
    source: 'aws',
    account: 'aws:me',
    name: id,
    aliases,
    gpus: { count: 1 },
    state,
    billing: { incrementMs: 1000, minimumMs: 60_000 },
    mine: true,
    labels: {},
  };
}

function see(world: World, at: number, ...nodes: Node[]): void {
  world.observe('aws:me', { at, nodes }, at);
}

test('a machine that has ended is known as stopped by the names it had while it ran', () => {
  const world = new World();
  see(world, 1, node('a', 'running', ['ip-10-0-0-1', '10.0.0.1']), node('b', 'running', ['ip-b']));
  expect(world.stopped()).toEqual(new Set());
  see(world, 2, node('a', 'ended', []), node('b', 'stopped', ['ip-b']));
  expect(world.stopped()).toEqual(new Set(['a', 'ip-10-0-0-1', '10.0.0.1', 'b', 'ip-b']));
  see(world, 3, node('a', 'ended', []), node('b', 'running', ['ip-b']));
  expect(world.stopped()).toEqual(new Set(['a', 'ip-10-0-0-1', '10.0.0.1']));
});

test('a name that another machine has taken over is not that of a stopped one', () => {
  const world = new World();
  see(world, 1, node('a', 'running', ['10.0.0.1']));
  see(world, 2, node('a', 'ended', []), node('c', 'starting', ['10.0.0.1']));
  expect(world.stopped()).toEqual(new Set(['a']));
});

test('a machine out of sight is forgotten with its names', () => {
  const world = new World();
  see(world, 1, node('a', 'ended', ['10.0.0.1']));
  see(world, 2);
  world.forget(2 * HOUR);
  expect(world.stopped()).toEqual(new Set());
});
