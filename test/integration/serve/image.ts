import { execFile } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { debianPackages } from '../../debian.ts';
import { whyNoMounts } from './machine.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FILE = join(ROOT, 'shared/serve/deploy/Containerfile');
const BUILDS_WITHIN_MS = 25 * 60_000;

/** Why no image can be built here, in one line; undefined where one can. */
export async function installBuilder(): Promise<string | undefined> {
  return (await whyNoMounts()) ?? debianPackages('buildah', 'busybox-static');
}

/** What an image says of how it is started. */
export interface Start {
  User: string;
  Env: string[];
  Entrypoint: string[];
  Cmd: string[];
  StopSignal: string;
  Healthcheck: { Test: string[] };
}

/**
 * The image of the Containerfile, built by buildah in a store of its own. What it begins with cannot
 * be had everywhere: in its place stands one of this machine's Node.js, npm and C library, with
 * BusyBox as its shell. As in the true one, there is no compiler and no Python.
 */
export class Image {
  readonly #folder: string;
  /** A container's root made of it, as a folder. */
  readonly root: string;
  readonly start: Start;
  readonly #container: string;

  private constructor(folder: string, container: string, root: string, start: Start) {
    this.#folder = folder;
    this.#container = container;
    this.root = root;
    this.start = start;
  }

  static async build(): Promise<Image> {
    const folder = mkdtempSync(join(tmpdir(), 'burnrate-image-'));
    try {
      await makeBase(folder);
      const how = ['--format=docker', '--isolation=chroot', '--pull=never'];
      const what = ['--build-arg=NODE=localhost/base', `--file=${FILE}`, '--tag=burnrate', ROOT];
      await buildah(folder, 'build', ...how, ...authority(folder), ...what);
      const image = JSON.parse(await buildah(folder, 'inspect', '--type=image', 'burnrate'));
      const container = await buildah(folder, 'from', '--pull-never', 'burnrate');
      const root = await buildah(folder, 'mount', container);
      return new Image(folder, container, root, image.Docker.config as Start);
    } catch (error) {
      await removeStore(folder);
      throw error;
    }
  }

  /** The command line that runs a program in it, as its user, with what its ENV says. */
  command(program: readonly string[], volumes: readonly string[]): string[] {
    return [
      ...['buildah', ...storeIn(this.#folder), 'run', '--isolation=chroot'],
      ...volumes.map((volume) => `--volume=${volume}`),
      ...[this.#container, '--', ...program],
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeStore(this.#folder);
  }
}

function storeIn(folder: string): string[] {
  return [`--root=${join(folder, 'store')}`, `--runroot=${join(folder, 'run')}`];
}

async function buildah(folder: string, command: string, ...args: string[]): Promise<string> {
  const options = { timeout: BUILDS_WITHIN_MS, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await run('buildah', [...storeIn(folder), command, ...args], options);
  return stdout.trim();
}

async function removeStore(folder: string): Promise<void> {
  await buildah(folder, 'rm', '--all');
  // The store itself stays mounted.
  await run('umount', [join(folder, 'store/overlay')]).catch(() => {});
  rmSync(folder, { recursive: true, force: true });
}

/** `localhost/base`: Node.js, npm, and what they need of a system. */
async function makeBase(folder: string): Promise<void> {
  const container = await buildah(folder, 'from', 'scratch');
  const root = await buildah(folder, 'mount', container);
  const under = (path: string) => join(root, path);
  for (const path of ['bin', 'usr/bin', 'usr/local/bin', 'usr/local/lib/node_modules', 'etc'])
    mkdirSync(under(path), { recursive: true });
  mkdirSync(under('tmp'), { mode: 0o1777 });
  copyFileSync('/bin/busybox', under('bin/busybox'));
  await run('chroot', [root, '/bin/busybox', '--install', '-s', '/bin']);
  symlinkSync('/bin/env', under('usr/bin/env'));
  writeFileSync(under('etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(under('etc/group'), 'root:x:0:\n');
  copyFileSync(process.execPath, under('usr/local/bin/node'));
  const { stdout } = await run('ldd', [process.execPath]);
  for (const [, library = ''] of stdout.matchAll(/(\/\S+) \(0x/g)) {
    mkdirSync(dirname(under(library)), { recursive: true });
    copyFileSync(library, under(library));
  }
  const npm = realpathSync((await run('which', ['npm'])).stdout.trim());
  cpSync(join(npm, '../..'), under('usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', under('usr/local/bin/npm'));
  await buildah(folder, 'config', '--env=PATH=/usr/local/bin:/usr/bin:/bin', container);
  await buildah(folder, 'commit', '--rm', container, 'localhost/base');
}

/** Where this machine reaches registries by an authority of its own, what npm needs for that. */
function authority(folder: string): string[] {
  const file = process.env.NODE_EXTRA_CA_CERTS;
  if (!file) return [];
  const npmrc = join(folder, 'npmrc');
  writeFileSync(npmrc, 'cafile=/authority.pem\n');
  return [`--volume=${realpathSync(file)}:/authority.pem:ro`, `--volume=${npmrc}:/root/.npmrc:ro`];
}

/** The names in a folder of the image. */
export function namesIn(...path: string[]): string[] {
  return readdirSync(join(...path)).sort();
}
