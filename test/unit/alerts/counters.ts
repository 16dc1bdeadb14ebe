import { type CounterCourse, CounterCourses } from '@burnrate/shared/economics/course.ts';
import type { Counter } from '@burnrate/shared/model/progress.ts';
import { MINUTE, SECOND } from '@burnrate/shared/model/time.ts';

const EVERY_MS = 15 * SECOND;

/** A job of $36 an hour that is read every 15 s, and how much it had counted at each minute. */
export function counted(
  counter: Counter,
  from: number,
  minutes: number,
  perMinute: (minute: number) => number,
  rate: (minute: number) => number = () => 36e6,
): readonly CounterCourse[] {
  const courses = new CounterCourses();
  for (let at = from; at <= from + minutes * MINUTE; at += EVERY_MS) {
    const minute = Math.floor((at - from) / MINUTE);
    courses.add('job', counter, at, (perMinute(minute) * EVERY_MS) / MINUTE);
    courses.pass(at, () => rate(minute));
  }
  return courses.of('job');
}
