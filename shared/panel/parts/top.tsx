import { ago } from '../locale.ts';
import { useAction, useWallClock } from '../page_context.ts';
import type { PageState, Session } from '../session.ts';
import { Flame, RefreshIcon } from './icons.tsx';

/** The name, how fresh everything is, and the button that asks all accounts again. */
export function Top({ state, session }: { state: PageState; session: Session }) {
  const { busy, failure, run } = useAction();
  return (
    <header class="top">
      <h1>
        <Flame />
        Burnrate
      </h1>
      {failure && (
        <p class="failure" role="alert">
          {failure}
        </p>
      )}
      {state.snapshot && <Freshness state={state} />}
      <button
        type="button"
        class="button icon-only"
        aria-label="Ask all accounts again"
        title="Ask all accounts again"
        disabled={busy || state.connected !== true}
        onClick={() => run(() => session.request('refresh', {}))}
      >
        <RefreshIcon />
      </button>
    </header>
  );
}

function Freshness({ state }: { state: PageState }) {
  const now = useWallClock();
  const live = state.connected !== false;
  return (
    <p class="freshness" data-live={live}>
      <span class="pulse" aria-hidden="true" />
      {live ? 'Live' : 'Offline'}
      <span class="quiet">updated {ago(state.receivedAt, now)}</span>
    </p>
  );
}
