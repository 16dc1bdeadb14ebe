import type { Leftover } from '../model/leftover.ts';

/**
 * What is left behind, as each account last told. It is asked for seldom, and anew after a restart:
 * until then nothing is known of it, which is not the same as nothing being there.
 */
export class Leftovers {
  readonly #byAccount = new Map<string, Map<string, Leftover>>();

  /** An account was asked. A list that is not `complete` says nothing about what it lacks. */
  heard(account: string, list: readonly Leftover[] | undefined, complete: boolean): void {
    const known = this.#byAccount.get(account);
    const fresh = (list ?? []).map((leftover): [string, Leftover] => [leftover.id, leftover]);
    const kept = list && complete ? [] : [...(known ?? [])];
    this.#byAccount.set(account, new Map([...kept, ...fresh]));
  }

  /** An account is no longer found: what it has is not known any more. */
  lose(account: string): void {
    this.#byAccount.delete(account);
  }

  /** Those of mine; undefined where no account has been heard yet. */
  mine(): Leftover[] | undefined {
    if (this.#byAccount.size === 0) return undefined;
    return [...this.#byAccount.values()].flatMap((known) =>
      [...known.values()].filter(({ mine }) => mine),
    );
  }

  /** The accounts that have been heard since the start. */
  accounts(): ReadonlySet<string> {
    return new Set(this.#byAccount.keys());
  }
}
