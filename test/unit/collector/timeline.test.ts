import { JobBudgets } from '@burnrate/shared/collector/job_budgets.ts';
import { timelineOf } from '@burnrate/shared/collector/timeline.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { Stop } from '@burnrate/shared/model/stop.ts';
import { DAY, HOUR, MINUTE, systemClock } from '@burnrate/shared/model/time.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import { expect, test } from 'vitest';
import { jobOf, nodeOf, rateOf } from '../metering/given.ts';
import { chargeOf, JOB, NOON, Place } from '../store/place.ts';

const NOW = NOON + 6 * HOUR;

const alertOf = (changes: Partial<Alert>): Alert => ({
  id: `idle:${changes.subject ?? JOB}:1`,
  rule: 'idle',
  subject: JOB,
  subjectKind: 'job',
  state: 'resolved',
  severity: 'warning',
  title: 'train is idle',
  detail: 'Its GPUs fell.',
  evidence: [],
  microsPerHour: 32e6,
  microsWasted: 16e6,
  since: NOON + HOUR,
  firedAt: NOON + HOUR + MINUTE,
  resolvedAt: NOON + 90 * MINUTE,
  acknowledged: false,
  ...changes,
});

const stopOf = (changes: Partial<Stop>): Stop => ({
  id: 's1',
  jobId: JOB,
  jobName: 'train',
  account: 'slurm:lab',
  plan: {
    jobId: JOB,
    action: 'Cancel job 1',
    equivalent: 'scancel 1',
    loses: [],
    keeps: [],
    reversible: false,
  },
  state: 'confirmed',
  requestedAt: NOON + 5 * HOUR,
  requestedBy: 'ada (vscode)',
  sentAt: NOON + 5 * HOUR + 1,
  confirmedAt: NOON + 5 * HOUR + MINUTE,
  microsPerHour: 32e6,
  microsWasted: 0,
  ...changes,
});

/** A job that ran from noon on, on one machine. */
function begin(store: Store): void {
  const node = nodeOf();
  store.saveNodes([node], NOON);
  store.saveJobs([jobOf({ id: JOB, startedAt: NOON })], NOON);
  store.writeCharges(node.id, { from: NOON, to: NOON + HOUR }, [
    chargeOf(NOON, NOON + HOUR, 32e6, { nodeId: node.id }),
  ]);
}

test('a job’s timeline tells its start, its prices, its alerts, its budgets, and its stop', () => {
  using place = new Place();
  const { store } = place.open();
  begin(store);
  for (const change of [
    rateOf(30e6, NOON - HOUR),
    rateOf(32e6, NOON + 2 * HOUR),
    {
      ...rateOf(32e6, NOON + 3 * HOUR),
      rate: { ...rateOf(32e6).rate, provenance: 'quoted' as const },
    },
  ]) {
    store.saveRate(change);
  }
  store.saveAlerts([alertOf({}), alertOf({ subject: 'slurm:lab:2', title: 'other is idle' })]);
  let now = NOON + 4 * HOUR;
  const budgets = new JobBudgets(store, { ...systemClock, now: () => now });
  const launch = { source: 'slurm', nativeIds: ['1'], action: 'stop' as const };
  budgets.set({ ...launch, ceiling: 50e6 });
  now += MINUTE;
  budgets.set(launch);
  store.saveStop(stopOf({}));

  const { events, left } = timelineOf(store, JOB, NOW);
  expect(left).toBe(0);
  expect(events.map(({ kind, at }) => [kind, (at - NOON) / MINUTE])).toEqual([
    ['stop-confirmed', 301],
    ['stop', 300],
    ['budget', 241],
    ['budget', 240],
    ['price', 180],
    ['price', 120],
    ['resolved', 90],
    ['alert', 61],
    ['start', 0],
    ['price', 0],
  ]);
  const titles = events.map(({ title }) => title);
  const of = (wanted: string) => events.filter(({ kind }) => kind === wanted);
  expect(of('price').map(({ title, price }) => ({ title, ...price }))).toEqual([
    {
      title: 'Price now quoted',
      microsPerHour: 32e6,
      beforeMicros: 32e6,
      provenance: 'quoted',
      machines: 1,
    },
    {
      title: 'Price rose',
      microsPerHour: 32e6,
      beforeMicros: 30e6,
      provenance: 'list',
      machines: 1,
    },
    { title: 'Price known', microsPerHour: 30e6, provenance: 'list', machines: 1 },
  ]);
  expect(of('budget').map(({ budget }) => budget)).toEqual([
    { action: 'stop' },
    { ceiling: 50e6, action: 'stop' },
  ]);
  expect(titles).toContain('Budget taken away');
  expect(titles).toContain('Stop asked for by ada (vscode)');
  expect(of('resolved')[0]?.wastedMicros).toBe(16e6);
  expect(titles.join()).not.toContain('other');
});

test('what has not happened is not told; a failed stop says what to do', () => {
  using place = new Place();
  const { store } = place.open();
  begin(store);
  store.saveAlerts([
    alertOf({ id: 'a', state: 'firing', resolvedAt: undefined, rule: 'preemption' }),
    alertOf({ id: 'b', state: 'firing', resolvedAt: undefined }),
  ]);
  store.saveStop(
    stopOf({ state: 'failed', confirmedAt: undefined, error: 'Denied.', remedy: 'Ask.' }),
  );
  const { events } = timelineOf(store, JOB, NOW);
  expect(events.map(({ kind }) => kind).sort()).toEqual([
    'alert',
    'preemption',
    'start',
    'stop',
    'stop-failed',
  ]);
  expect(events.find(({ kind }) => kind === 'stop-failed')?.detail).toBe('Denied. Ask.');
  expect(() => timelineOf(store, 'slurm:lab:9', NOW)).toThrow('never been seen');
});

test('the same change of many machines is one event; of very many events the latest are told', () => {
  using place = new Place();
  const { store } = place.open();
  const nodes = Array.from({ length: 12 }, (_, index) => nodeOf({ id: `aws:dev:i-${index}` }));
  store.saveNodes(nodes, NOON);
  store.saveJobs([jobOf({ id: JOB, startedAt: NOON })], NOON);
  for (const { id } of nodes) {
    store.writeCharges(id, { from: NOON, to: NOON + HOUR }, [
      chargeOf(NOON, NOON + HOUR, 1e6, { nodeId: id }),
    ]);
    for (let day = 0; day < 300; day++) {
      store.saveRate({ ...rateOf(30e6 + day, NOON + day * HOUR), nodeId: id });
    }
  }
  const { events, left } = timelineOf(store, JOB, NOON + 300 * DAY);
  expect(events).toHaveLength(200);
  // 300 changes and the start.
  expect(left).toBe(101);
  expect(events[0]?.price?.machines).toBe(12);
});
