/** A number in [0, 1) that depends on its arguments alone: the same story at each telling. */
export function chance(seed: number, ...path: readonly number[]): number {
  let hash = seed >>> 0;
  for (const step of path) {
    hash = Math.imul(hash ^ (step >>> 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Values in [-1, 1] that wander: steps of `stepMs`, with smooth passages between them. */
export function drift(seed: number, at: number, stepMs: number): number {
  const cell = Math.floor(at / stepMs);
  const within = at / stepMs - cell;
  const ease = within * within * (3 - 2 * within);
  const from = chance(seed, cell) * 2 - 1;
  const to = chance(seed, cell + 1) * 2 - 1;
  return from + (to - from) * ease;
}

/** A seed for one thing of many, by its name. */
export function seedOf(seed: number, name: string): number {
  let hash = seed >>> 0;
  for (const char of name) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash;
}
