import type { Node } from '../model/node.ts';

/** Whether another account tells of this machine already, by whichever of its names. */
export function isTold({ id, aliases }: Node, told: ReadonlySet<string>): boolean {
  return told.has(id) || aliases.some((name) => told.has(name));
}
