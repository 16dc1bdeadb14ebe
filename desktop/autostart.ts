import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** Started at login: without the window, which nobody asked for. */
export const HIDDEN_FLAG = '--hidden';

/** Whether the app starts at login, and how to change that. */
export interface LoginItem {
  /** Undefined where it cannot be had. */
  isOn(): boolean | undefined;
  set(on: boolean): Promise<void> | void;
}

/** That of a Linux desktop. */
export async function autostart(file: string, command: readonly string[]): Promise<LoginItem> {
  let on = await startsAtLogin(file);
  return {
    isOn: () => on,
    set: async (wanted) => {
      await setStartsAtLogin(file, wanted, command);
      on = wanted;
    },
  };
}

/**
 * Where a Linux desktop looks for what it starts at login (XDG Desktop Application Autostart
 * Specification). A relative XDG_CONFIG_HOME is to be ignored.
 */
export function autostartFile(env: Readonly<Record<string, string | undefined>>): string {
  const given = env.XDG_CONFIG_HOME;
  const config = given && isAbsolute(given) ? given : join(env.HOME ?? homedir(), '.config');
  return join(config, 'autostart', 'burnrate.desktop');
}

/** Whether the file is there and in force: desktops' own settings switch it off within it. */
export async function startsAtLogin(file: string): Promise<boolean> {
  try {
    const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.trim());
    return !lines.some((line) => /^(Hidden=true|X-GNOME-Autostart-enabled=false)$/.test(line));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Writes the file, or removes it. Rejects with the system's reason. */
export async function setStartsAtLogin(
  file: string,
  on: boolean,
  command: readonly string[],
): Promise<void> {
  if (!on) return rm(file, { force: true });
  await mkdir(dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, entryOf(command));
  await rename(fresh, file);
}

function entryOf(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Version=1.0',
    'Name=Burnrate',
    'Comment=What your GPU jobs cost this minute',
    `Exec=${command.map(quoted).join(' ')}`,
    'Terminal=false',
    'StartupNotify=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/**
 * An argument of `Exec` (Desktop Entry Specification): quoted, four characters escaped within the
 * quotes, each backslash once more as in every string of the file, and `%` doubled, which would
 * begin a field code.
 */
function quoted(argument: string): string {
  const inQuotes = argument.replace(/["`$\\]/g, '\\$&');
  return `"${inQuotes.replaceAll('\\', '\\\\').replaceAll('%', '%%')}"`;
}
