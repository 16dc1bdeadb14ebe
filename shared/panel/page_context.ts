import { type ComponentChildren, createContext, h } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Provenance } from '../model/rate.ts';
import type { JobView, Snapshot } from '../model/snapshot.ts';
import type { Instant } from '../model/time.ts';
import type { PageState, Session } from './session.ts';

/** What the parts of the page share. */
export interface PageContext {
  session: Session;
  /** Opens the stop dialog for a job. */
  askToStop(job: Pick<JobView, 'id' | 'name'>): void;
  /** Opens the dialog that sets what a job may cost. */
  askForBudget(jobId: string): void;
  /** Opens a job's own page. */
  openJob(jobId: string): void;
}

export const Page = createContext<PageContext | undefined>(undefined);

const Now = createContext<Instant>(0);

/** Burnrate's own time: in the demo it runs faster than the wall clock. */
export const useNow = (): Instant => useContext(Now);

/** Tells the time to what stands within it, and draws nothing else anew each second. */
export function Clock({ state, children }: { state: PageState; children: ComponentChildren }) {
  const wall = useWallClock();
  return h(Now.Provider, { value: presentOf(state, wall), children });
}

/** Burnrate's own time now: the snapshot's, and what has passed since, as fast as it passes. */
function presentOf({ snapshot, receivedAt, connected }: PageState, wall: Instant): Instant {
  if (!snapshot) return wall;
  // Without a connection nothing is known beyond the snapshot; its age is said elsewhere.
  if (connected === false) return snapshot.at;
  return snapshot.at + Math.max(0, wall - receivedAt) * snapshot.speed;
}

export function usePage(): PageContext {
  const page = useContext(Page);
  if (!page) throw new Error('this part must stand within the page');
  return page;
}

/** The session's state, and again with each change. */
export function useSession(session: Session): PageState {
  const [state, setState] = useState(session.state);
  useEffect(() => {
    setState(session.state);
    return session.onChange(() => setState(session.state));
  }, [session]);
  return state;
}

/** The wall clock, again each second: for ages. */
export function useWallClock(): Instant {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Runs one request at a time for a button, and keeps what went wrong on screen. */
export function useAction(): {
  busy: boolean;
  failure: string | undefined;
  run: (work: () => Promise<unknown>) => void;
} {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const run = (work: () => Promise<unknown>) => {
    setBusy(true);
    setFailure(undefined);
    work()
      .catch((error: unknown) => setFailure(error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false));
  };
  return { busy, failure, run };
}

const WEAKEST_FIRST: readonly Provenance[] = ['list', 'calibrated', 'quoted', 'billed'];

/**
 * What a sum about a job, a node or idle nodes rests on where the collector says only its amount: what its own
 * cost rests on. The weakest where it is no longer among what is shown, so as not to claim more.
 */
export function provenanceFor({ jobs, nodes }: Snapshot, subject: string): Provenance {
  if (subject === 'idle') {
    const idle = new Set(nodes.map((node) => node.idle.provenance));
    return WEAKEST_FIRST.find((provenance) => idle.has(provenance)) ?? 'list';
  }
  const job = jobs.find(({ id }) => id === subject);
  const node = nodes.find(({ id }) => id === subject);
  return job?.total.provenance ?? job?.rate.provenance ?? node?.price?.provenance ?? 'list';
}
