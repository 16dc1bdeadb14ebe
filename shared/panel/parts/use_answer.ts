import { useEffect, useRef, useState } from 'preact/hooks';
import type { Snapshot } from '../../model/snapshot.ts';
import { DAY, type Instant, MINUTE } from '../../model/time.ts';
import type { Params, Result } from '../../protocol/protocol.ts';
import { usePage } from '../page_context.ts';

/** What is shown live need not be asked for more often, however fast Burnrate's time runs. */
const REFRESH_MS = 3_000;
const LONGEST_MS = MINUTE;
/** Whole days change so little in a minute that it is not worth the asking. */
const LONGEST_BY_DAY_MS = 10 * MINUTE;

type Asked = 'history' | 'unitCosts' | 'waste' | 'prices' | 'billDays' | 'timeline' | 'teamCosts';

interface Loaded<Name extends Asked> {
  value: Result<Name>;
  askedAt: Instant;
  of: string;
}

interface AskOptions {
  /** Names what is asked about: the answer to another question is not shown for it. */
  of: string;
  /** How finely the answer cuts time: a quarter of that later it is asked for again. */
  stepMs: number;
  snapshot: Snapshot;
  /** Where it changes, the same question is asked again at once. */
  because?: string;
}

/** What the collector answers to a question, asked again as time goes on. The last answer stays until then. */
export function useAnswer<Name extends Asked>(
  name: Name,
  query: (askedAt: Instant) => Params<Name>,
  { of, stepMs, snapshot, because = '' }: AskOptions,
) {
  const { session } = usePage();
  const [loaded, setLoaded] = useState<Loaded<Name>>();
  const [failure, setFailure] = useState<string>();
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(snapshot.at);
  latest.current = snapshot.at;

  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      const askedAt = latest.current;
      try {
        const value = await session.request(name, query(askedAt));
        if (!current) return;
        setLoaded({ value, askedAt, of });
        setFailure(undefined);
      } catch (error) {
        if (!current) return;
        setFailure(error instanceof Error ? error.message : String(error));
      }
      const stepInRealMs = stepMs / Math.max(1, snapshot.speed);
      const longest = stepInRealMs >= DAY ? LONGEST_BY_DAY_MS : LONGEST_MS;
      timer = setTimeout(load, Math.min(longest, Math.max(REFRESH_MS, stepInRealMs / 4)));
    };
    void load();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [session, of, because, attempt, snapshot.speed, snapshot.collector.pid]);

  return {
    loaded: loaded?.of === of ? loaded : undefined,
    failure,
    retry: () => setAttempt(attempt + 1),
  };
}
