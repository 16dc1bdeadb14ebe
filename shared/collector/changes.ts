import type { Job } from '../model/job.ts';
import type { Instant } from '../model/time.ts';

/**
 * The earliest instant at which a job's hold on its nodes differs between two reports of it;
 * undefined where it does not. The ledger is redone from there.
 */
export function holdChangedFrom(before: Job | undefined, after: Job): Instant | undefined {
  if (!before || before.startedAt === undefined) return after.startedAt;
  const start = Math.min(before.startedAt, after.startedAt ?? before.startedAt);
  if (before.startedAt !== after.startedAt) return start;
  const held = ({ shares, owner, level }: Job) => JSON.stringify([shares, owner, level]);
  if (held(before) !== held(after)) return start;
  if (before.endedAt === after.endedAt && before.state === after.state) return undefined;
  const ends = [before.endedAt, after.endedAt].filter((end) => end !== undefined);
  return ends.length > 0 ? Math.min(...ends) : undefined;
}
