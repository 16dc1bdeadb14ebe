import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JobView, Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { DoctorReport, History } from '@burnrate/shared/protocol/protocol.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { exitOf, Home, isAlive, snapshotWhere, until } from '../collector/live.ts';
import type { JobFile } from '../collector/process_source.ts';
import { Burnrate, burnrate, CONTROLS } from './burnrate.ts';

/** A home with one account, whose collector has seen these jobs; a name alone is one of mine. */
async function homeWith(files: readonly (string | JobFile)[]) {
  const home = new Home();
  const folder = home.folder('cluster');
  home.configure({ sources: { processes: { folders: [folder] } } });
  const jobs = files.map((file) =>
    home.job(folder, typeof file === 'string' ? { name: file } : file),
  );
  home.start();
  await home.collectorPid();
  const link = await home.connect();
  await snapshotWhere(link, 'all jobs', (snapshot) => snapshot.jobs.length >= jobs.length);
  return { home, folder, jobs, link };
}

test('status shows the rate, the jobs and the account; with --json it is the snapshot', async () => {
  const { home } = await homeWith(['train-llama']);
  await using _ = home;
  const text = await burnrate(home, ['status']);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toContain('$32.00/h quoted');
  expect(text.stdout).toContain('train-llama');
  expect(text.stdout).toContain('Processes:');
  const json = await burnrate(home, ['status', '--json']);
  expect(json.code).toBe(0);
  const snapshot = Snapshot.parse(JSON.parse(json.stdout));
  expect(snapshot.jobs.map(({ name }) => name)).toEqual(['train-llama']);
});

test('jobs lists what is mine and runs; --all adds the rest', async () => {
  const { home } = await homeWith(['mine', { name: 'of-bob', mine: false }]);
  await using _ = home;
  const mine = await burnrate(home, ['jobs']);
  expect(mine.stdout).toContain('mine');
  expect(mine.stdout).not.toContain('of-bob');
  expect(mine.stdout).toContain('1 job of others or ended: burnrate jobs --all');
  const why = await burnrate(home, ['jobs', '--why']);
  expect(why.stdout).toMatch(/\n mine\n.*: quoted: \$32\.00\/h, .*(old|just now)/);
  const all = await burnrate(home, ['jobs', '--all', '--json']);
  const names = z.array(JobView).parse(JSON.parse(all.stdout));
  expect(names.map(({ name }) => name)).toEqual(['mine', 'of-bob']);
});

test('stop says what is lost, sends it, and waits until the job has really ended', async () => {
  const { home, jobs } = await homeWith(['train']);
  await using _ = home;
  const stopped = await burnrate(home, ['stop', 'train', '--yes']);
  expect(stopped.stdout).toContain('what the process has not saved');
  expect(stopped.stdout).toContain('kill ');
  expect(stopped.stdout).toContain('train has stopped. It saves $32.00 per hour.');
  expect(stopped.stderr).toContain('Waiting until the job has ended');
  expect(stopped.code).toBe(0);
  expect(jobs[0] && isAlive(jobs[0].pid)).toBe(false);
  const again = await burnrate(home, ['stop', 'train', '--yes']);
  expect(again.code).toBe(1);
  expect(again.stderr).toBe('burnrate: train cannot be stopped. This job has already ended.\n');
});

test('stop without --yes and without a terminal to ask on stops nothing', async () => {
  const { home, jobs } = await homeWith(['train']);
  await using _ = home;
  const refused = await burnrate(home, ['stop', 'train']);
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain('Add --yes');
  expect(refused.stdout).toContain('Lost for good');
  expect(jobs[0] && isAlive(jobs[0].pid)).toBe(true);
});

test('a name that two jobs share stops neither, and lists both; an id tells them apart', async () => {
  const { home, jobs } = await homeWith(['twin', 'twin']);
  await using _ = home;
  const ambiguous = await burnrate(home, ['stop', 'twin', '--yes']);
  expect(ambiguous.code).toBe(2);
  for (const { id, pid } of jobs) {
    expect(ambiguous.stderr).toContain(id);
    expect(isAlive(pid)).toBe(true);
  }
  const [first, second] = jobs;
  const one = await burnrate(home, ['stop', String(first?.pid), '--yes']);
  expect(one.code).toBe(0);
  expect(await exitOf(first?.child ?? Object())).toBeNull();
  expect(second && isAlive(second.pid)).toBe(true);
});

test('a job that nobody knows is said to be unknown, with names that are like it', async () => {
  const { home } = await homeWith(['train-llama']);
  await using _ = home;
  const unknown = await burnrate(home, ['stop', 'llama', '--yes']);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/No job goes by "llama". Did you mean: .*\(train-llama\)/);
});

test('a job of an account that is still looked for is waited for, and that is said', async () => {
  await using home = new Home();
  const [near, far] = [home.folder('near'), home.folder('far')];
  home.configure({ sources: { processes: { folders: [near] }, distant: { folders: [far] } } });
  writeFileSync(join(far, 'slow-search'), '');
  home.job(near, { name: 'eval' });
  const train = home.job(far, { name: 'train' });
  home.start();
  const link = await home.connect();
  await snapshotWhere(link, 'what is near', ({ jobs }) => jobs.length === 1);
  const stop = new Burnrate(home, ['stop', 'train', '--yes']);
  await until('it to say for what it waits', () =>
    stop.stderr.includes('Nobody has told of "train" yet. Waiting for the search for accounts'),
  );
  rmSync(join(far, 'slow-search'));
  expect(await stop.end()).toMatchObject({ code: 0 });
  expect(isAlive(train.pid)).toBe(false);
});

test('a job that is unknown where an account does not answer is said to be so', async () => {
  const { home, folder } = await homeWith(['train']);
  await using _ = home;
  writeFileSync(join(folder, 'deny'), '');
  const link = await home.connect();
  await snapshotWhere(link, 'a failure', ({ accounts }) => accounts[0]?.failure);
  const { code, stderr } = await burnrate(home, ['stop', 'nonsense', '--yes']);
  expect(code).toBe(2);
  expect(stderr).toContain(`No job goes by "nonsense". Not all is known of Processes: ${folder}`);
  expect(stderr).toContain('burnrate doctor');
});

test("a stop that is refused, and another's job, fail with the reason and what to do", async () => {
  const { home, folder } = await homeWith(['train', { name: 'of-bob', mine: false }]);
  await using _ = home;
  const others = await burnrate(home, ['stop', 'of-bob', '--yes']);
  expect(others).toMatchObject({ code: 1 });
  expect(others.stderr).toContain('belongs to bob');
  writeFileSync(join(folder, 'deny-stop'), '');
  const refused = await burnrate(home, ['stop', 'train', '--yes']);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('Stopping train failed: the file deny-stop is there. remove it');
});

test('history sums what was metered, as text and as the History of the protocol', async () => {
  const { home } = await homeWith(['train']);
  await using _ = home;
  const query = ['history', '--since', '2h', '--step', '5m', '--job', 'train'];
  const past = await until('charges', async () => {
    const { stdout } = await burnrate(home, [...query, '--json']);
    const answer = History.parse(JSON.parse(stdout));
    return answer.series.length > 0 && answer;
  });
  expect(past.stepMs).toBe(300_000);
  expect(past.series.map(({ name }) => name)).toEqual(['train']);
  const text = await burnrate(home, query);
  expect(text.stdout).toContain('metered in the last 2h');
  expect(text.stdout).toMatch(/ train .*\$\d/);
});

test('a length of time that is none is said to be so', async () => {
  await using home = new Home();
  for (const args of [
    ['--since', 'yesterday'],
    ['--step', '5s'],
    ['--since', '0h'],
  ]) {
    const wrong = await burnrate(home, ['history', ...args]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('is not a length of time. Write it as 90m, 24h, 7d or 2w.');
  }
});

test('doctor tells each account and the paths, and fails where something is broken', async () => {
  const { home, folder, link } = await homeWith([]);
  await using _ = home;
  await snapshotWhere(link, 'the account', ({ accounts }) => accounts[0]?.state === 'ok');
  const well = await burnrate(home, ['doctor']);
  expect(well.code).toBe(0);
  expect(well.stdout).toContain('1 account, all well.');
  expect(well.stdout).toContain(`reads ${folder}`);
  for (const path of [home.paths.database, home.paths.config, home.paths.socket, home.paths.log]) {
    expect(well.stdout).toContain(path);
  }
  writeFileSync(join(folder, 'deny'), '');
  const broken = await burnrate(home, ['doctor']);
  expect(broken.code).toBe(1);
  expect(broken.stdout).toContain('1 thing to mend.');
  expect(broken.stdout).toContain('✗ jobs  the file deny is there');
  expect(broken.stdout).toContain('→ remove it from');
  const json = await burnrate(home, ['doctor', '--json']);
  expect(json.code).toBe(1);
  expect(DoctorReport.parse(JSON.parse(json.stdout)).accounts).toHaveLength(1);
});

test('where no account is found, status and doctor say where was looked', async () => {
  await using home = new Home();
  home.start();
  await home.collectorPid();
  const status = await burnrate(home, ['status']);
  expect(status.stdout).toContain('burnrate doctor');
  const doctor = await burnrate(home, ['doctor']);
  expect(doctor.stdout).toContain('No account was found');
  expect(doctor.stdout).toContain('burnrate.yaml: sources.processes.folders is empty');
});

test('no byte of a hostile name reaches the terminal as a command', async () => {
  const hostile = '\u001b]0;owned\u0007\u001b[31mred\u009b2J<img onerror>\r\nspoofed \u202egnp';
  const { home } = await homeWith([hostile]);
  await using _ = home;
  for (const command of ['status', 'jobs', 'history', 'top']) {
    for (const args of [[command], [command, '--json']]) {
      if (args[0] === 'top' && args[1]) continue;
      const { code, stdout } = await burnrate(home, args);
      expect(code).toBe(0);
      expect(stdout).not.toMatch(CONTROLS);
      expect(stdout).not.toContain('\u202e');
    }
  }
});

test('collector stop ends the collector that runs, and says so where none does', async () => {
  const home = new Home();
  await using _ = home;
  const child = home.start();
  const pid = await home.collectorPid();
  const stopped = await burnrate(home, ['collector', 'stop']);
  expect(stopped.stdout).toBe(`The collector (process ${pid}) has ended.\n`);
  expect(await exitOf(child)).toBe(0);
  const none = await burnrate(home, ['collector', 'stop']);
  expect(none).toMatchObject({ code: 0, stdout: 'No collector runs.\n' });
});
