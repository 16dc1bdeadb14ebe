import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import type { CollectorConnection } from '@burnrate/shared/protocol/client.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { exitOf, Home, isAlive, kill, snapshotWhere, until } from './live.ts';

/** A home with one account and a job in it that a connected face sees. */
async function watched(file: { name: string; mine?: boolean } = { name: 'train' }) {
  const home = new Home();
  const folder = home.folder('a');
  home.configure({ sources: { processes: { folders: [folder] } } });
  const job = home.job(folder, file);
  const link = await home.connect();
  await snapshotWhere(link, 'the job', (snapshot) => jobIn(snapshot, job.id)?.state === 'running');
  return { home, folder, job, link };
}

const jobIn = (snapshot: Snapshot, id: string) => snapshot.jobs.find((job) => job.id === id);
const stopIn = (snapshot: Snapshot, id: string) => snapshot.stops.find((one) => one.jobId === id);

async function agreeAndStop(link: CollectorConnection, jobId: string) {
  const { action } = await link.request('planStop', { jobId });
  return link.request('stop', { jobId, action });
}

function auditIn(home: Home): string[] {
  const { store } = openStore(home.paths.database, { now: Date.now });
  const actions = store.auditLog(0).map((entry) => entry.action);
  store.close();
  return actions;
}

test('a stop is planned, audited, sent, followed, and confirmed by the end of the job', async () => {
  const { home, job, link } = await watched();
  await using _ = home;
  const plan = await link.request('planStop', { jobId: job.id });
  expect(plan).toMatchObject({ action: `Send SIGTERM to process ${job.pid}`, reversible: false });
  expect(isAlive(job.pid)).toBe(true);
  const stop = await link.request('stop', { jobId: job.id, action: plan.action });
  expect(stop).toMatchObject({ jobName: 'train', state: 'sent', microsPerHour: 32_000_000 });
  await exitOf(job.child);
  expect(job.child.signalCode).toBe('SIGTERM');
  const done = await snapshotWhere(
    link,
    'the confirmation',
    (snapshot) => stopIn(snapshot, job.id)?.state === 'confirmed',
  );
  expect(jobIn(done, job.id)).toMatchObject({ state: 'ended', stoppable: false });
  expect(stopIn(done, job.id)?.confirmedAt).toBeGreaterThanOrEqual(stop.requestedAt);
  expect(auditIn(home)).toEqual(['stop', 'stop-confirmed']);
  // The node is not mine, so what the job no longer costs is saved.
  const saving = await snapshotWhere(link, 'savings', (snapshot) => snapshot.savedToday > 0);
  expect(saving.savedToday).toBeLessThan(32_000_000);
});

test('a second click answers with the same stop, and sends nothing', async () => {
  const { home, job, link } = await watched();
  await using _ = home;
  const { action } = await link.request('planStop', { jobId: job.id });
  const other = await home.connect();
  const clicks = await Promise.all(
    [link, link, other].map((one) => one.request('stop', { jobId: job.id, action })),
  );
  expect(new Set(clicks.map((stop) => stop.id)).size).toBe(1);
  await exitOf(job.child);
  await snapshotWhere(link, 'the end', (s) => stopIn(s, job.id)?.state === 'confirmed');
  const late = await link.request('stop', { jobId: job.id, action });
  expect(late).toMatchObject({ id: clicks[0]?.id, state: 'confirmed' });
  expect(auditIn(home)).toEqual(['stop', 'stop-confirmed']);
});

test('clicks at once are one stop, also while what it would do is still being asked', async () => {
  const { home, folder, job, link } = await watched();
  await using _ = home;
  const other = await home.connect();
  writeFileSync(join(folder, 'slow-plan'), '');
  const action = `Send SIGTERM to process ${job.pid}`;
  const sent = [link, other, link].map((one) => one.request('stop', { jobId: job.id, action }));
  // All three are with the collector once a later request of each face has been answered.
  for (const one of [link, other]) await one.request('snapshot', {});
  rmSync(join(folder, 'slow-plan'));
  const clicks = await Promise.all(sent);
  expect(new Set(clicks.map((stop) => stop.id)).size).toBe(1);
  await snapshotWhere(link, 'the end', (s) => stopIn(s, job.id)?.state === 'confirmed');
  expect(auditIn(home)).toEqual(['stop', 'stop-confirmed']);
});

test('a job that is not mine cannot be stopped, whatever is asked', async () => {
  const { home, job, link } = await watched({ name: 'theirs', mine: false });
  await using _ = home;
  const snapshot = await link.request('snapshot', {});
  expect(jobIn(snapshot, job.id)).toMatchObject({
    mine: false,
    stoppable: false,
    unstoppableBecause: 'This job belongs to bob.',
  });
  expect(snapshot.rate.micros).toBe(0);
  await expect(link.request('planStop', { jobId: job.id })).rejects.toThrow(/belongs to bob/);
  const action = `Send SIGTERM to process ${job.pid}`;
  await expect(link.request('stop', { jobId: job.id, action })).rejects.toThrow(/belongs to bob/);
  expect(isAlive(job.pid)).toBe(true);
  expect(auditIn(home)).toEqual([]);
});

test('what was not agreed to is not done', async () => {
  const { home, job, link } = await watched();
  await using _ = home;
  await expect(
    link.request('stop', { jobId: job.id, action: 'Send SIGTERM to process 1' }),
  ).rejects.toThrow(/has changed, nothing was done/);
  expect(isAlive(job.pid)).toBe(true);
  expect(auditIn(home)).toEqual([]);
});

test('without an audit log nothing is stopped', async () => {
  const { home, job, link } = await watched();
  await using _ = home;
  const { action } = await link.request('planStop', { jobId: job.id });
  // The disk is full, as far as the audit log is concerned.
  const database = new Database(home.paths.database);
  database.exec(
    "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
  );
  await expect(link.request('stop', { jobId: job.id, action })).rejects.toThrow(
    /Nothing was stopped: the audit log cannot be written.*disk is full.*kill \d+/s,
  );
  expect(isAlive(job.pid)).toBe(true);
  expect(stopIn(await link.request('snapshot', {}), job.id)).toBeUndefined();
  database.exec('DROP TRIGGER full');
  database.close();
  expect(await link.request('stop', { jobId: job.id, action })).toMatchObject({ state: 'sent' });
  await exitOf(job.child);
});

test('a stop that failed stays until it is dismissed, and can be tried again', async () => {
  const { home, folder, job, link } = await watched();
  await using _ = home;
  writeFileSync(join(folder, 'deny-plan'), '');
  await expect(link.request('planStop', { jobId: job.id })).rejects.toThrow(
    `the file deny-plan is there. remove it from ${folder}`,
  );
  rmSync(join(folder, 'deny-plan'));
  writeFileSync(join(folder, 'deny-stop'), '');
  const failed = await agreeAndStop(link, job.id);
  expect(failed).toMatchObject({
    state: 'failed',
    error: 'the file deny-stop is there',
    remedy: `remove it from ${folder}`,
  });
  const shown = await link.request('snapshot', {});
  expect(stopIn(shown, job.id)).toMatchObject({ id: failed.id, state: 'failed' });
  await link.request('dismissStop', { id: failed.id });
  expect(stopIn(await link.request('snapshot', {}), job.id)).toBeUndefined();

  rmSync(join(folder, 'deny-stop'));
  const second = await agreeAndStop(link, job.id);
  expect(second).toMatchObject({ state: 'sent' });
  expect(second.id).not.toBe(failed.id);
  await exitOf(job.child);
  expect(auditIn(home).slice(0, 3)).toEqual(['stop', 'stop-failed', 'stop']);
});

test('a job that ends before its provider answers is confirmed once', async () => {
  const { home, folder, job, link } = await watched();
  await using _ = home;
  writeFileSync(join(folder, 'slow-stop'), '');
  const answer = agreeAndStop(link, job.id);
  await snapshotWhere(link, 'the end', (s) => stopIn(s, job.id)?.state === 'confirmed');
  rmSync(join(folder, 'slow-stop'));
  expect(await answer).toMatchObject({ state: 'confirmed' });
  expect(stopIn(await link.request('snapshot', {}), job.id)?.state).toBe('confirmed');
  expect(auditIn(home)).toEqual(['stop', 'stop-confirmed']);
});

test('a stop under way survives the collector, and is never sent twice', async () => {
  const { home, folder, job, link } = await watched();
  await using _ = home;
  // The job does not heed the signal, and writes down each one: its stop stays under way.
  const [ready, signals] = [join(home.path, 'ready'), join(home.path, 'signals')];
  const stubborn = home.spawn(process.execPath, [
    '-e',
    `const { appendFileSync, writeFileSync } = require('node:fs');
     process.on('SIGTERM', () => appendFileSync(${JSON.stringify(signals)}, 'x'));
     setInterval(() => {}, 1000);
     writeFileSync(${JSON.stringify(ready)}, '');`,
  ]);
  await until('the job to listen', () => existsSync(ready));
  rmSync(join(folder, `${job.pid}.json`));
  const pid = stubborn.pid ?? 0;
  writeFileSync(join(folder, `${pid}.json`), JSON.stringify({ name: 'stubborn' }));
  const id = `processes:${folder}:${pid}`;
  await snapshotWhere(link, 'the stubborn job', (snapshot) => jobIn(snapshot, id));
  const sent = await agreeAndStop(link, id);
  expect(sent.state).toBe('sent');
  await until('its signal', () => existsSync(signals));

  const before = link.welcome.pid;
  kill(before, 'SIGKILL');
  await until('a new collector', () => link.connected && link.welcome.pid !== before);
  const after = await snapshotWhere(link, 'the stop', (snapshot) => stopIn(snapshot, id));
  expect(stopIn(after, id)).toMatchObject({ id: sent.id, state: 'sent' });
  const again = await link.request('stop', { jobId: id, action: sent.plan.action });
  expect(again.id).toBe(sent.id);
  // The new collector looks again and again, and never sends another.
  const { id: seen } = await link.request('snapshot', {});
  await snapshotWhere(link, 'more looks', (snapshot) => snapshot.id > seen + 2);
  expect(readFileSync(signals, 'utf8')).toBe('x');

  stubborn.kill('SIGKILL');
  await snapshotWhere(link, 'the end', (snapshot) => stopIn(snapshot, id)?.state === 'confirmed');
  expect(auditIn(home)).toEqual(['stop', 'stop-confirmed']);
});
