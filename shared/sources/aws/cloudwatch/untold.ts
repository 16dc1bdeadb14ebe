import type { Node } from '../../../model/node.ts';
import { type Clock, type Instant, MINUTE } from '../../../model/time.ts';
import { isTold } from '../../told.ts';

/** An exporter is given this long to tell of a machine before CloudWatch is paid for it. */
const PATIENCE_MS = MINUTE;

/** The machines that nobody else has told of for some time. */
export class Untold {
  readonly #clock: Clock;
  readonly #since = new Map<string, Instant>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `told`: names of machines that another account tells of. */
  among(nodes: readonly Node[], told: ReadonlySet<string>): Node[] {
    const now = this.#clock.now();
    const quiet = nodes.filter((node) => !isTold(node, told));
    const ids = new Set(quiet.map(({ id }) => id));
    for (const id of this.#since.keys()) if (!ids.has(id)) this.#since.delete(id);
    for (const id of ids) if (!this.#since.has(id)) this.#since.set(id, now);
    return quiet.filter(({ id }) => now - (this.#since.get(id) ?? now) >= PATIENCE_MS);
  }
}
