import type { JobView } from '../model/snapshot.ts';
import type { Courses, Moment } from './course.ts';
import type { Finding, Rule, Scene } from './rule.ts';
import type { Services } from './services.ts';
import { isWatched } from './subject.ts';

/** What looks at one job at a time, and may remember something of each. */
export interface JobWatch {
  examine(job: JobView, course: readonly Moment[], scene: Scene): Finding | undefined;
  /** Forgets the jobs that are no longer there. */
  keep(jobIds: ReadonlySet<string>): void;
}

/** A rule over the courses of all watched jobs; what was known of those that are gone is forgotten. */
export function jobRule(
  id: string,
  watch: JobWatch,
  { courses, services }: { courses: Courses; services: Services },
): Rule {
  return {
    id,
    evaluate: (scene) => {
      const jobs = scene.jobs.filter(isWatched);
      const ids = new Set(jobs.map((job) => job.id));
      for (const memory of [watch, courses, services]) memory.keep(ids);
      return jobs.flatMap((job) => watch.examine(job, courses.of(job.id, scene), scene) ?? []);
    },
  };
}
