import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Demo, startDemo } from '@burnrate/shared/cli/demo.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { installMachine, Machine } from './machine.ts';
import { Team } from './team.ts';

const run = promisify(execFile);
const UNIT = readFileSync(
  fileURLToPath(new URL('../../../shared/serve/deploy/burnrate.service', import.meta.url)),
  'utf8',
);
const PATIENCE_MS = 90_000;

const noSystemd = await absent('systemd-analyze', 'systemd-notify');

describe.skipIf(noSystemd)(`the unit (${noSystemd ?? 'systemd is here'})`, () => {
  let folder: string;
  let unit: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'burnrate-unit-'));
    unit = join(folder, 'burnrate.service');
    // The program must be where the unit says: here it is elsewhere.
    writeFileSync(unit, UNIT.replace('/usr/bin/node', process.execPath));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('systemd finds no mistake in it', async () => {
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', unit]);
    const ours = (stdout + stderr).split('\n').filter((line) => line.includes('burnrate'));
    expect(ours).toEqual([]);
  });

  test('systemd calls it well enclosed', async () => {
    // From 0, all is closed, to 10. `--threshold` is in tenths; it fails where it is exceeded.
    const args = ['security', '--offline=true', '--threshold=15', '--no-pager', unit];
    const { stdout } = await run('systemd-analyze', args);
    expect(stdout).toMatch(/Overall exposure level for burnrate\.service: (0|1\.[0-4])/);
  });

  test('it is told when the server is ready, that it lives, and when it ends', {
    timeout: 200_000,
  }, async () => {
    const socket = join(folder, 'notify');
    const listener = spawn('python3', ['-u', '-c', LISTEN, socket], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const told: string[] = [];
    createInterface(listener.stdout).on('line', (line) => told.push(line));
    await until('the socket', () => existsSync(socket));
    await using team = await Team.begin({ speed: 1 }, [], {
      NOTIFY_SOCKET: socket,
      WATCHDOG_USEC: '1000000',
    });
    await until('READY', () => told.includes('READY=1'), 60_000);
    expect(told.some((line) => line.startsWith('STATUS=serves https://'))).toBe(true);
    await until(
      'the watchdog',
      () => told.filter((line) => line === 'WATCHDOG=1').length > 2,
      60_000,
    );
    await team.end();
    await until('STOPPING', () => told.includes('STOPPING=1'), 60_000);
    listener.kill();
  });
});

/** Datagrams of a local socket, a line each: Node.js has none of these. */
const LISTEN = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode())
`;

const noMachine = await installMachine();

describe.skipIf(noMachine)(`the unit, under a real systemd (${noMachine ?? 'it boots'})`, () => {
  let demo: Demo;
  let machine: Machine;
  let url: string;
  beforeAll(async () => {
    demo = await startDemo({ speed: 10 });
    machine = new Machine(UNIT.replace('WatchdogSec=2min', 'WatchdogSec=20s'), demo);
    url = await machine.ready();
  });
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    await demo?.stop();
  });

  /** The values of a metric, one for each of its series. */
  async function valuesOf(name: string): Promise<number[]> {
    const tokens = readFileSync(machine.path('/var/lib/burnrate/serve-tokens'), 'utf8');
    const secret = /^viewer view (\S+)$/m.exec(tokens)?.[1];
    const answer = await fetch(`${url}/metrics`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    const lines = (await answer.text()).split('\n').filter((line) => line.startsWith(`${name}{`));
    return lines.map((line) => Number(line.split(' ').at(-1)));
  }

  /** What all jobs have cost, once every account has answered. */
  async function spent(): Promise<number> {
    await until(
      'every account to answer',
      async () => {
        const up = await valuesOf('burnrate_account_up');
        return up.length === ACCOUNTS && up.every((one) => one === 1);
      },
      PATIENCE_MS,
    );
    return (await valuesOf('burnrate_job_cost_usd')).reduce((sum, cost) => sum + cost, 0);
  }

  test('it meters every account of the fleet, and its tokens are for its user alone', async () => {
    expect(await spent()).toBeGreaterThan(0);
    const { mode, uid } = statSync(machine.path('/var/lib/burnrate/serve-tokens'));
    expect(mode & 0o777).toBe(0o600);
    expect(uid).not.toBe(0);
  });

  test('it has no right, and may write its own folder alone', async () => {
    const { MainPID } = await machine.show('MainPID');
    const status = await machine.run('cat', `/proc/${MainPID}/status`);
    expect(status).toMatch(/^CapBnd:\s+0{16}$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(await machine.run('cat', `/proc/${MainPID}/limits`)).toMatch(/^Max core file size +0 /m);
    const write = (file: string) =>
      machine.run('nsenter', `--target=${MainPID}`, '--mount', '--', 'touch', file);
    for (const file of ['/etc/burnrate/x', '/opt/x', '/var/lib/x', '/usr/x']) {
      await expect(write(file), file).rejects.toThrow(/Read-only file system/);
    }
    await write('/var/lib/burnrate/x');
  });

  test('killed, it comes again, and nothing that was metered is lost', async () => {
    const before = await spent();
    await machine.run('systemctl', 'kill', '--signal=KILL', 'burnrate');
    await until('it to come again', async () => (await restarts()) === 1, PATIENCE_MS);
    url = await machine.ready();
    expect(await spent()).toBeGreaterThanOrEqual(before);
  });

  test('held up, it is ended by the watchdog, and comes again', async () => {
    await machine.run('systemctl', 'kill', '--signal=STOP', '--kill-whom=main', 'burnrate');
    await until('it to come again', async () => (await restarts()) === 2, PATIENCE_MS);
    url = await machine.ready();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const journal = await machine.run('journalctl', '--unit=burnrate', '--no-pager');
    expect(journal).toContain('Watchdog timeout');
  });

  test('stopped, it ends in order', async () => {
    await machine.run('systemctl', 'stop', 'burnrate');
    const ended = await machine.show('ActiveState', 'Result', 'ExecMainStatus');
    expect(ended).toEqual({ ActiveState: 'inactive', Result: 'success', ExecMainStatus: '0' });
  });

  async function restarts(): Promise<number> {
    return Number((await machine.show('NRestarts')).NRestarts);
  }
});

/** The demo's fleet has so many. */
const ACCOUNTS = 10;

/** Why a test is skipped: which of these programs is not here. */
async function absent(...programs: string[]): Promise<string | undefined> {
  for (const program of programs) {
    const there = await run(program, ['--version']).then(
      () => true,
      () => false,
    );
    if (!there) return `skipped: no ${program}`;
  }
  return undefined;
}
