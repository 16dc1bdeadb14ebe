import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { tryLock } from '@burnrate/shared/collector/lock.ts';

/** What tests install that is not the system's own; each in a folder of its own. */
export const TOOLS = fileURLToPath(new URL('../.tools/', import.meta.url));
const LOOKS_EVERY_MS = 500;

/**
 * Installs what is not there yet. Test files run beside one another, and some while `prepare.ts` is
 * still at it: of all who need it at the same moment one installs it, and the others wait for that.
 * Where that one fails or is killed, the next one tries. Rejects where its own attempt fails.
 *
 * @param name what only one at a time may install
 * @param folder where that is locked; the system frees it when its holder ends
 */
export async function installOnce(
  name: string,
  isThere: () => Promise<boolean>,
  install: () => Promise<void>,
  folder = TOOLS,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  while (!(await isThere())) {
    const lock = tryLock(join(folder, `${name}.lock`));
    if (!lock) {
      await pause(LOOKS_EVERY_MS);
      continue;
    }
    try {
      // It may have been there when the lock was let go.
      if (!(await isThere())) await install();
      return;
    } finally {
      lock.release();
    }
  }
}
