import type { Launched, Machines } from './launched.ts';

/**
 * By which names machines were known while they ran: SkyPilot forgets them with the cluster, and
 * what has ended must be seen to be the same.
 */
export class Memory {
  #seen = new Map<string, Machines[]>();

  /** Whether it was seen when it was last looked. */
  knows(nativeId: string): boolean {
    return this.#seen.has(nativeId);
  }

  /** What is, with what was known before of that which has ended. */
  complete(launched: readonly Launched[]): Launched[] {
    const seen = new Map<string, Machines[]>();
    const completed = launched.map((one) => {
      const before = this.#seen.get(one.nativeId) ?? [];
      const now = one.state === 'ended' ? recalled(one, before) : one;
      seen.set(now.nativeId, now.machines);
      return now;
    });
    this.#seen = seen;
    return completed;
  }
}

function recalled(ended: Launched, before: readonly Machines[]): Launched {
  // Its machine is a worker of a pool, which waits for the next job.
  if (ended.labels.pool !== undefined) return ended;
  const { endedAt } = ended;
  const end = endedAt === undefined ? {} : { endedAt };
  const machines: Machines[] =
    ended.machines.length === 0
      ? before.map((one) => ({ ...one, state: 'ended', ...end }))
      : ended.machines.map((one) => {
          const known = before.find(({ id }) => id === one.id);
          if (!known) return one;
          const { names, addresses, nameOnCloud } = known;
          return { ...one, names, addresses, nameOnCloud };
        });
  return { ...ended, machines };
}
