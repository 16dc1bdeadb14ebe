import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installOnce, TOOLS } from './install_once.ts';

const run = promisify(execFile);
const windows = process.platform === 'win32';
/** SkyPilot, on a machine that does other things, too. */
const INSTALL_MS = 15 * 60_000;

/** Python packages in a virtual environment of their own, `.tools/NAME`. */
export interface PythonTool {
  /** The path of a program in it. */
  bin(name: string): string;
  /** Why it cannot be had here, in one line; undefined once it is installed. */
  install(): Promise<string | undefined>;
}

export function pythonTool(name: string, packages: readonly string[]): PythonTool {
  const folder = join(TOOLS, name);
  const bin = (program: string) =>
    windows ? join(folder, 'Scripts', `${program}.exe`) : join(folder, 'bin', program);
  return {
    bin,
    async install() {
      const stamp = join(folder, 'burnrate-packages');
      const wanted = createHash('sha256').update(packages.join()).digest('hex');
      const isThere = async () =>
        existsSync(bin('python')) && (await readFile(stamp, 'utf8').catch(() => '')) === wanted;
      try {
        if (await isThere()) return undefined;
        const python = await findPython();
        if (!python) return `${name} needs Python 3.9 or newer, which is not installed`;
        await installOnce(name, isThere, async () => {
          await mkdir(folder, { recursive: true });
          await run(python, ['-m', 'venv', folder]);
          // Python compiles what is imported; of thousands of modules that is a part.
          const args = ['-m', 'pip', 'install', '--quiet', '--no-compile', ...packages];
          await run(bin('python'), args, { timeout: INSTALL_MS });
          await writeFile(stamp, wanted);
        });
        return undefined;
      } catch (error) {
        const said =
          error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
        return `${name} could not be installed by pip: ${said}`;
      }
    },
  };
}

async function findPython(): Promise<string | undefined> {
  for (const name of windows ? ['python', 'py'] : ['python3', 'python']) {
    try {
      const check = 'import sys, venv, ensurepip; assert sys.version_info >= (3, 9)';
      await run(name, ['-c', check]);
      return name;
    } catch {
      // The next name, or none.
    }
  }
  return undefined;
}
