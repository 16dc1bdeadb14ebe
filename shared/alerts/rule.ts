import type { CounterCourse } from '../economics/course.ts';
import type { Week } from '../economics/week.ts';
import type { Alert, Evidence } from '../model/alert.ts';
import type { Leftover } from '../model/leftover.ts';
import type { Micros } from '../model/money.ts';
import type { PriceKey } from '../model/rate.ts';
import type { AccountView, JobView, NodeView } from '../model/snapshot.ts';
import type { Stop } from '../model/stop.ts';
import type { Instant, Interval } from '../model/time.ts';
import type { Offer } from '../pricing/elsewhere.ts';
import type { PricePoint, StoredSample } from '../store/store.ts';
import type { Budgeted } from './ceiling.ts';

/** What a job has cost over a span of time, and whose it is; it may have ended long ago. */
export interface Spent {
  job: Budgeted;
  micros: Micros;
}

/** What a rule may look at: the present, and the recent readings of each job. Never a source. */
export interface Scene {
  now: Instant;
  jobs: readonly JobView[];
  nodes: readonly NodeView[];
  accounts: readonly AccountView[];
  /** What of mine is paid for beside the machines and used by nothing. */
  leftovers?: readonly Leftover[] | undefined;
  /** The accounts that have been heard of leftovers since the start. */
  leftoversHeard?: ReadonlySet<string>;
  /** Stops that Burnrate was asked for within the last day. */
  stops: readonly Stop[];
  /** Until when the jobs' sums go; what they have cost since is their rate. Default: now. */
  meteredAt?: Instant;
  /** What each job has cost today, this month (local time), or ever, as far as it is metered. */
  spent(span: 'day' | 'month' | 'ever'): readonly Spent[];
  /** What all that is mine has cost in each full hour of the last seven days, oldest first. */
  hourlySpending(): readonly Micros[];
  /** The readings of a job since an instant, oldest first. */
  readings(jobId: string, since: Instant): readonly StoredSample[];
  /** What the job counts of its own work, over the last day. Default: nothing. */
  counters?(jobId: string): readonly CounterCourse[];
  /** What a past week came to. Default: nobody knows. */
  week?: (span: Interval) => Week;
  /** A kind of machine's spot price since an instant, oldest first. Default: none is known. */
  spotPrices?(key: PriceKey, since: Instant): readonly PricePoint[];
  /** What GPUs cost at providers, by the catalogue. Default: nothing is known. */
  offers?(): readonly Offer[];
}

/** One trouble that holds now. The life of the alert around it is in life.ts. */
export interface Finding {
  subject: string;
  subjectKind: Alert['subjectKind'];
  severity: Alert['severity'];
  title: string;
  detail: string;
  evidence: Evidence[];
  microsPerHour: number;
  /** When the trouble began, as far as the evidence shows. */
  since: Instant;
  /** How long it must hold before it is said. */
  holdMs: number;
  /** Jobs that will be stopped for it, and when. */
  stops?: { jobIds: string[]; at: Instant };
}

export interface Rule {
  readonly id: string;
  /** The findings that hold now; an empty list where all is well. */
  evaluate(scene: Scene): Finding[];
}
