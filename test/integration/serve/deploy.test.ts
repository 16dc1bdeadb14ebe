import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { Team } from './team.ts';

const run = promisify(execFile);
const DEPLOY = fileURLToPath(new URL('../../../shared/serve/deploy/', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const HALF_HOUR = 30 * 60_000;

const noSystemd = await absent('systemd-analyze', 'systemd-notify');
const builder = await usable('podman', 'buildah', 'docker');

describe.skipIf(noSystemd)(`the unit (${noSystemd ?? 'systemd is here'})`, () => {
  let folder: string;
  let unit: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'burnrate-unit-'));
    unit = join(folder, 'burnrate.service');
    const text = readFileSync(join(DEPLOY, 'burnrate.service'), 'utf8');
    // The program must be where the unit says: here it is elsewhere.
    writeFileSync(unit, text.replace('/usr/bin/node', process.execPath));
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

const noImage = await whyNoImage();
test.skipIf(noImage)(
  `the image is built, for no user that owns anything (${noImage ?? builder})`,
  { timeout: HALF_HOUR },
  async () => {
    const tool = builder as string;
    const how = tool === 'docker' ? [] : ['--isolation=chroot', '--format=docker'];
    const file = join(DEPLOY, 'Containerfile');
    const options = { timeout: HALF_HOUR, maxBuffer: 64 * 1024 * 1024 };
    await run(tool, ['build', ...how, '-f', file, '-t', 'burnrate-test', ROOT], options);
    const { stdout } = await run(tool, ['inspect', '--type=image', 'burnrate-test'], options);
    expect(stdout).toContain('10001:10001');
  },
);

/** Why no image can be built: there is nothing that builds, or what it begins with cannot be had. */
async function whyNoImage(): Promise<string | undefined> {
  if (!builder) return 'skipped: neither podman, buildah nor docker can be used';
  const base = /^ARG NODE=(\S+)$/m.exec(readFileSync(join(DEPLOY, 'Containerfile'), 'utf8'))?.[1];
  return run(builder, ['pull', base ?? ''], { timeout: 5 * 60_000 }).then(
    () => undefined,
    (error: Error) => `skipped: ${base} cannot be had: ${error.message.trim().split('\n').at(-1)}`,
  );
}

/** Why a test is skipped: which of these programs is not here. */
async function absent(...programs: string[]): Promise<string | undefined> {
  for (const program of programs) {
    if (!(await firstThere(program))) return `skipped: no ${program}`;
  }
  return undefined;
}

async function firstThere(...programs: string[]): Promise<string | undefined> {
  for (const program of programs) {
    const there = await run(program, ['--version']).then(
      () => true,
      () => false,
    );
    if (there) return program;
  }
  return undefined;
}

/** The first of these programs that can build: one may be here without its daemon or its rights. */
async function usable(...programs: string[]): Promise<string | undefined> {
  for (const program of programs) {
    const works = await run(program, ['info'], { timeout: 30_000 }).then(
      () => true,
      () => false,
    );
    if (works) return program;
  }
  return undefined;
}
