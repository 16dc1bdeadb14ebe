/** The scheme that opens the app at a job from anywhere: `burnrate://job/ID`. */
export const LINK_SCHEME = 'burnrate';

const LONGEST = 2_000;

/**
 * The job that a link wants in view; null where it only opens the app (`burnrate://`), undefined
 * where the text is no link of ours. The id is percent-encoded in it, and may have any form: it
 * only ever chooses among the jobs that are there. A link never does more than show.
 */
export function jobOfLink(text: string): string | null | undefined {
  if (text.length > LONGEST || !URL.canParse(text)) return undefined;
  const { protocol, host, pathname } = new URL(text);
  if (protocol !== `${LINK_SCHEME}:`) return undefined;
  if (host !== 'job') return null;
  try {
    return decodeURIComponent(pathname.replace(/^\//, '').replace(/\/$/, '')) || null;
  } catch {
    // Broken percent-encoding names no job; the app still opens.
    return null;
  }
}

export function linkToJob(jobId: string): string {
  return `${LINK_SCHEME}://job/${encodeURIComponent(jobId)}`;
}

/** The link among a second start's arguments: Windows and Linux hand it over there. */
export function linkIn(argv: readonly string[]): string | undefined {
  return argv.find((argument) => jobOfLink(argument) !== undefined);
}
