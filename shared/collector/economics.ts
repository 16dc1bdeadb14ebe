import { Counting } from '../economics/counting.ts';
import { type CounterCourse, CounterCourses, unitCostOf } from '../economics/course.ts';
import { type Resolve, Ties } from '../economics/tie.ts';
import { WasteLedger } from '../economics/waste.ts';
import type { Week } from '../economics/week.ts';
import type { Alert } from '../model/alert.ts';
import type { Job } from '../model/job.ts';
import type { Micros } from '../model/money.ts';
import type { Progress } from '../model/progress.ts';
import type { JobView } from '../model/snapshot.ts';
import type { Stop } from '../model/stop.ts';
import { DAY, type Instant, type Interval, startOfLocalDay } from '../model/time.ts';
import type { Waste } from '../model/waste.ts';
import { wasteSum } from '../model/waste.ts';
import type { UnitCost } from '../model/work.ts';
import type { Store } from '../store/store.ts';
import type { Saving } from '../store/waste.ts';

/** So many jobs are named in a week's note. */
const WORST = 3;

/** Whose reading of a counter it is. */
export interface HeardProgress {
  account: string;
  progress: Progress;
}

/** What jobs do for their money: what they count, what a unit of it costs, and what was wasted. */
export class Economics {
  readonly #store: Store;
  readonly #counting = new Counting();
  readonly #courses = new CounterCourses();
  readonly #waste = new WasteLedger();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Goes on where an earlier run left off. */
  restore(now: Instant): void {
    const store = this.#store;
    this.#counting.restore(store.progressSeries(now - DAY));
    const totals = new Map(
      store.progressTotals().map(({ jobId, counter, amount }) => [`${counter} ${jobId}`, amount]),
    );
    const minutes = store.progress({ from: now - DAY, to: now + 1 });
    for (const [key, own] of Map.groupBy(minutes, (row) => `${row.counter} ${row.jobId}`)) {
      const [first] = own;
      if (first) this.#courses.restore(first.jobId, first.counter, totals.get(key) ?? 0, own);
    }
    this.#waste.restore(store.workWatches(now - DAY), store.wasteSums({ from: 0, to: now + DAY }));
  }

  /** Notes what each stop has saved until now on this day; `savedBy` says it. */
  storeSavings(now: Instant, stops: readonly Stop[], savedBy: (stop: Stop) => Micros): void {
    const day = startOfLocalDay(now);
    const savings = stops.flatMap((stop): Saving[] => {
      const micros = savedBy(stop);
      return micros > 0 ? [{ stopId: stop.id, jobId: stop.jobId, day, micros }] : [];
    });
    if (savings.length > 0) this.#store.saveSavings(savings);
  }

  /** What a past week came to, of all that is mine. */
  week({ from, to }: Interval): Week {
    const { costs } = this.#store.costs({ from, to });
    const waste = [...this.#store.wasteSums({ from, to })].map(([jobId, sum]) => ({
      name: this.#store.jobName(jobId) ?? jobId,
      micros: wasteSum(sum),
    }));
    const saved = [...this.#store.savings({ from, to }).values()];
    return {
      spent: costs.reduce((sum, { micros }) => sum + micros, 0),
      wasted: waste.reduce((sum, { micros }) => sum + micros, 0),
      saved: saved.reduce((sum, micros) => sum + micros, 0),
      worst: waste.toSorted((a, b) => b.micros - a.micros).slice(0, WORST),
    };
  }

  /** Takes in what counters showed. */
  take(heard: readonly HeardProgress[], jobs: Iterable<Job>, resolve: Resolve): void {
    if (heard.length === 0) return;
    const ties = new Ties(jobs, resolve);
    for (const { account, progress } of heard) {
      const job = ties.jobOf(progress.of);
      const gain = job && this.#counting.take(job.id, account, progress);
      if (job && gain !== undefined) {
        this.#courses.add(job.id, progress.counter, progress.at, gain);
      }
    }
  }

  /** Lets time pass at the jobs' present rates. */
  pass(now: Instant, jobs: readonly JobView[]): void {
    const rates = new Map(jobs.map((job) => [job.id, job.rate.micros]));
    this.#courses.pass(now, (jobId) => rates.get(jobId) ?? 0);
  }

  /** Writes it down, after the alerts have looked. Call `kept` once the transaction is done. */
  store(now: Instant, jobs: readonly JobView[], alerts: readonly Alert[]): void {
    this.#waste.step(now, jobs, alerts);
    const counted = this.#courses.changes();
    const series = this.#counting.changes();
    if (counted.length > 0 || series.length > 0) this.#store.saveProgress(counted, series);
    const { parts, watches } = this.#waste.changes();
    if (parts.length > 0 || watches.length > 0) this.#store.addWaste(parts, watches);
  }

  kept(now: Instant, jobIds: ReadonlySet<string>): void {
    this.#counting.kept();
    this.#courses.kept();
    this.#waste.kept();
    this.#counting.forget(now - DAY);
    this.#courses.forget(now);
    this.#waste.keep(jobIds);
  }

  courses(jobId: string): readonly CounterCourse[] {
    return this.#courses.of(jobId);
  }

  /** What a view of the job says of them; nothing where there is nothing to say. */
  viewOf(jobId: string, now: Instant): { units?: UnitCost[]; waste?: Waste } {
    const courses = this.#courses.of(jobId);
    const waste = this.#waste.of(jobId);
    return {
      ...(courses.length > 0 && { units: courses.map((course) => unitCostOf(course, now)) }),
      ...(wasteSum(waste) > 0 && { waste }),
    };
  }
}
