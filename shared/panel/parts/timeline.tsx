import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Snapshot } from '../../model/snapshot.ts';
import { MINUTE } from '../../model/time.ts';
import type { TimelineEvent } from '../../protocol/timeline.ts';
import { timeOf } from '../locale.ts';
import { useNow } from '../page_context.ts';
import {
  BudgetIcon,
  FailureIcon,
  OkIcon,
  PriceIcon,
  StartIcon,
  StopIcon,
  WarningIcon,
} from './icons.tsx';
import { useAnswer } from './use_answer.ts';

/** More are shown when asked for. */
const AT_ONCE = 12;

type Kind = TimelineEvent['kind'];

const ICONS: Readonly<Record<Kind, ComponentChildren>> = {
  start: <StartIcon />,
  end: <StopIcon />,
  alert: <WarningIcon />,
  resolved: <OkIcon />,
  preemption: <FailureIcon />,
  stop: <StopIcon />,
  'stop-confirmed': <OkIcon />,
  'stop-failed': <FailureIcon />,
  budget: <BudgetIcon />,
  price: <PriceIcon />,
};

const TONES: Partial<Readonly<Record<Kind, string>>> = {
  alert: 'warning',
  preemption: 'warning',
  resolved: 'good',
  'stop-confirmed': 'good',
  'stop-failed': 'critical',
};

/** What happened to a job, the latest first: alerts, stops, budgets, prices, its start and end. */
export function JobTimeline({ snapshot, jobId }: { snapshot: Snapshot; jobId: string }) {
  const now = useNow();
  const [all, showAll] = useState(false);
  const { loaded, failure, retry } = useAnswer('timeline', () => ({ jobId }), {
    of: jobId,
    stepMs: MINUTE,
    snapshot,
    because: happeningsOf(snapshot, jobId),
  });
  const { events = [], left = 0 } = loaded?.value ?? {};
  const shown = all ? events : events.slice(0, AT_ONCE);
  return (
    <section class="card" aria-labelledby="timeline-title">
      <header class="card-head">
        <h2 id="timeline-title">Timeline</h2>
      </header>
      {!loaded && !failure && (
        <p class="quiet" role="status">
          Loading…
        </p>
      )}
      {failure && (
        <p class="failure" role="alert">
          The timeline could not be read: {failure}{' '}
          <button type="button" class="button" onClick={retry}>
            Try again
          </button>
        </p>
      )}
      {loaded && events.length === 0 && <p class="quiet">Nothing has happened to it yet.</p>}
      <ol class="timeline">
        {shown.map((event) => (
          <Event key={`${event.at} ${event.kind} ${event.title}`} event={event} now={now} />
        ))}
      </ol>
      {shown.length < events.length && (
        <button type="button" class="button more" onClick={() => showAll(true)}>
          Show {events.length - shown.length} earlier
        </button>
      )}
      {all && left > 0 && <p class="quiet">{left} still earlier ones are left out.</p>}
    </section>
  );
}

function Event({ event, now }: { event: TimelineEvent; now: number }) {
  const tone = event.kind === 'alert' ? (event.severity ?? 'warning') : TONES[event.kind];
  return (
    <li data-kind={event.kind} data-tone={tone}>
      <span class="event-mark">{ICONS[event.kind]}</span>
      <div>
        <p class="event-head">
          <strong>{event.title}</strong>
          <time class="quiet" dateTime={new Date(event.at).toISOString()}>
            {timeOf(event.at, now)}
          </time>
        </p>
        {event.detail && <p class="quiet">{event.detail}</p>}
      </div>
    </li>
  );
}

/** Changes when something of a job's timeline may have. */
function happeningsOf({ alerts, stops, jobs }: Snapshot, jobId: string): string {
  const job = jobs.find(({ id }) => id === jobId);
  return JSON.stringify([
    alerts.filter(({ subject }) => subject === jobId).map(({ id, state }) => [id, state]),
    stops.filter((stop) => stop.jobId === jobId).map(({ id, state }) => [id, state]),
    job?.state,
    job?.budget,
    job?.why?.map(({ microsPerHour, provenance }) => [microsPerHour, provenance]),
  ]);
}
