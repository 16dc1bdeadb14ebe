import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitOf, kill, until } from '../../unit/collector/live.ts';
import { Authority } from './authority.ts';
import { Image, installBuilder, namesIn } from './image.ts';

const run = promisify(execFile);
const HALF_HOUR = 30 * 60_000;
const PATIENCE_MS = 90_000;
/** The user of the image, by its number: whoever mounts a folder for it needs to know that. */
const USER = 10_001;

const noBuilder = await installBuilder();

describe.skipIf(noBuilder)(`the image (${noBuilder ?? 'it is built'})`, () => {
  let image: Image;
  let network: ChildProcess;
  let folder: string;
  let running: ChildProcess | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'burnrate-volumes-'));
    mkdirSync(join(folder, 'tls'));
    using authority = await Authority.make();
    const { cert, key } = await authority.issue('DNS:localhost');
    copyFileSync(cert, join(folder, 'tls/tls.crt'));
    copyFileSync(key, join(folder, 'tls/tls.key'));
    chownSync(join(folder, 'tls/tls.key'), USER, USER);
    network = await ownNetwork();
    image = await Image.build();
  }, HALF_HOUR);
  afterAll(async () => {
    if (running?.exitCode === null) await ended('SIGKILL');
    await image?.[Symbol.asyncDispose]();
    network?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  const inItsNetwork = (...command: string[]): [string, string[]] => [
    'nsenter',
    [`--net=/proc/${network.pid}/ns/net`, '--', ...command],
  ];

  /** By its own HEALTHCHECK. */
  const healthy = () => {
    const [, ...command] = image.start.Healthcheck.Test;
    const asUser = ['chroot', `--userspec=${USER}:${USER}`, image.root];
    return run(...inItsNetwork(...asUser, 'env', '-i', ...image.start.Env, ...command)).then(
      () => true,
      () => false,
    );
  };

  /** Starts it as it says itself, and waits until it is healthy. */
  async function started(): Promise<void> {
    const { Entrypoint, Cmd } = image.start;
    const command = image.command([...Entrypoint, ...Cmd], [`${folder}/tls:/etc/burnrate/tls:ro`]);
    const child = spawn(...inItsNetwork(...command), { stdio: ['ignore', 'pipe', 'pipe'] });
    running = child;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    await until(
      'it to be healthy',
      () => {
        if (child.exitCode !== null) throw new Error(`it has ended: ${said}`);
        return said.includes('Served at') && healthy();
      },
      PATIENCE_MS,
    );
  }

  /** Its process, as this machine counts them. */
  async function pid(): Promise<number> {
    const ofNetwork = ['--ns', String(network.pid), '--nslist', 'net'];
    const { stdout } = await run('pgrep', [...ofNetwork, '--full', '^/usr/local/bin/node ']);
    return Number(stdout);
  }

  /** Its token file: the volume lasts from one start to the next. */
  const tokenFile = async () => `/proc/${await pid()}/root/var/lib/burnrate/serve-tokens`;

  /** Sends its process a signal; answers the exit code. */
  async function ended(signal: NodeJS.Signals): Promise<number | null> {
    const child = running as ChildProcess;
    kill(await pid(), signal);
    return exitOf(child);
  }

  test('it holds the program, and nothing that builds or tests it or is for other systems', async () => {
    expect(namesIn(image.root, 'opt')).toEqual(['burnrate']);
    expect(namesIn(image.root)).not.toContain('source');
    const packages = join(image.root, 'opt/burnrate/node_modules');
    for (const name of ['typescript', 'esbuild', 'vitest']) {
      expect(namesIn(packages)).not.toContain(name);
    }
    const natives = namesIn(packages, 'better-sqlite3/prebuilds');
    expect(natives.length).toBeGreaterThan(0);
    for (const name of natives) expect(name).toMatch(/^linux/);
    const { stdout } = await run('du', ['-sm', join(image.root, 'opt/burnrate')]);
    expect(Number.parseInt(stdout, 10)).toBeLessThan(16);
  });

  test('started as it says, it serves as a user that owns its volume and nothing else', async () => {
    expect(await healthy()).toBe(false);
    await started();
    const ids = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${await pid()}/status`, 'utf8'))?.[1];
    expect(Number(ids)).toBe(USER);
    expect(statSync(await tokenFile()).mode & 0o777).toBe(0o600);
    const owned = ['/bin/find', '/', '-xdev', '-user', String(USER)];
    const { stdout } = await run('chroot', [image.root, ...owned]);
    expect(stdout.trim().split('\n')).toEqual(['/var/lib/burnrate']);
  });

  test('ended by its signal, or killed, it starts again on its volume, with the tokens of before', async () => {
    const tokens = readFileSync(await tokenFile(), 'utf8');
    expect(await ended(image.start.StopSignal as NodeJS.Signals)).toBe(0);
    expect(await healthy()).toBe(false);
    await started();
    expect(readFileSync(await tokenFile(), 'utf8')).toBe(tokens);
    expect(await ended('SIGKILL')).not.toBe(0);
    await started();
    expect(readFileSync(await tokenFile(), 'utf8')).toBe(tokens);
    expect(await ended('SIGTERM')).toBe(0);
  });
});

/** A process with a network of its own, in which every port is free. */
async function ownNetwork(): Promise<ChildProcess> {
  const script = 'busybox ip link set lo up && exec sleep infinity';
  const child = spawn('unshare', ['--net', 'sh', '-c', script], { stdio: 'ignore' });
  const mine = readlinkSync('/proc/self/ns/net');
  await until('the network', () => readlinkSync(`/proc/${child.pid}/ns/net`) !== mine);
  return child;
}
