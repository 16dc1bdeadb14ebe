import type { Job } from '../model/job.ts';
import { budgetMatcher, type JobBudget } from '../model/job_budget.ts';
import { type Clock, DAY } from '../model/time.ts';
import type { Store } from '../store/store.ts';

/** No launch of longer ago goes on, and its process number is another's by now. */
const KEEP_MS = 90 * DAY;

/** The budgets that were set for one launch; on the disk before they are confirmed. */
export class JobBudgets {
  readonly #store: Pick<Store, 'saveJobBudget' | 'removeJobBudget' | 'jobBudgets'>;
  readonly #clock: Clock;
  #all: JobBudget[];

  constructor(
    store: Pick<Store, 'saveJobBudget' | 'removeJobBudget' | 'jobBudgets'>,
    clock: Clock,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#all = store.jobBudgets(clock.now() - KEEP_MS);
  }

  all(): readonly JobBudget[] {
    return this.#all;
  }

  /** Sets it in the place of any earlier one for the same jobs; without a ceiling it is taken away. */
  set(wanted: Omit<JobBudget, 'id' | 'setAt'>): void {
    const id = `${wanted.source}:${wanted.nativeIds.join(',')}`;
    const budget: JobBudget = { ...wanted, id, setAt: this.#clock.now() };
    const others = this.#all.filter((one) => one.id !== id);
    if (budget.ceiling === undefined && budget.ceilingPerHour === undefined) {
      this.#store.removeJobBudget(id);
      this.#all = others;
    } else {
      this.#store.saveJobBudget(budget);
      this.#all = [...others, budget];
    }
  }

  /** The latest that was set for this job. */
  of(job: Job): JobBudget | undefined {
    return this.#all.findLast((budget) => job.mine && budgetMatcher(budget)(job));
  }
}
