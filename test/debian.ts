import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { installOnce } from './install_once.ts';

const run = promisify(execFile);
const INSTALL_MS = 280_000;
const apt = ['-o', 'DPkg::Lock::Timeout=240', '-y', '-q'];
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

/**
 * Sees to it that these Debian packages are installed. Answers why they cannot be had where this
 * is no Debian or not root: the tests that need them are then skipped with that reason. Rejects
 * where they could be had and the installation fails: that is no reason to skip anything.
 */
export async function debianPackages(...names: string[]): Promise<string | undefined> {
  const missing = await missingOf(names);
  if (missing.length === 0) return undefined;
  const what = `needs Debian's ${missing.join(', ')}`;
  if (!existsSync('/usr/bin/apt-get')) return `${what}, and this is no Debian`;
  if (process.getuid?.() !== 0) return `${what}: sudo apt-get install ${missing.join(' ')}`;
  const areThere = async () => (await missingOf(names)).length === 0;
  await installOnce('debian', areThere, () => install(missing));
  return undefined;
}

/** From the lists of packages that are here; where those are absent or too old, from new ones. */
async function install(names: readonly string[]): Promise<void> {
  const what = ['install', '--no-install-recommends', ...names];
  await aptGet(...what).catch(async () => {
    await aptGet('update');
    await aptGet(...what);
  });
}

async function aptGet(...args: string[]): Promise<void> {
  const options = { env, timeout: INSTALL_MS, maxBuffer: 64 * 1024 * 1024 };
  await run('apt-get', [...apt, ...args], options);
}

async function missingOf(names: readonly string[]): Promise<string[]> {
  const states = await Promise.all(
    names.map(async (name) => {
      try {
        const { stdout } = await run('dpkg-query', ['--list', name]);
        return /^ii /m.test(stdout);
      } catch {
        // Not known to dpkg, or no dpkg at all: not installed either way.
        return false;
      }
    }),
  );
  return names.filter((_, index) => !states[index]);
}
