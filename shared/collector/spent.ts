import type { Budgeted } from '../alerts/ceiling.ts';
import type { Scene, Spent } from '../alerts/rule.ts';
import { IDLE } from '../model/charge.ts';
import type { Job } from '../model/job.ts';
import type { Micros } from '../model/money.ts';
import { DAY, HOUR, type Instant } from '../model/time.ts';
import type { Store } from '../store/store.ts';
import type { Sums } from './sums.ts';

/** What each job has cost, with whose it is: budgets count jobs that ended hours ago, too. */
export class SpentByJob {
  readonly #store: Pick<Store, 'job'>;
  readonly #sums: Pick<Sums, 'spent'>;
  readonly #find: (jobId: string) => Job | undefined;
  /** Of jobs that are out of sight; they change no more. */
  readonly #past = new Map<string, Budgeted>();

  constructor(
    store: Pick<Store, 'job'>,
    sums: Pick<Sums, 'spent'>,
    find: (jobId: string) => Job | undefined,
  ) {
    this.#store = store;
    this.#sums = sums;
    this.#find = find;
  }

  readonly over: Scene['spent'] = (span) => {
    const list: Spent[] = [];
    for (const [jobId, micros] of this.#sums.spent(span)) {
      const job = jobId === IDLE ? undefined : this.#jobOf(jobId);
      if (job) list.push({ job, micros });
    }
    return list;
  };

  #jobOf(jobId: string): Budgeted | undefined {
    const known = this.#find(jobId) ?? this.#past.get(jobId);
    if (known) return known;
    const past = this.#store.job(jobId);
    if (!past) return undefined;
    const { source, nativeId, name, owner, mine, labels } = past;
    const kept = { source, nativeId, name, mine, labels, ...(owner !== undefined && { owner }) };
    this.#past.set(jobId, kept);
    return kept;
  }
}

const WEEK_MS = 7 * DAY;

/** What all that is mine has cost in each full hour of the last seven days; read once an hour. */
export class HourlySpending {
  readonly #store: Pick<Store, 'history'>;
  #hour: Instant | undefined;
  #hours: Micros[] = [];

  constructor(store: Pick<Store, 'history'>) {
    this.#store = store;
  }

  since(now: Instant): readonly Micros[] {
    const hour = Math.floor(now / HOUR) * HOUR;
    if (hour === this.#hour) return this.#hours;
    const from = hour - WEEK_MS;
    const hours = Array.from({ length: WEEK_MS / HOUR }, () => 0);
    for (const { at, micros } of this.#store.history({ from, to: hour, stepMs: HOUR })) {
      const index = Math.floor((at - from) / HOUR);
      hours[index] = (hours[index] ?? 0) + micros;
    }
    this.#hour = hour;
    this.#hours = hours;
    return hours;
  }
}
