import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { HOUR, MINUTE, startOfLocalDay } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { clockAt, Home, kill, snapshotWhere, until } from './live.ts';

const accountIn = (snapshot: Snapshot, folder: string) =>
  snapshot.accounts.find((account) => account.name === folder);

test('a job that works on as before is looked at now and then, one that does less at once', async () => {
  // Slow: what is put off then takes a long time, what comes at once does not.
  await using home = new Home(clockAt(0.25));
  const folder = home.folder('a');
  home.configure({ sources: { processes: { folders: [folder] } } });
  writeFileSync(join(folder, 'quoted-once'), '');
  writeFileSync(join(folder, 'busy'), '0.9');
  home.job(folder, { name: 'train' });
  const link = await home.connect();
  const activityIs = (level: number) =>
    snapshotWhere(link, `an activity of ${level}`, ({ jobs }) => jobs[0]?.activity === level);
  await activityIs(0.9);
  const { id } = await link.request('snapshot', {});
  // Some seven answers come in this time, and nothing is wrong.
  await pause(5000);
  expect((await link.request('snapshot', {})).id - id).toBeLessThanOrEqual(2);
  const fell = performance.now();
  writeFileSync(join(folder, 'busy'), '0.1');
  await activityIs(0.1);
  expect(performance.now() - fell).toBeLessThan(20_000);
});

test('of a job that begins on a GPU that was read before, the next reading is shown at once', async () => {
  await using home = new Home(clockAt(0.25));
  const folder = home.folder('a');
  home.configure({ sources: { processes: { folders: [folder] } } });
  writeFileSync(join(folder, 'quoted-once'), '');
  writeFileSync(join(folder, 'busy'), '0.9');
  const link = await home.connect();
  await snapshotWhere(link, 'the account', (it) => accountIn(it, folder)?.state === 'ok');
  // Its readings are no longer news.
  await pause(5000);
  const began = performance.now();
  home.job(folder, { name: 'train' });
  await snapshotWhere(link, 'its activity', ({ jobs }) => jobs[0]?.activity === 0.9);
  expect(performance.now() - began).toBeLessThan(20_000);
});

test('where nothing is heard there is a tick each minute', async () => {
  await using home = new Home(clockAt(60));
  const link = await home.connect();
  await until('the search', async () => (await link.request('doctor', {})).looked.length > 0);
  const { id } = await link.request('snapshot', {});
  await snapshotWhere(link, 'three ticks', (snapshot) => snapshot.id >= id + 3);
});

test('a source that foretells is asked then, and by its cadence once something may be amiss', async () => {
  await using home = new Home();
  const folder = home.folder('a');
  home.configure({ sources: { processes: { folders: [folder] } } });
  writeFileSync(join(folder, 'busy'), '0.9');
  writeFileSync(join(folder, 'nothing-new'), '');
  home.job(folder, { name: 'train' });
  const link = await home.connect();
  const activityIs = (level: number) =>
    snapshotWhere(link, `an activity of ${level}`, ({ jobs }) => jobs[0]?.activity === level);
  await link.request('refresh', {});
  await activityIs(0.9);
  const answeredAt = async () =>
    accountIn(await link.request('snapshot', {}), folder)?.lastSuccessAt ?? 0;
  await pause(500);
  const well = await answeredAt();
  await pause(1500);
  expect(await answeredAt()).toBe(well);
  writeFileSync(join(folder, 'busy'), '0.1');
  await link.request('refresh', {});
  await activityIs(0.1);
  const amiss = await answeredAt();
  await until('further answers', async () => (await answeredAt()) > amiss + 1500);
});

test('a job is found, priced, metered, and its readings shown', async () => {
  await using home = new Home();
  const folder = home.folder('a');
  home.configure({ sources: { processes: { folders: [folder], pricePerHour: 7200 } } });
  writeFileSync(join(folder, 'busy'), '0.75');
  const { id } = home.job(folder, { name: 'train' });
  const link = await home.connect();
  const seen = await snapshotWhere(link, 'a busy and priced job', (snapshot) => {
    const job = snapshot.jobs.find((one) => one.id === id);
    return job?.activity !== undefined && job.today.micros > 0;
  });
  expect(seen.jobs[0]).toMatchObject({
    name: 'train',
    gpus: 1,
    rate: { micros: 7_200_000_000, provenance: 'quoted', uncertain: false, unpriced: 0 },
    activity: 0.75,
    stoppable: true,
  });
  expect(seen.jobs[0]?.recentActivity.at(-1)).toBe(0.75);
  expect(seen.rate.micros).toBe(7_200_000_000);
  expect(seen.nodes[0]).toMatchObject({ price: { microsPerHour: 7_200_000_000 } });
  expect(accountIn(seen, folder)).toMatchObject({ state: 'ok', title: `Processes: ${folder}` });
  expect(accountIn(seen, folder)?.spentToday).toBeGreaterThan(0);

  // The job's process has run since long before today: all of today is its.
  const today = (Date.now() - startOfLocalDay(Date.now())) / HOUR;
  expect(seen.today.micros).toBe(seen.jobs[0]?.today.micros);
  expect(seen.today.micros / 7_200_000_000).toBeLessThanOrEqual(today + 0.01);
  expect(seen.jobs[0]?.total.micros).toBeGreaterThanOrEqual(seen.jobs[0]?.today.micros ?? 0);
  const from = startOfLocalDay(Date.now());
  const history = await link.request('history', { from, to: Date.now(), stepMs: HOUR });
  expect(history.series.map((series) => series.name)).toContain('train');
});

test('a source that hangs delays no other, and its state is shown as stale', async () => {
  await using home = new Home();
  const [deaf, good] = [home.folder('deaf'), home.folder('good')];
  home.configure({ sources: { processes: { folders: [deaf, good] } } });
  const [stuck, lively] = [home.job(deaf, { name: 'stuck' }), home.job(good, { name: 'lively' })];
  const link = await home.connect();
  await snapshotWhere(link, 'both jobs', (snapshot) => snapshot.jobs.length === 2);
  writeFileSync(join(deaf, 'hang'), '');
  const hung = await snapshotWhere(
    link,
    'the failure',
    (snapshot) => accountIn(snapshot, deaf)?.failure,
  );
  expect(accountIn(hung, deaf)).toMatchObject({
    state: 'stale',
    failure: { kind: 'unreachable', message: 'no answer within 3 s' },
  });
  // The other goes on being asked, and what hangs keeps its last state.
  const since = accountIn(hung, good)?.lastSuccessAt ?? 0;
  const later = await snapshotWhere(
    link,
    'five more answers of the other',
    (snapshot) => (accountIn(snapshot, good)?.lastSuccessAt ?? 0) > since + 1500,
  );
  expect(accountIn(later, good)?.state).toBe('ok');
  expect(later.jobs.find((job) => job.id === stuck.id)).toMatchObject({ state: 'running' });
  lively.child.kill();
  await snapshotWhere(link, 'the end of the lively one', (snapshot) =>
    snapshot.jobs.some((job) => job.id === lively.id && job.state === 'ended'),
  );
});

test('a failure is shown with its remedy, and goes when it is mended', async () => {
  await using home = new Home();
  const folder = home.folder('a');
  writeFileSync(join(folder, 'deny'), '');
  home.configure({ sources: { processes: { folders: [folder] } } });
  const link = await home.connect();
  const failed = await snapshotWhere(
    link,
    'the failure',
    (snapshot) => accountIn(snapshot, folder)?.state === 'failed',
  );
  expect(accountIn(failed, folder)?.failure).toMatchObject({
    kind: 'denied',
    message: 'the file deny is there',
    remedy: `remove it from ${folder}`,
  });
  rmSync(join(folder, 'deny'));
  await link.request('refresh', {});
  await snapshotWhere(link, 'health', (snapshot) => accountIn(snapshot, folder)?.state === 'ok');
});

test('burnrate.yaml is read anew when it changes; a mistake leaves the last good one', async () => {
  await using home = new Home();
  const [a, b] = [home.folder('a'), home.folder('b')];
  const link = await home.connect();
  const empty = await link.request('doctor', {});
  expect(empty.accounts).toEqual([]);
  await until('the search', async () => (await link.request('doctor', {})).looked.length > 0);

  home.configure({ sources: { processes: { folders: [a] } } });
  await snapshotWhere(link, 'account a', (snapshot) => accountIn(snapshot, a)?.state === 'ok');
  writeFileSync(home.paths.config, `sources:\n  processes:\n    folders: nonsense\n`);
  const wrong = await snapshotWhere(link, 'a notice', (snapshot) => snapshot.notices.length > 0);
  expect(wrong.notices[0]?.message).toContain(`${home.paths.config}:3:14: `);
  expect(wrong.notices[0]?.message).toContain('sources.processes.folders');
  expect(accountIn(wrong, a)?.state).toBe('ok');

  home.configure({ sources: { processes: { folders: [b] } } });
  const right = await snapshotWhere(link, 'b instead of a', (snapshot) => {
    return accountIn(snapshot, b)?.state === 'ok' && snapshot.notices.length === 0;
  });
  // Its node is taken to run on, so the account that is gone is still told of.
  expect(accountIn(right, a)).toMatchObject({
    state: 'stale',
    failure: { kind: 'not-configured' },
  });
  const report = await link.request('doctor', {});
  expect(report.accounts.map((line) => line.title)).toEqual([`Processes: ${b}`]);
  expect(report.accounts[0]?.checks[0]).toMatchObject({ ok: true, message: `reads ${b}` });
  expect(report.collector).toMatchObject({ socket: home.paths.socket, log: home.paths.log });
});

test('idle work is found, told to one face alone, snoozed and acknowledged', async () => {
  // A job counts as at work after the better part of a minute: time runs faster here.
  await using home = new Home(clockAt(20));
  const folder = home.folder('a');
  home.configure({
    sources: { processes: { folders: [folder] } },
    cadence: { accountsSeconds: 15, telemetrySeconds: 5 },
    alerts: { idle: { forSeconds: 1 } },
  });
  writeFileSync(join(folder, 'busy'), '0.92');
  const { id } = home.job(folder, { name: 'train' });
  const [one, two] = [await home.connect(), await home.connect()];
  const busy = await snapshotWhere(one, 'a busy job', ({ jobs }) => jobs[0]?.activity === 0.92);
  await snapshotWhere(one, 'a minute of work', ({ at }) => at > busy.at + MINUTE);
  writeFileSync(join(folder, 'busy'), '0.18');
  const idle = await snapshotWhere(one, 'the alert', (snapshot) =>
    snapshot.alerts.some((alert) => alert.state === 'firing'),
  );
  const alert = idle.alerts.find((it) => it.rule === 'idle' && it.state === 'firing');
  expect(alert).toMatchObject({ rule: 'idle', subject: id, acknowledged: false });
  const alertId = alert?.id ?? '';
  const claims = await Promise.all(
    [one, two, one].map((link) => link.request('claimAlerts', { ids: [alertId] })),
  );
  expect(claims.flatMap((claim) => claim.granted)).toEqual([alertId]);
  await one.request('snoozeAlert', { id: alertId, forMs: HOUR });
  await one.request('acknowledgeAlert', { id: alertId });
  const told = await one.request('snapshot', {});
  expect(told.alerts[0]).toMatchObject({ acknowledged: true });
  expect(told.alerts[0]?.snoozedUntil).toBeGreaterThan(Date.now());
  const wasted = await snapshotWhere(one, 'waste', (snapshot) => snapshot.wastedToday > 0);
  expect(wasted.wastedToday).toBeLessThan(32_000_000);
});

test('after kill -9 and a restart everything is there again', async () => {
  await using home = new Home();
  const folder = home.folder('a');
  home.configure({ sources: { processes: { folders: [folder] } } });
  writeFileSync(join(folder, 'busy'), '0.5');
  const { id } = home.job(folder, { name: 'train' });
  const link = await home.connect();
  const before = await snapshotWhere(link, 'a metered job', (snapshot) => {
    return (snapshot.jobs[0]?.today.micros ?? 0) > 0 && snapshot.jobs[0]?.activity !== undefined;
  });
  // What only the database knows: the source fails from now on.
  writeFileSync(join(folder, 'deny'), '');
  const { pid } = link.welcome;
  kill(pid, 'SIGKILL');
  await until('a new collector', () => link.connected && link.welcome.pid !== pid);
  const after = await snapshotWhere(link, 'the failing account', (snapshot) => {
    return accountIn(snapshot, folder)?.failure && snapshot.jobs.length > 0;
  });
  expect(after.id).toBeGreaterThan(before.id);
  expect(after.jobs[0]).toMatchObject({ id, name: 'train', state: 'running' });
  expect(after.jobs[0]?.total.micros).toBeGreaterThanOrEqual(before.jobs[0]?.total.micros ?? 0);
  expect(after.rate.micros).toBe(32_000_000);
});

test('a hostile job name is shown clean, and nothing else is disturbed', async () => {
  await using home = new Home();
  const folder = home.folder('a');
  home.configure({ sources: { processes: { folders: [folder] } } });
  const hostile = home.job(folder, {
    name: `\u001b[2J\u001b]0;owned\u0007<img src=x onerror=alert(1)>${'A'.repeat(10_000)}`,
  });
  const plain = home.job(folder, { name: 'train' });
  const link = await home.connect();
  const { jobs } = await snapshotWhere(link, 'both', (snapshot) => snapshot.jobs.length === 2);
  const name = jobs.find((job) => job.id === hostile.id)?.name ?? '';
  expect(name).toMatch(/^<img src=x onerror=alert\(1\)>A+…$/);
  expect(name.length).toBe(200);
  expect(jobs.find((job) => job.id === plain.id)?.name).toBe('train');
});
