import { expect, test } from 'vitest';
import { exitOf, Home, snapshotWhere } from '../collector/live.ts';
import { NO_TERMINAL, OnTerminal } from './terminal.ts';

/** A home whose one account holds a job of mine. */
async function homeWithJob() {
  const home = new Home();
  const folder = home.folder('cluster');
  home.configure({ sources: { processes: { folders: [folder] } } });
  const job = home.job(folder, { name: 'train-llama' });
  home.start();
  const link = await home.connect();
  await snapshotWhere(link, 'the job', ({ jobs }) => jobs.length > 0);
  return { home, job };
}

const LEAVE_ALTERNATE_SCREEN = '\u001b[?1049l';
const SHOW_CURSOR = '\u001b[?25h';

test.skipIf(NO_TERMINAL)(
  'top shows the job, asks before it stops it, stops it, and gives the terminal back',
  async () => {
    const { home, job } = await homeWithJob();
    await using _ = home;
    using top = new OnTerminal(home, ['top']);
    await top.sees('train-llama');
    top.type('s');
    await top.sees('what the process has not saved');
    top.type('n');
    await top.sees('Nothing was stopped.');
    expect(job.child.exitCode ?? job.child.signalCode).toBeNull();
    top.type('s');
    await top.sees(`Send SIGTERM to process ${job.pid}`);
    top.type('y');
    await exitOf(job.child);
    expect(job.child.signalCode).toBe('SIGTERM');
    await top.sees('train-llama has stopped. It saves');
    top.type('q');
    expect(await top.end()).toBe(0);
    expect(top.written.endsWith(LEAVE_ALTERNATE_SCREEN)).toBe(true);
    expect(top.written).toContain(SHOW_CURSOR);
  },
);

test.skipIf(NO_TERMINAL)('Ctrl-C ends top, and help lies over the table until escape', async () => {
  const { home } = await homeWithJob();
  await using _ = home;
  using top = new OnTerminal(home, ['top']);
  await top.sees('train-llama');
  top.type('?');
  await top.sees('What the figures rest on');
  top.type('\u001b');
  await top.sees('↑↓ select');
  top.type('\u0003');
  expect(await top.end()).toBe(0);
  expect(top.written.endsWith(LEAVE_ALTERNATE_SCREEN)).toBe(true);
});

test.skipIf(NO_TERMINAL)('stop asks on a terminal; anything but yes stops nothing', async () => {
  const { home, job } = await homeWithJob();
  await using _ = home;
  using kept = new OnTerminal(home, ['stop', 'train-llama']);
  await kept.sees('Stop it? [y/N]');
  kept.type('\r');
  await kept.sees('Nothing was stopped.');
  expect(await kept.end()).toBe(4);
  expect(job.child.exitCode ?? job.child.signalCode).toBeNull();
  using done = new OnTerminal(home, ['stop', 'train-llama']);
  await done.sees('Stop it? [y/N]');
  done.type('y\r');
  await done.sees('train-llama has stopped. It saves');
  expect(await done.end()).toBe(0);
  expect(await exitOf(job.child)).toBeNull();
});

test.skipIf(NO_TERMINAL)('NO_COLOR is honoured on a terminal', async () => {
  const { home } = await homeWithJob();
  await using _ = home;
  using plain = new OnTerminal(home, ['status'], { NO_COLOR: '1' });
  expect(await plain.end()).toBe(0);
  expect(plain.written).not.toContain('\u001b');
  using coloured = new OnTerminal(home, ['status']);
  expect(await coloured.end()).toBe(0);
  expect(coloured.written).toContain('\u001b[1;38;5;208m$');
});
