import type { Snapshot } from '../../model/snapshot.ts';
import { formatDuration } from '../../model/time.ts';
import { useWallClock } from '../page_context.ts';
import type { PageState } from '../session.ts';
import { ClockIcon, WarningIcon } from './icons.tsx';

/** What must be said above everything else: a demo, a lost connection, the collector's notices. */
export function Banners({ state }: { state: PageState }) {
  const { snapshot } = state;
  return (
    <div class="banners">
      {snapshot?.mode === 'demo' && <DemoBanner snapshot={snapshot} />}
      {snapshot && state.connected === false && <LostBanner state={state} />}
      {snapshot?.notices.map((notice) => (
        <p
          key={notice.id}
          class="banner"
          data-severity={notice.severity}
          role={notice.severity === 'info' ? 'status' : 'alert'}
        >
          <WarningIcon />
          {notice.message}
        </p>
      ))}
    </div>
  );
}

function DemoBanner({ snapshot }: { snapshot: Snapshot }) {
  return (
    <p class="banner demo" data-testid="demo-banner">
      {`DEMO: simulated fleet, ${snapshot.speed}x time`}
    </p>
  );
}

function LostBanner({ state }: { state: PageState }) {
  const now = useWallClock();
  return (
    <p class="banner" data-severity="warning">
      <ClockIcon />
      <span>
        {/* The age is no part of what is announced: it changes each second. */}
        <span role="alert">
          <strong>Not connected.</strong>{' '}
          {state.reason ?? 'Burnrate is starting its collector again.'}
        </span>{' '}
        The figures below are {formatDuration(now - state.receivedAt)} old.
      </span>
    </p>
  );
}
