import type { JobView, Snapshot } from '../model/snapshot.ts';
import type { CollectorConnection } from '../protocol/client.ts';
import { isSearching, settledSnapshot, startingIn } from './connect.ts';
import { findJob, isKnown } from './find_job.ts';
import type { Terminal } from './terminal.ts';

/** Whoever has not answered by then has failed: no source takes longer to tell its jobs. */
const FIRST_ANSWERS_MS = 45_000;

/**
 * The job that a person means, with the snapshot that has it. A collector that was started just
 * now is waited for until its accounts have said what runs in them, and the person is told for
 * whom. Throws PlainFailure where nobody knows such a job by then.
 */
export async function awaitJob(
  link: CollectorConnection,
  wanted: string,
  terminal: Terminal,
): Promise<Snapshot & { job: JobView }> {
  const say = (text: string) => terminal.note(text);
  let snapshot = await settledSnapshot(link, { say });
  if (!isKnown(snapshot, wanted) && (isSearching(snapshot) || startingIn(snapshot).length > 0)) {
    say(`Nobody has told of "${wanted}" yet. Waiting for the search for accounts to end ...`);
    await link.request('refresh', {});
    snapshot = await settledSnapshot(link, { say, ms: FIRST_ANSWERS_MS });
  }
  return { ...snapshot, job: findJob(snapshot, wanted) };
}
