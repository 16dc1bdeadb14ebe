import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { clockAt, exitOf, Home, isAlive, kill, snapshotWhere, until } from './live.ts';

const SPEED = 15;
const MICROS_PER_HOUR = 32e6;

/** A job in fast time, whose budget is reached in so many minutes of it. */
async function nearItsBudget(minutes: number) {
  const home = new Home(clockAt(SPEED));
  const folder = home.folder('a');
  const sources = { processes: { folders: [folder] } };
  home.configure({ sources, cadence: { accountsSeconds: 15 } });
  const job = home.job(folder, { name: 'train' });
  const link = await home.connect();
  const { at, jobs } = await snapshotWhere(link, 'a metered job', (snapshot) =>
    snapshot.jobs.some(({ total }) => total.micros > 0),
  );
  const spent = jobs[0]?.total.micros ?? 0;
  const perJob = (spent + (MICROS_PER_HOUR * minutes * MINUTE) / HOUR) / 1e6;
  home.configure({
    sources,
    cadence: { accountsSeconds: 15 },
    budgets: [{ name: 'cap', perJob, action: 'stop' }],
  });
  const announced = await snapshotWhere(link, 'the announcement', (snapshot) => noticeIn(snapshot));
  return { home, job, link, reachedAt: at + minutes * MINUTE, notice: noticeIn(announced) };
}

const noticeIn = ({ alerts }: Snapshot) =>
  alerts.find(({ stops, state }) => stops && state === 'firing');

test('a job is stopped when its budget is spent, though the collector was killed in between', async () => {
  const { home, job, link, reachedAt, notice } = await nearItsBudget(2);
  await using _ = home;
  expect(notice).toMatchObject({ severity: 'critical', stops: { jobIds: [job.id] } });
  const before = link.welcome.pid;
  kill(before, 'SIGKILL');
  await until('a new collector', () => link.connected && link.welcome.pid !== before);
  expect(isAlive(job.pid)).toBe(true);

  await exitOf(job.child);
  const { stops } = await snapshotWhere(link, 'the end', (snapshot) =>
    snapshot.stops.some(({ state }) => state === 'confirmed'),
  );
  expect(stops).toHaveLength(1);
  expect(stops[0]?.requestedBy).toContain('budget cap');
  const late = (stops[0]?.requestedAt ?? 0) - reachedAt;
  // The collector meters on while it is measured here: it may come to it somewhat sooner.
  expect(late).toBeGreaterThan(-MINUTE);
  expect(late).toBeLessThan(MINUTE);
});

test('who says to keep it running is heeded', async () => {
  const { home, job, link, reachedAt, notice } = await nearItsBudget(2);
  await using _ = home;
  await link.request('acknowledgeAlert', { id: notice?.id ?? '' });
  await snapshotWhere(link, 'the time after', ({ at }) => at > reachedAt + MINUTE);
  expect(isAlive(job.pid)).toBe(true);
  expect((await link.request('snapshot', {})).stops).toEqual([]);
});
