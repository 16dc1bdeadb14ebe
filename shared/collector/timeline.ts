import type { Alert } from '../model/alert.ts';
import type { Job } from '../model/job.ts';
import { budgetMatcher, type JobBudget } from '../model/job_budget.ts';
import type { Rate } from '../model/rate.ts';
import type { Stop } from '../model/stop.ts';
import { formatDuration, type Instant } from '../model/time.ts';
import type { Timeline, TimelineEvent } from '../protocol/timeline.ts';
import type { RateChange, Store } from '../store/store.ts';

/** No list that a person reads is longer. */
const MOST_EVENTS = 200;

type Read = Pick<Store, 'job' | 'alertsOf' | 'stopsOf' | 'budgetChanges' | 'nodesOf' | 'rates'>;

/** What happened to a job, from its launch on. Throws where no such job was ever seen. */
export function timelineOf(store: Read, jobId: string, now: Instant): Timeline {
  const job = store.job(jobId);
  if (!job) throw new Error('This job has never been seen.');
  const events = [
    ...life(job),
    ...store.alertsOf(jobId).flatMap(ofAlert),
    ...store.stopsOf(jobId).flatMap(ofStop),
    ...ofBudgets(job, store.budgetChanges()),
    ...prices(store, job, now),
  ].sort((a, b) => b.at - a.at);
  return { events: events.slice(0, MOST_EVENTS), left: Math.max(0, events.length - MOST_EVENTS) };
}

function life({ startedAt, endedAt, limitAt }: Job): TimelineEvent[] {
  const events: TimelineEvent[] = [];
  if (startedAt !== undefined) {
    const limit = limitAt === undefined ? undefined : formatDuration(limitAt - startedAt);
    events.push({
      at: startedAt,
      kind: 'start',
      title: 'Started',
      ...(limit !== undefined && { detail: `Ends by itself after ${limit}.` }),
    });
  }
  if (endedAt !== undefined) {
    const ran = startedAt === undefined ? undefined : formatDuration(endedAt - startedAt);
    events.push({
      at: endedAt,
      kind: 'end',
      title: 'Ended',
      ...(ran !== undefined && { detail: `It ran for ${ran}.` }),
    });
  }
  return events;
}

function ofAlert(alert: Alert): TimelineEvent[] {
  const { rule, title, detail, severity, firedAt, resolvedAt, since, microsWasted } = alert;
  if (firedAt === undefined) return [];
  if (rule === 'preemption') return [{ at: firedAt, kind: 'preemption', title, detail, severity }];
  const fired: TimelineEvent = { at: firedAt, kind: 'alert', title, detail, severity };
  if (resolvedAt === undefined) return [fired];
  return [
    fired,
    {
      at: resolvedAt,
      kind: 'resolved',
      title: `Over: ${title}`,
      detail: `It lasted ${formatDuration(resolvedAt - since)}.`,
      severity,
      ...(microsWasted > 0 && { wastedMicros: microsWasted }),
    },
  ];
}

function ofStop(stop: Stop): TimelineEvent[] {
  const { plan, requestedAt, requestedBy, confirmedAt, state, error, remedy } = stop;
  const asked: TimelineEvent = {
    at: requestedAt,
    kind: 'stop',
    title: `Stop asked for by ${requestedBy}`,
    detail: plan.action,
  };
  if (state === 'confirmed' && confirmedAt !== undefined) {
    return [asked, { at: confirmedAt, kind: 'stop-confirmed', title: 'Stop confirmed' }];
  }
  if (state !== 'failed') return [asked];
  const detail = [error, remedy].filter(Boolean).join(' ');
  const failedAt = stop.sentAt ?? requestedAt;
  return [
    asked,
    { at: failedAt, kind: 'stop-failed', title: 'Stop failed', ...(detail && { detail }) },
  ];
}

function ofBudgets(job: Job, changes: readonly JobBudget[]): TimelineEvent[] {
  return changes
    .filter((change) => job.mine && budgetMatcher(change)(job))
    .map(({ setAt, ceiling, ceilingPerHour, action }) => ({
      at: setAt,
      kind: 'budget',
      title:
        ceiling === undefined && ceilingPerHour === undefined ? 'Budget taken away' : 'Budget set',
      budget: {
        ...(ceiling !== undefined && { ceiling }),
        ...(ceilingPerHour !== undefined && { ceilingPerHour }),
        action,
      },
    }));
}

/** Each change of what its machines cost, while it ran; the same change of many is said once. */
function prices(store: Read, job: Job, now: Instant): TimelineEvent[] {
  const interval = { from: job.startedAt ?? now, to: job.endedAt ?? now };
  const nodes = store.nodesOf(job.id, interval);
  const changes = nodes.flatMap((node) =>
    store.rates(node, interval).map((one, index, all) => ({
      ...one,
      before: all[index - 1],
    })),
  );
  const same = Map.groupBy(changes, ({ from, before, rate }) =>
    [from, before?.rate.microsPerHour, rate.microsPerHour, rate.provenance].join(' '),
  );
  return [...same.values()].flatMap((group) => ofPrice(group, interval.from));
}

function ofPrice(
  group: readonly (RateChange & { before: RateChange | undefined })[],
  startedAt: Instant,
): TimelineEvent[] {
  const [change] = group;
  if (!change) return [];
  const { from, rate, before } = change;
  const { microsPerHour, provenance, basis } = rate;
  return [
    {
      at: Math.max(from, startedAt),
      kind: 'price',
      title: before ? movement(before.rate, rate) : 'Price known',
      detail: basis,
      price: {
        microsPerHour,
        provenance,
        machines: group.length,
        ...(before && { beforeMicros: before.rate.microsPerHour }),
      },
    },
  ];
}

/** The amount may stay while what it rests on changes. */
function movement(before: Rate, { microsPerHour, provenance }: Rate): string {
  if (before.microsPerHour === microsPerHour) return `Price now ${provenance}`;
  return microsPerHour > before.microsPerHour ? 'Price rose' : 'Price fell';
}
