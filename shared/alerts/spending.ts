import { accrued, type Micros } from '../model/money.ts';
import type { JobView } from '../model/snapshot.ts';
import type { Ceiling } from './ceiling.ts';
import type { Scene } from './rule.ts';

/** What one ceiling looks at: a job, or several together. */
export interface Spending {
  subject: string;
  subjectKind: 'job' | 'account';
  what: string;
  /** In the ceiling's span; of an hour's ceiling, the rate. */
  spent: Micros;
  microsPerHour: Micros;
  /** Those that run and that a stop would end. */
  running: JobView[];
}

/** What has been spent under a ceiling until now, also by jobs that have ended. */
export function spendings(ceiling: Ceiling, scene: Scene): Spending[] {
  const jobs = scene.jobs.filter(ceiling.isMeant);
  const running = jobs.filter(({ state }) => state === 'running');
  switch (ceiling.span) {
    case 'hour':
      return running.map((job) => ofOne(job, job.rate.micros));
    case 'job':
      return running.map((job) => ofOne(job, job.total.micros + unmetered(scene, job.rate.micros)));
    case 'launch': {
      const [first] = running;
      if (!first) return [];
      const together = ofAll(ceiling, running, scene, 'ever');
      return [{ ...together, subject: first.id, subjectKind: 'job', what: first.name }];
    }
    case 'day':
    case 'month':
      return [ofAll(ceiling, running, scene, ceiling.span)];
  }
}

function ofOne(job: JobView, spent: Micros): Spending {
  return {
    subject: job.id,
    subjectKind: 'job',
    what: job.name,
    spent,
    microsPerHour: job.rate.micros,
    running: job.mine ? [job] : [],
  };
}

function ofAll(
  { name, isMeant }: Ceiling,
  running: readonly JobView[],
  scene: Scene,
  span: 'day' | 'month' | 'ever',
): Spending {
  const microsPerHour = running.reduce((total, job) => total + job.rate.micros, 0);
  const metered = scene
    .spent(span)
    .reduce((total, { job, micros }) => total + (isMeant(job) ? micros : 0), 0);
  return {
    subject: `budget:${name}`,
    subjectKind: 'account',
    what: name,
    spent: metered + unmetered(scene, microsPerHour),
    microsPerHour,
    running: running.filter(({ mine }) => mine),
  };
}

/** What has come to it since the last time the ledger was written. */
function unmetered({ now, meteredAt = now }: Scene, microsPerHour: Micros): Micros {
  return accrued(microsPerHour, meteredAt, now);
}
