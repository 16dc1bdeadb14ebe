import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

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
  await run('apt-get', [...apt, 'update'], { env, timeout: INSTALL_MS });
  await run('apt-get', [...apt, 'install', '--no-install-recommends', ...missing], {
    env,
    timeout: INSTALL_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  return undefined;
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
