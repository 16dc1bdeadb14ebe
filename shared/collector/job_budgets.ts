import type { Job } from '../model/job.ts';
import { budgetMatcher, type JobBudget } from '../model/job_budget.ts';
import { type Clock, DAY } from '../model/time.ts';
import type { Store } from '../store/store.ts';

/** No launch of longer ago goes on, and its process number is another's by now. */
const KEEP_MS = 90 * DAY;

type BudgetStore = Pick<
  Store,
  'tick' | 'saveJobBudget' | 'removeJobBudget' | 'jobBudgets' | 'noteBudgetChange'
>;

/** The budgets that were set for one launch; on the disk before they are confirmed. */
export class JobBudgets {
  readonly #store: BudgetStore;
  readonly #clock: Clock;
  #all: JobBudget[];

  constructor(store: BudgetStore, clock: Clock) {
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
    const isTaken = budget.ceiling === undefined && budget.ceilingPerHour === undefined;
    this.#store.tick(() => {
      if (isTaken) this.#store.removeJobBudget(id);
      else this.#store.saveJobBudget(budget);
      this.#store.noteBudgetChange(budget);
    });
    this.#all = isTaken ? others : [...others, budget];
  }

  /** The latest that was set for this job. */
  of(job: Job): JobBudget | undefined {
    return this.#all.findLast((budget) => job.mine && budgetMatcher(budget)(job));
  }
}
