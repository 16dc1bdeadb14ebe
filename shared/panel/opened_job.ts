import { useEffect, useState } from 'preact/hooks';

const PREFIX = '#job/';

/** Where a job's own page is, within the page: an address that a browser can keep and open again. */
export function hashOf(jobId: string): string {
  return `${PREFIX}${encodeURIComponent(jobId)}`;
}

function jobIn(hash: string): string | undefined {
  if (!hash.startsWith(PREFIX)) return undefined;
  try {
    return decodeURIComponent(hash.slice(PREFIX.length));
  } catch {
    // Not an address of this page's making.
    return undefined;
  }
}

/** Only a browser's tab has a way back, and an address that people see; a webview stands in a frame. */
const hasHistory = location.protocol.startsWith('http') && parent === window;

/**
 * The job whose own page is open; undefined where it is the list of all. `wanted` is a job that a
 * notification, a menu or a link `burnrate://job/ID` asks for; each wish opens it anew.
 */
export function useOpenedJob(wanted: { jobId: string; nth: number } | undefined) {
  const [jobId, setJobId] = useState(jobIn(location.hash));
  useEffect(() => {
    const follow = () => setJobId(jobIn(location.hash));
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  const open = (id: string | undefined) => {
    if (hasHistory) history.pushState(undefined, '', id === undefined ? '#' : hashOf(id));
    setJobId(id);
  };
  useEffect(() => {
    if (wanted) open(wanted.jobId);
  }, [wanted?.nth]);
  return { jobId, open, close: () => open(undefined) };
}
