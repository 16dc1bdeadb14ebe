import { useEffect, useRef, useState } from 'preact/hooks';
import type { Figure } from '../../model/rate.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Instant } from '../../model/time.ts';
import { ago, count, money } from '../locale.ts';
import { useNow } from '../page_context.ts';
import { Amount, certainty, Doubts, doubts, ProvenanceBadge } from './figure.tsx';

/** The four sums a person looks for first, each with what it rests on. */
export function Headline({ snapshot }: { snapshot: Snapshot }) {
  const { rate, today, wastedToday, savedToday } = snapshot;
  const running = snapshot.jobs.filter((job) => job.mine && job.state === 'running');
  const gpus = running.reduce((sum, job) => sum + job.gpus, 0);
  const now = useNow();
  const sure = certainty(rate, 'the rate');
  const notes = [
    ...new Set([...doubts(rate), ...doubts(today)]),
    ...(sure === undefined ? [] : [sure]),
    ...silent(snapshot, now),
  ];
  // Waste is a part of today's sum and savings are reckoned at the same rates.
  const derived = (micros: number): Figure => {
    const { spread: _, ...rest } = today;
    return { ...rest, micros, uncertain: false, unpriced: 0 };
  };
  return (
    <section class="headline" aria-label="What it costs">
      <div class="burn">
        <h2>Burn rate</h2>
        <p class="burn-rate" data-testid="burn-rate">
          <Amount figure={rate} per="h" />
        </p>
        <p class="burn-meta">
          <ProvenanceBadge provenance={rate.provenance} />
          <span>{summary(running.length, gpus)}</span>
        </p>
      </div>
      <dl class="sums">
        <Sum name="Today" figure={today} hint="Since midnight, your jobs and your idle nodes" />
        <Sum
          name="Wasted today"
          figure={derived(wastedToday)}
          tone={wastedToday > 0 ? 'bad' : undefined}
          hint="Spent while an alert of waste was firing"
        />
        <Sum
          name="Saved today"
          figure={derived(savedToday)}
          tone={savedToday > 0 ? 'good' : undefined}
          hint="What stopped jobs would have cost since"
        />
      </dl>
      <Doubts notes={notes} />
      <Spoken snapshot={snapshot} />
    </section>
  );
}

/** Accounts that do not answer: what they hold is shown as it was, far down is what to do. */
function silent({ accounts }: Snapshot, now: Instant): string[] {
  return accounts
    .filter(({ state }) => state === 'failed' || state === 'stale')
    .map(({ title, lastSuccessAt }) =>
      lastSuccessAt === undefined
        ? `${title} has never answered: what runs there is not in these sums.`
        : `${title} does not answer. What runs there is reckoned from ${ago(lastSuccessAt, now)}.`,
    );
}

function summary(jobs: number, gpus: number): string {
  if (jobs === 0) return 'No job of yours is running';
  const jobText = jobs === 1 ? '1 job' : `${count(jobs)} jobs`;
  return gpus > 0 ? `${jobText} on ${count(gpus)} ${gpus === 1 ? 'GPU' : 'GPUs'}` : jobText;
}

interface SumProps {
  name: string;
  figure: Figure;
  hint: string;
  tone?: 'good' | 'bad' | undefined;
}

function Sum({ name, figure, hint, tone }: SumProps) {
  return (
    <div class="sum" title={hint} data-tone={tone}>
      <dt>{name}</dt>
      <dd>
        <span class="sum-amount">
          <Amount figure={figure} />
        </span>
        <ProvenanceBadge provenance={figure.provenance} />
      </dd>
    </div>
  );
}

const SPEAK_EVERY_MS = 30_000;

/** Tells a screen reader the sums: at once when an alert or a stop changes, else now and then. */
function Spoken({ snapshot }: { snapshot: Snapshot }) {
  const firing = snapshot.alerts.filter((alert) => alert.state === 'firing').length;
  const stops = snapshot.stops
    .map(({ jobName, state }) => `Stop of ${jobName} ${state}.`)
    .join(' ');
  const alerts = firing === 1 ? '1 alert' : `${firing} alerts`;
  const now = `Burn rate ${money(snapshot.rate.micros)} per hour, ${money(snapshot.today.micros)} today, ${alerts}. ${stops}`;
  const latest = useRef(now);
  latest.current = now;
  const [spoken, speak] = useState(now);
  useEffect(() => speak(latest.current), [firing, stops]);
  useEffect(() => {
    const timer = setInterval(() => speak(latest.current), SPEAK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="unseen" role="status" aria-live="polite">
      {spoken}
    </p>
  );
}
