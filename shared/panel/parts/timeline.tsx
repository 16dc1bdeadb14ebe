import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Snapshot } from '../../model/snapshot.ts';
import { MINUTE } from '../../model/time.ts';
import type { TimelineEvent } from '../../protocol/timeline.ts';
import { count, money, timeOf } from '../locale.ts';
import { useNow } from '../page_context.ts';
import { ProvenanceBadge } from './figure.tsx';
import {
  BudgetIcon,
  FailureIcon,
  OkIcon,
  PriceIcon,
  StartIcon,
  StopIcon,
  WarningIcon,
} from './icons.tsx';
import { ReadFailure } from './read_failure.tsx';
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
      {failure && <ReadFailure what="The timeline" failure={failure} retry={retry} />}
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
        <Amounts event={event} />
        {event.detail && <p class="quiet">{event.detail}</p>}
      </div>
    </li>
  );
}

/** The money of it, in the person's own numbers. */
function Amounts({ event: { price, budget, wastedMicros } }: { event: TimelineEvent }) {
  if (price) {
    const { microsPerHour, beforeMicros = microsPerHour, provenance, machines } = price;
    return (
      <p>
        {beforeMicros !== microsPerHour && `${money(beforeMicros)}/h → `}
        {money(microsPerHour)}/h <ProvenanceBadge provenance={provenance} />
        {machines > 1 && <span class="quiet"> each of {count(machines)} machines</span>}
      </p>
    );
  }
  if (budget) {
    const { ceiling, ceilingPerHour, action } = budget;
    const limits = [
      ceiling === undefined ? undefined : `${money(ceiling)} in all`,
      ceilingPerHour === undefined ? undefined : `${money(ceilingPerHour)} an hour`,
    ].filter((limit) => limit !== undefined);
    if (limits.length === 0) return null;
    return (
      <p>
        {limits.join(', ')}
        {action === 'stop' && <span class="quiet">, then it is stopped</span>}
      </p>
    );
  }
  return wastedMicros === undefined ? null : <p>{money(wastedMicros)} were wasted.</p>;
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
