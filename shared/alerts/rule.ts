import type { Alert, Evidence } from '../model/alert.ts';
import type { JobView, NodeView } from '../model/snapshot.ts';
import type { Instant } from '../model/time.ts';
import type { StoredSample } from '../store/store.ts';

/** What a rule may look at: the present, and the recent readings of each job. Never a source. */
export interface Scene {
  now: Instant;
  jobs: readonly JobView[];
  nodes: readonly NodeView[];
  /** Until when the jobs' sums go; what they have cost since is their rate. Default: now. */
  meteredAt?: Instant;
  /** The readings of a job since an instant, oldest first. */
  readings(jobId: string, since: Instant): readonly StoredSample[];
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
