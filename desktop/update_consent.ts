import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UpdateSettings } from '@burnrate/shared/config/updates.ts';
import { parse } from 'yaml';
import type { Consent } from './updates.ts';

/** What a person has agreed to, in a file of the app's own; nothing, where there is none. */
export function consentIn(file: string): Consent {
  let daily = agreedIn(file);
  return {
    get daily() {
      return daily;
    },
    set: async (wanted) => {
      await mkdir(dirname(file), { recursive: true });
      const fresh = `${file}.${process.pid}`;
      await writeFile(fresh, `${JSON.stringify({ checkDaily: wanted })}\n`);
      await rename(fresh, file);
      daily = wanted;
    },
  };
}

function agreedIn(file: string): boolean {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).checkDaily === true;
  } catch {
    // Absent or broken: nobody has agreed to anything.
    return false;
  }
}

/**
 * Whether burnrate.yaml lets the app look for newer versions: `updates: { check: false }` forbids it.
 * A file that cannot be read or understood may say just that.
 */
export function mayCheck(config: string): boolean {
  try {
    const settings = UpdateSettings.safeParse(parse(readFileSync(config, 'utf8'))?.updates);
    return settings.success && settings.data.check;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
