import { useEffect, useState } from 'preact/hooks';
import type { PageState } from '../session.ts';
import { Command } from './command.tsx';
import { Flame } from './icons.tsx';

/** After this long without a word, the page says more than that it is loading. */
const PATIENCE_MS = 8_000;

/** Before the first snapshot: loading, or why nothing comes. */
export function Waiting({ state }: { state: PageState }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  const failed = state.connected === false && state.reason !== undefined;
  if (!failed && !late) {
    return (
      <section class="waiting" role="status">
        <Flame />
        <p>Starting the meter…</p>
      </section>
    );
  }
  return (
    <section class="card welcome" role="alert">
      <Flame />
      <h2>Burnrate is not answering</h2>
      <p>{state.reason ?? 'The collector, which does the metering, has sent nothing yet.'}</p>
      <p>This page tries again by itself. To see what is wrong, run this in a terminal:</p>
      <Command text="burnrate doctor" />
    </section>
  );
}
