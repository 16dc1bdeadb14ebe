import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Home, until } from '../collector/live.ts';
import { Burnrate } from './burnrate.ts';
import { NO_TERMINAL, OnTerminal } from './terminal.ts';

async function asked(run: Burnrate, text: string): Promise<void> {
  await until(text, () => run.stdout.includes(text)).catch((error: Error) => {
    throw new Error(`${error.message}; it said:\n${run.stdout}${run.stderr}`);
  });
}

test('start without a terminal tells how things stand, and ends in order when asked', async () => {
  await using home = new Home();
  const folder = home.folder('cluster');
  home.configure({ sources: { processes: { folders: [folder] } } });
  home.job(folder, { name: 'train' });
  home.start();
  const pid = await home.collectorPid();
  const run = new Burnrate(home, ['start', '--no-tray']);
  await asked(run, '$32.00/h');
  run.child.kill('SIGTERM');
  const { code, stderr } = await run.end();
  expect(code).toBe(0);
  expect(stderr).not.toContain('    at ');
  // The collector is not start's own: it ends by itself when nobody needs it.
  expect(await home.collectorPid()).toBe(pid);
  process.kill(pid, 0);
});

test('where nothing is found, start says what it looked for and how to see the demo', async () => {
  await using home = new Home();
  home.start();
  await home.collectorPid();
  const run = new Burnrate(home, ['start', '--no-tray']);
  await asked(run, 'burnrate demo');
  expect(run.stdout).toContain('No cloud account, scheduler or GPU was found.');
  expect(run.stdout).toContain('burnrate.yaml: sources.processes.folders is empty');
  run.child.kill('SIGINT');
  expect((await run.end()).code).toBe(0);
});

test.skipIf(NO_TERMINAL)(
  'on a terminal it asks about the demo, and no means the table',
  async () => {
    await using home = new Home();
    home.start();
    await home.collectorPid();
    using run = new OnTerminal(home, ['start', '--no-tray']);
    await run.sees('See it at work on a simulated fleet? [y/N]');
    run.type('n\r');
    await run.sees('No account was found.');
    run.type('q');
    expect(await run.end()).toBe(0);
  },
);

test('demo shows the simulated fleet, labelled, and leaves nothing behind when it ends', async () => {
  await using home = new Home();
  const places = home.folder('places');
  const run = new Burnrate(home, ['demo', '--no-tray'], { TMPDIR: places, TEMP: places });
  await asked(run, 'DEMO · $');
  expect(readdirSync(places)).toHaveLength(1);
  run.child.kill('SIGINT');
  expect(await run.end()).toMatchObject({ code: 0 });
  expect(readdirSync(places)).toEqual([]);
  // The person's own home was neither read nor written.
  expect(readdirSync(home.path)).toEqual(['places']);
});

test('page prints the address of the page, and serves it until asked', async () => {
  await using home = new Home();
  home.start();
  await home.collectorPid();
  const run = new Burnrate(home, ['page']);
  await asked(run, 'Ctrl-C ends it');
  const [url = ''] = /http:\/\/127\.0\.0\.1:\S+/.exec(run.stdout) ?? [];
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('panel.js');
  run.child.kill('SIGINT');
  expect((await run.end()).code).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
});

test.skipIf(process.platform === 'win32')(
  'a tray app that cannot start is no failure: the page and the lines come instead',
  async () => {
    await using home = new Home();
    home.start();
    await home.collectorPid();
    const env = { DISPLAY: ':1', BURNRATE_ELECTRON: '/bin/false' };
    const run = new Burnrate(home, ['start'], env);
    await asked(run, 'burnrate demo');
    expect(run.stdout).not.toContain('in the tray');
    run.child.kill('SIGTERM');
    expect((await run.end()).code).toBe(0);
  },
);
