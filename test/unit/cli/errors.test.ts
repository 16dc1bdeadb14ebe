import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '@burnrate/shared/protocol/version.ts';
import { expect, test } from 'vitest';
import { Home } from '../collector/live.ts';
import { Burnrate, burnrate } from './burnrate.ts';

test('--version and --help answer without a collector', async () => {
  await using home = new Home();
  expect(await burnrate(home, ['--version'])).toEqual({
    code: 0,
    stdout: `${VERSION}\n`,
    stderr: '',
  });
  const help = await burnrate(home, ['--help']);
  expect(help.code).toBe(0);
  for (const word of ['status', 'top', 'stop', 'doctor', 'demo', 'Exit codes']) {
    expect(help.stdout).toContain(word);
  }
});

test('a command that does not exist, or lacks its argument, is a mistake in usage', async () => {
  await using home = new Home();
  for (const args of [['statsu'], ['stop'], ['status', '--nonsense'], ['page', '--port', 'x']]) {
    const { code, stderr, stdout } = await burnrate(home, args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: /);
  }
});

test('a collector that cannot be reached is one line that names its log, and no stack', async () => {
  await using home = new Home();
  const file = join(home.path, 'file');
  writeFileSync(file, '');
  const nowhere = await burnrate(home, ['status'], { BURNRATE_HOME: join(file, 'home') });
  expect(nowhere).toMatchObject({ code: 3, stdout: '' });
  expect(nowhere.stderr).toMatch(/^burnrate: Burnrate cannot make its folders: .+\n$/);
  expect(nowhere.stderr).toContain('BURNRATE_HOME');
});

test('the team’s server that burnrate.yaml names is asked, and a mistake there is told', async () => {
  await using home = new Home();
  writeFileSync(join(home.path, 'token'), 'secret');
  home.configure({ server: { url: 'https://127.0.0.1:1', tokenFile: 'token' } });
  const asked = await burnrate(home, ['status']);
  expect(asked).toMatchObject({ code: 3, stdout: '' });
  expect(asked.stderr).toMatch(/^burnrate: https:\/\/127\.0\.0\.1:1 cannot be reached: .+\n$/);
  home.configure({ server: { url: 'https://127.0.0.1:1', tokenfile: 'token' } });
  const mistaken = await burnrate(home, ['status']);
  expect(mistaken).toMatchObject({ code: 2, stdout: '' });
  expect(mistaken.stderr).toContain(`${home.paths.config}: server.`);
});

test.skipIf(process.platform === 'win32')(
  'a collector that refuses to start is told at once, with the log that says why',
  async () => {
    await using home = new Home();
    chmodSync(home.path, 0o777);
    const { code, stderr } = await burnrate(home, ['status']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^burnrate: .*ended as soon as it was started \(exit code 2\).*\n$/);
    expect(stderr).toContain(home.paths.log);
    expect(home.log()).toContain(`chmod 700 ${home.path}`);
  },
);

test('BURNRATE_DEBUG shows where it broke', async () => {
  await using home = new Home();
  const file = join(home.path, 'file');
  writeFileSync(file, '');
  const env = { BURNRATE_HOME: join(file, 'home'), BURNRATE_DEBUG: '1' };
  expect((await burnrate(home, ['status'], env)).stderr).toContain('    at ');
});

test('a reader that has seen enough is no failure', async () => {
  await using home = new Home();
  home.start();
  await home.collectorPid();
  const run = new Burnrate(home, ['status', '--json']);
  run.child.stdout?.destroy();
  const { code, stderr } = await run.end();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
