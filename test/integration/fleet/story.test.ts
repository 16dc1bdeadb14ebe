import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { describe, expect, it } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { settle } from './settled.ts';
import { jobNamed, Watch } from './watch.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SPEED = 40;
const LLAMA = 'llama-finetune';
/** $32.7726 an hour. */
const RATE = 32_772_600;

describe('the seed scenario', () => {
  it('is found, priced, metered, found idle, notified, stopped and accounted for', async () => {
    await using watch = await Watch.begin({ speed: SPEED });
    const { link } = watch;

    // Found and priced: every machine, at what it costs; the colleague's is not ours.
    const first = await watch.until('all jobs with prices, and the readings of AWS', (snapshot) =>
      isComplete(snapshot),
    );
    expect(jobNamed(first, LLAMA)).toMatchObject({ rate: { micros: RATE, provenance: 'list' } });
    expect(jobNamed(first, 'rerank-sweep').rate.provenance).toBe('quoted');
    expect(jobNamed(first, 'vision-pretrain')).toMatchObject({ mine: false, stoppable: false });
    const mine = first.jobs.filter((job) => job.mine);
    expect(first.rate.micros).toBe(mine.reduce((sum, job) => sum + job.rate.micros, 0));
    // Metered back to the launch, which was before the collector began.
    const ofLlama = async () =>
      (await watch.account()).instances.find(({ name }) => name === LLAMA);
    const launched = await ofLlama();
    // It may be writing a checkpoint just now; on a busy machine the story may have gone on.
    await until('it to be seen at work, or to have dropped', async () => {
      const { activity = 0 } = jobNamed(watch.seen.at(-1) ?? first, LLAMA);
      return activity > 0.3 || (await ofLlama())?.droppedAt !== undefined;
    });
    expect(launched?.launchedAt).toBeLessThan(first.collector.startedAt - 160 * MINUTE);
    expect(jobNamed(first, LLAMA).total.micros).toBeGreaterThan(2.6 * RATE);

    // The drop is detected, after it happened, for this job alone.
    const alarmed = await watch.until('an alert that fires', (snapshot) =>
      snapshot.alerts.some(isTrouble),
    );
    const alert = alarmed.alerts.find(isTrouble);
    expect(alert?.subject).toBe(jobNamed(alarmed, LLAMA).id);
    expect(alert?.title).toContain(LLAMA);
    expect(alert?.microsPerHour).toBe(RATE);
    const droppedAt = (await ofLlama())?.droppedAt ?? Number.POSITIVE_INFINITY;
    expect(alert?.since).toBeGreaterThanOrEqual(droppedAt);
    // The rate has not changed.
    expect(jobNamed(alarmed, LLAMA).rate.micros).toBe(RATE);

    // Notified by one face only.
    const another = await watch.connectAnother();
    const id = alert?.id ?? '';
    const claims = await Promise.all([
      link.request('claimAlerts', { ids: [id] }),
      another.request('claimAlerts', { ids: [id] }),
    ]);
    await another.close();
    expect(claims.flatMap(({ granted }) => granted)).toEqual([id]);

    // Stopped as the plan says, and confirmed by the provider.
    const jobId = jobNamed(alarmed, LLAMA).id;
    const plan = await link.request('planStop', { jobId });
    expect(plan.action).toMatch(/^Stop instance i-0[0-9a-f]{16} \(AWS us-east-1\)$/);
    expect(plan.reversible).toBe(true);
    expect(plan.loses.join()).toContain('8000 GB');
    await link.request('stop', { jobId, action: plan.action });
    const confirmed = await watch.until('the stop to be confirmed', ({ stops }) =>
      stops.some(({ state }) => state === 'confirmed'),
    );
    expect(confirmed.wastedToday).toBeGreaterThan(0);
    const ended = await ofLlama();
    expect(ended?.endedAt).toBeGreaterThan(droppedAt);

    // What is saved grows at the job's rate; what was wasted is what it cost while it was idle.
    const stop = confirmed.stops.find(({ state }) => state === 'confirmed');
    const later = await watch.until(
      'ten minutes of savings',
      ({ savedToday }) => savedToday > RATE / 6,
    );
    const costs = (from: number, to: number) => (RATE * (to - from)) / HOUR;
    expect(later.savedToday).toBeLessThanOrEqual(costs(ended?.endedAt ?? 0, later.at) + 1);
    expect(later.savedToday).toBeGreaterThanOrEqual(costs(stop?.confirmedAt ?? 0, later.at) - 1);
    const resolved = later.alerts.find((one) => one.id === id);
    expect(resolved?.state).toBe('resolved');
    expect(resolved?.resolvedAt).toBeGreaterThanOrEqual(ended?.endedAt ?? 0);
    const idle = costs(resolved?.since ?? 0, resolved?.resolvedAt ?? 0);
    expect(Math.abs(later.wastedToday - idle)).toBeLessThanOrEqual(2);
    // It no longer counts in the rate, and costs nothing more.
    expect(later.rate.micros).toBe(first.rate.micros - RATE);

    // The exporters of machines that were switched off are missed by nobody.
    expect(new Set(later.accounts.map(({ state }) => state))).toEqual(new Set(['ok']));

    // No job that is well was ever said to be in trouble.
    const fired = watch.seen.flatMap(({ alerts }) =>
      alerts.filter(isTrouble).map(({ subject }) => subject),
    );
    expect(new Set(fired)).toEqual(new Set([jobId]));

    // All other machines of AWS end, too; then the ledger is what the fleet says that each has cost.
    const { account, metered } = await settle(watch);
    expect(account.instances).toHaveLength(5);
    for (const { id, name, micros } of account.instances)
      expect(Math.abs((metered.get(id) ?? 0) - micros), name).toBeLessThanOrEqual(5);
  });
});

/** What is but good to know (a lower price, Monday's note), and what lies about, is no trouble. */
function isTrouble({ state, severity, subjectKind }: Snapshot['alerts'][number]): boolean {
  return state === 'firing' && severity !== 'info' && subjectKind !== 'leftover';
}

function isComplete({ jobs }: Snapshot): boolean {
  return (
    jobs.length === 16 &&
    jobs.every(({ rate }) => rate.micros > 0) &&
    jobs.every(({ source, activity }) => source !== 'aws' || activity !== undefined)
  );
}
