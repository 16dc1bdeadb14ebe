import { useEffect, useRef, useState } from 'preact/hooks';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Instant } from '../../model/time.ts';
import type { Params, Result } from '../../protocol/protocol.ts';
import type { Range } from '../chart_data.ts';
import { usePage } from '../page_context.ts';

/** A live chart need not be redrawn more often, however fast Burnrate's time runs. */
const REFRESH_MS = 3_000;

type Steps = 'history' | 'unitCosts';

interface Loaded<Name extends Steps> {
  value: Result<Name>;
  askedAt: Instant;
  of: string;
}

/**
 * What a chart shows over a range, asked for again as time goes on. The last answer stays until
 * then. `of` names what is asked about, where that may change.
 */
export function useSteps<Name extends Steps>(
  name: Name,
  query: (askedAt: Instant) => Params<Name>,
  { range, snapshot, of = '' }: { range: Range; snapshot: Snapshot; of?: string },
) {
  const { session } = usePage();
  const [loaded, setLoaded] = useState<Loaded<Name>>();
  const [failure, setFailure] = useState<string>();
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(snapshot.at);
  latest.current = snapshot.at;
  const asked = `${range.id} ${of}`;

  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      const askedAt = latest.current;
      try {
        const value = await session.request(name, query(askedAt));
        if (!current) return;
        setLoaded({ value, askedAt, of: asked });
        setFailure(undefined);
      } catch (error) {
        if (!current) return;
        setFailure(error instanceof Error ? error.message : String(error));
      }
      const stepInRealMs = range.stepMs / Math.max(1, snapshot.speed);
      timer = setTimeout(load, Math.min(60_000, Math.max(REFRESH_MS, stepInRealMs / 4)));
    };
    void load();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [session, asked, attempt, snapshot.speed, snapshot.collector.pid]);

  return {
    loaded: loaded?.of === asked ? loaded : undefined,
    failure,
    retry: () => setAttempt(attempt + 1),
  };
}
