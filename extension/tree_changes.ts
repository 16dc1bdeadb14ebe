import type { Branch } from './job_tree.ts';

/** Every branch by its id, parents before their children. */
export function branchesById(roots: readonly Branch[]): Map<string, Branch> {
  const found = new Map<string, Branch>();
  const visit = (branch: Branch) => {
    found.set(branch.id, branch);
    branch.children?.forEach(visit);
  };
  roots.forEach(visit);
  return found;
}

/**
 * The ids of what must be drawn again: `undefined` for the whole tree, where branches have come,
 * gone or moved; else only those that read differently, so that a hover over another one stays.
 */
export function changedBranches(
  before: readonly Branch[],
  after: readonly Branch[],
): string[] | undefined {
  const [old, fresh] = [branchesById(before), branchesById(after)];
  if (shapeOf(old) !== shapeOf(fresh)) return undefined;
  return [...fresh.values()]
    .filter((branch) => textOf(branch) !== textOf(old.get(branch.id)))
    .map(({ id }) => id);
}

function shapeOf(branches: ReadonlyMap<string, Branch>): string {
  const lines = [...branches.values()].map(({ id, children }) => [id, children?.map((c) => c.id)]);
  return JSON.stringify(lines);
}

function textOf(branch: Branch | undefined): string {
  return JSON.stringify({ ...branch, children: undefined });
}
